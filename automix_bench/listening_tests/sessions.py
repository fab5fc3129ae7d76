"""The sessions of raters in a served listening test: who hears what, and what is kept.

    RESULTS/sessions/<session>.json   a rater's state; written before a request is answered
    RESULTS/ratings.csv               all ratings, as `listen read` takes them
    RESULTS/raters.csv                answers to questions, and the parameters of Prolific

Files are replaced atomically, so a killed server loses nothing that a browser was told is kept.
"""

from __future__ import annotations

import csv
import io
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from automix_bench.errors import DatasetError
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.listening_tests.exported_test import TRAINING, fingerprint_of, listed, name
from automix_bench.listening_tests.results import RATINGS, SESSIONS
from automix_bench.listening_tests.webmushra import PROLIFIC
from automix_bench.sampling import Seed
from automix_bench.untrusted.fields import (
    Schema,
    mapping,
    number,
    optional,
    record,
    shown,
    text,
    truth,
    whole,
)
from automix_bench.untrusted.json_file import read_json_object
from automix_bench.untrusted.shown import for_csv, one_line

MOST_SESSIONS = 10_000
ABANDONED_SECONDS = 3_600.0
"""A rater of whom nothing came for so long is not counted when lists are handed out."""
LONGEST_ANSWER = 2_000
PERSON = ("PROLIFIC_PID", "STUDY_ID")

_SCORES = mapping(number(0.0, 100.0), 20)
_PAGE = Schema(
    {
        "ratings": _SCORES,
        "plays": mapping(whole(0, 10**6), 20),
        "seconds": number(0.0, 10**7),
    }
)
_PROLIFIC = mapping(text(200, empty=True), 3)
_SESSION = Schema(
    {
        "session": text(64),
        "test": name,
        "test_sha256": text(64),
        "number": whole(0, MOST_SESSIONS),
        "list": optional(whole(0, 500)),
        "order": listed(name, 0, 500),
        "trained": truth,
        "pages": mapping(record(_PAGE), 500),
        "answers": mapping(text(LONGEST_ANSWER, empty=True), 30),
        "prolific": _PROLIFIC,
        "finished": truth,
        "touched": number(0.0),
    }
)
_TOKEN = text(64)
REQUESTS: Mapping[str, Schema] = {
    "begin": Schema({"session": optional(_TOKEN), "prolific": _PROLIFIC}),
    "consent": Schema({"session": _TOKEN}),
    "trained": Schema({"session": _TOKEN}),
    "rate": Schema(
        {
            "session": _TOKEN,
            "page": name,
            "ratings": _SCORES,
            "plays": mapping(whole(0, 10**6), 20),
            "seconds": number(0.0, 10**7),
        }
    ),
    "answer": Schema(
        {
            "session": _TOKEN,
            "answers": mapping(text(LONGEST_ANSWER, empty=True), 30),
        }
    ),
}
"""The fields of each request."""


class Refused(Exception):
    """A request cannot be met. The message is one line for the browser."""


class Sessions:
    """All sessions of one test in one folder."""

    def __init__(
        self, test: Mapping[str, Any], folder: Path, clock: Callable[[], float] = time.time
    ) -> None:
        """Raises:
        DatasetError: the folder holds the results of another test, or a damaged session.
        """
        self.test, self.folder, self._clock = test, folder, clock
        self.sha256 = fingerprint_of(test)
        self._pages = {page["id"]: page for page in test["pages"]}
        self._lock = threading.Lock()
        self._sessions: dict[str, dict[str, Any]] = {}
        (folder / SESSIONS).mkdir(parents=True, exist_ok=True)
        for path in sorted((folder / SESSIONS).glob("*.json")):
            self._load(path)

    def __len__(self) -> int:
        return len(self._sessions)

    def answered(self, action: str, request: object) -> dict[str, Any]:
        """Do what a request asks for, keep it, and return the state for the browser.

        Raises:
            Refused: the request is not as it must be.
        """
        if fault := REQUESTS[action].fault(request):
            raise Refused(fault)
        assert isinstance(request, dict)
        with self._lock:
            session = self._begun(request) if action == "begin" else self._of(request["session"])
            if action == "consent":
                self._consent(session)
            elif action == "trained":
                session["trained"] = True
            elif action == "rate":
                self._rate(session, request)
            elif action == "answer":
                self._answer(session, request["answers"])
            session["touched"] = round(self._clock(), 3)
            self._keep(session)
            return self._state(session)

    def _load(self, path: Path) -> None:
        remedy = "move it away, or choose another folder"
        session = read_json_object(path, "session of a listening test", remedy, 1 << 20)
        _SESSION.demand(session, str(path), remedy)
        if session["test_sha256"] != self.sha256:
            raise DatasetError(
                f"{path}: of another test, {one_line(session['test'])}: choose another folder"
            )
        if session["session"] != path.stem:
            raise DatasetError(f"{path}: session: expected {path.stem}: {remedy}")
        self._sessions[path.stem] = session

    def _of(self, token: str) -> dict[str, Any]:
        if token not in self._sessions:
            raise Refused(f"session: there is no session {shown(token)}: reload the page")
        return self._sessions[token]

    def _begun(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The session of the browser or of the person, else a new one."""
        given = {key: request["prolific"].get(key, "") for key in PROLIFIC}
        if strange := sorted(set(request["prolific"]) - set(PROLIFIC)):
            raise Refused(f"prolific: expected {', '.join(PROLIFIC)}, got {shown(strange[0])}")
        for session in self._sessions.values():
            # The third parameter is another one when a person comes back.
            same = given["PROLIFIC_PID"] and all(
                session["prolific"].get(key) == given[key] for key in PERSON
            )
            if same or (session["session"] == request["session"] and not given["PROLIFIC_PID"]):
                return session
        if len(self._sessions) >= MOST_SESSIONS:
            raise Refused(f"the test is full: it has {MOST_SESSIONS} sessions")
        token = secrets.token_hex(16)
        self._sessions[token] = {
            "session": token,
            "test": self.test["id"],
            "test_sha256": self.sha256,
            "number": len(self._sessions),
            "list": None,
            "order": [],
            "trained": self.test["training"] is None,
            "pages": {},
            "answers": {},
            "prolific": given,
            "finished": False,
            "touched": 0.0,
        }
        return self._sessions[token]

    def _consent(self, session: dict[str, Any]) -> None:
        """Hand out the list that fewest raters have, and draw the order of its pages."""
        if session["list"] is not None:
            return
        now = self._clock()
        taken = [0] * len(self.test["lists"])
        for other in self._sessions.values():
            active = other["finished"] or now - other["touched"] < ABANDONED_SECONDS
            if other["list"] is not None and active:
                taken[other["list"]] += 1
        session["list"] = taken.index(min(taken))
        order = list(self.test["lists"][session["list"]])
        self._seed(session, "pages").rng().shuffle(order)
        session["order"] = order

    def _rate(self, session: dict[str, Any], request: Mapping[str, Any]) -> None:
        page = request["page"]
        if page in session["pages"]:
            return  # a browser that did not get the answer asks again
        left = [one for one in session["order"] if one not in session["pages"]]
        if not left or page != left[0] or not session["trained"]:
            raise Refused(f"page: expected {left[0] if left else 'none'}, got {shown(page)}")
        stimuli = {sound["id"] for sound in self._pages[page]["stimuli"]}
        if set(request["ratings"]) != stimuli:
            raise Refused(f"ratings: expected one of each of the {len(stimuli)} sounds")
        heard = {sound for sound, times in request["plays"].items() if times > 0}
        if not stimuli <= heard:
            raise Refused(f"plays: expected every sound to be heard, got {len(heard & stimuli)}")
        session["pages"][page] = {key: request[key] for key in ("ratings", "plays", "seconds")}

    def _answer(self, session: dict[str, Any], answers: Mapping[str, str]) -> None:
        if session["finished"]:
            return
        if session["list"] is None or len(session["pages"]) < len(session["order"]):
            raise Refused("answers: expected all pages to be rated first")
        questions = {question["name"]: question for question in self.test["questions"]}
        if strange := sorted(set(answers) - set(questions)):
            raise Refused(f"answers: expected {', '.join(questions)}, got {shown(strange[0])}")
        for key, question in questions.items():
            answer = answers.get(key, "").strip()
            if not answer and not question["optional"]:
                raise Refused(f"answers: {key}: expected an answer, got none")
            if answer and question["kind"] == "choice" and answer not in question["options"]:
                raise Refused(f"answers: {key}: expected one of its options, got {shown(answer)}")
            if answer and question["kind"] == "number" and not _is_number(answer):
                raise Refused(f"answers: {key}: expected a number, got {shown(answer)}")
            session["answers"][key] = answer
        session["finished"] = True

    def _seed(self, session: Mapping[str, Any], what: str) -> Seed:
        return Seed(session["number"]) / "listen serve" / self.sha256 / what

    def _state(self, session: Mapping[str, Any]) -> dict[str, Any]:
        """What the browser may know of the session."""
        pages = [self._pages[page] for page in session["order"]]
        return {
            "session": session["session"],
            "consented": session["list"] is not None,
            "trained": session["trained"],
            "training": self._shuffled(session, self.test["training"]),
            "pages": [self._shuffled(session, page) for page in pages],
            "rated": [page for page in session["order"] if page in session["pages"]],
            "finished": session["finished"],
            "completion_code": self.test["completion_code"] if session["finished"] else "",
        }

    def _shuffled(
        self, session: Mapping[str, Any], page: Mapping[str, Any] | None
    ) -> dict[str, Any] | None:
        if page is None:
            return None
        stimuli = list(page["stimuli"])
        self._seed(session, f"stimuli {page['id']}").rng().shuffle(stimuli)
        return {**page, "stimuli": stimuli}

    def _keep(self, session: Mapping[str, Any]) -> None:
        path = self.folder / SESSIONS / f"{session['session']}.json"
        write_whole(path, pretty(session).encode())
        if session["pages"]:
            self._write_tables()

    def _write_tables(self) -> None:
        """Write the tables of all sessions again."""
        ordered = sorted(self._sessions.values(), key=lambda session: session["number"])
        ratings = [
            (session["session"], page, stimulus, f"{score:g}", self.test["id"])
            for session in ordered
            for page in session["order"]
            if page in session["pages"] and page != TRAINING
            for stimulus, score in sorted(session["pages"][page]["ratings"].items())
        ]
        _write_csv(self.folder / RATINGS, ("rater", "song", "system", "score", "test"), ratings)
        questions = [question["name"] for question in self.test["questions"]]
        raters = [
            (
                session["session"],
                "yes" if session["finished"] else "no",
                *(session["prolific"].get(key, "") for key in PROLIFIC),
                *(session["answers"].get(key, "") for key in questions),
            )
            for session in ordered
        ]
        _write_csv(self.folder / "raters.csv", ("rater", "finished", *PROLIFIC, *questions), raters)


def _is_number(answer: str) -> bool:
    try:
        value = float(answer)
    except ValueError:
        return False
    return number()(value) == ""


def _write_csv(path: Path, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([for_csv(cell) for cell in row] for row in rows)
    write_whole(path, content.getvalue().encode())
