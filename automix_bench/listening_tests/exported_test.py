"""A listening test as it is exported: what raters may know, and the key to it.

    TEST/test.json                   pages, questions, lists; no name of a system or a song
    TEST/stimuli/<id>/<page>-<stimulus>.flac
    TEST/configs/<id>-<list>.yaml    webMUSHRA: copy `configs` and `stimuli` into its folder
    TEST/tests/<id>-<list>.xml       Web Audio Evaluation Tool: copy `tests` and `stimuli`
    TEST/CREDITS.md                  the songs, their licences and whom to credit
    TEST.key.json                    which stimulus is of which system: beside TEST, not in it

Both records are checked in every field before they are used, because they travel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from automix_bench.errors import DatasetError
from automix_bench.files.canonical_json import fingerprint
from automix_bench.untrusted.fields import (
    Check,
    Schema,
    mapping,
    number,
    one_of,
    optional,
    record,
    shown,
    text,
    truth,
    whole,
)
from automix_bench.untrusted.json_file import read_json_object

Method = Literal["mushra", "no_reference", "ape"]
METHODS: tuple[Method, ...] = ("mushra", "no_reference", "ape")
REFERENCE = "reference"
"""What the hidden reference is called among the systems."""
TRAINING = "training"
"""The id of the training page; readers of ratings leave such pages out by their name."""
MOST_STIMULI = 11
"""On one page, the hidden reference and anchors among them (ITU-R BS.1534-3 asks for at most 12
signals with the open reference)."""
MOST_BYTES = 32 << 20
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
QUESTION_KINDS = ("text", "number", "choice")
FORMAT = 1


def name(value: object) -> str:
    """A check: a name that is safe in paths, HTML ids and XML ids."""
    right = isinstance(value, str) and NAME.fullmatch(value)
    return "" if right else "a name of 1 to 64 characters of a-z 0-9 _ -"


def file_path(value: object) -> str:
    """A check: the path of a stimulus below the folder of its test."""
    right = isinstance(value, str) and len(value) <= 300
    parts = str(value).split("/")
    right = right and parts[0] == "stimuli" and len(parts) == 3
    stem, dot, kind = parts[-1].rpartition(".")
    right = right and all(NAME.fullmatch(part) for part in (*parts[1:-1], stem))
    return "" if right and dot and kind in ("flac", "wav") else "stimuli/<name>/<name>.flac or .wav"


def listed(check: Check, least: int, most: int) -> Check:
    """A check: a list of so many items, each of which passes a check."""

    def fault(value: object) -> str:
        if not isinstance(value, list) or not least <= len(value) <= most:
            return f"a list of {least} to {most}"
        for item in value:
            if expected := check(item):
                return f"a list whose items are {expected}, not {shown(item)}"
        return ""

    return fault


_SOUND = Schema({"id": name, "file": file_path})
_PAGE = Schema(
    {
        "id": name,
        "seconds": number(0.4, 3_600.0),
        "reference": optional(record(_SOUND)),
        "stimuli": listed(record(_SOUND), 2, MOST_STIMULI),
    }
)
QUESTION = Schema(
    {"name": name, "label": text(500), "kind": one_of(QUESTION_KINDS), "optional": truth},
    {"options": listed(text(200), 2, 30)},
)
"""The fields of a question."""
_TEST = Schema(
    {
        "format": whole(FORMAT, FORMAT),
        "id": name,
        "title": text(200),
        "method": one_of(METHODS),
        "question": text(500),
        "instructions": text(20_000, empty=True),
        "consent": text(20_000, empty=True),
        "questions": listed(record(QUESTION), 0, 30),
        "completion_code": text(100, empty=True),
        "level_lufs": number(-100.0, 0.0),
        "training": optional(record(_PAGE)),
        "pages": listed(record(_PAGE), 1, 500),
        "lists": listed(listed(name, 1, 500), 1, 500),
    }
)
_PLACE = Schema(
    {
        "song": text(),
        "example": text(),
        "stem": text(),
        "rule": text(),
        "start_sample": whole(0, 10**12),
        "song_seconds": number(0.0),
        "distance_db": number(0.0),
        "license": text(empty=True),
        "stimuli": mapping(
            record(
                Schema(
                    {
                        "system": text(),
                        "role": one_of(("system", "anchor", "reference")),
                        "gain_db": number(),
                        "lufs_before": optional(number()),
                    }
                )
            )
        ),
        "webmushra_reference": name,
    },
)
_KEY = Schema(
    {
        "format": whole(FORMAT, FORMAT),
        "test": name,
        "test_sha256": text(64),
        "seed": whole(0, 2**63),
        "task": text(),
        "dataset": text(),
        "rule": text(),
        "runs": mapping(text()),
        "left_out": mapping(text()),
        "pages": mapping(record(_PLACE)),
    }
)
_REMEDY = "export the test again"


@dataclass(frozen=True)
class Question:
    """A question to raters, before the ratings end.

    Attributes:
        name: of its column in the results.
        kind: text, number or choice.
        options: of a choice.
    """

    name: str
    label: str
    kind: str = "text"
    optional: bool = False
    options: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """The question as JSON."""
        own = {"name": self.name, "label": self.label, "kind": self.kind, "optional": self.optional}
        return {**own, **({"options": list(self.options)} if self.options else {})}


def demand_test(test: Mapping[str, Any], where: str, remedy: str = _REMEDY) -> None:
    """Refuse a test that is not as it must be: field, what was expected and what came.

    Raises:
        DatasetError: a field is missing or wrong, an id stands twice, or a list names no page.
    """
    _TEST.demand(test, where, remedy)
    pages = [page["id"] for page in test["pages"]]
    every = [*test["pages"], *([test["training"]] if test["training"] else [])]
    for ids, what in (
        ([page["id"] for page in every], "page"),
        ([q["name"] for q in test["questions"]], "question"),
        *(([s["id"] for s in page["stimuli"]], f"stimulus on {page['id']}") for page in every),
    ):
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise DatasetError(f"{where}: {what} {twice[0]} is there twice: {remedy}")
    for question in test["questions"]:
        if (question["kind"] == "choice") != bool(question.get("options")):
            raise DatasetError(
                f"{where}: question {question['name']}: a choice wants options, and no other kind "
                f"has any: {remedy}"
            )
    for number_of, of_list in enumerate(test["lists"], 1):
        if strange := [one for one in of_list if one not in pages]:
            raise DatasetError(f"{where}: list {number_of}: no page {strange[0]}: {remedy}")
        if len(set(of_list)) < len(of_list):
            raise DatasetError(f"{where}: list {number_of}: a page is there twice: {remedy}")
    if (test["method"] == "mushra") != all(page["reference"] is not None for page in every):
        raise DatasetError(
            f"{where}: method {test['method']}: expected "
            f"{'a reference' if test['method'] == 'mushra' else 'no reference'} on each page: "
            f"{remedy}"
        )


def read_test(folder: Path) -> dict[str, Any]:
    """The public record of a test.

    Raises:
        DatasetError: there is none, it is not as it must be, or a stimulus is missing.
    """
    path = folder / "test.json"
    test = read_json_object(path, "listening test", _REMEDY, MOST_BYTES)
    demand_test(test, str(path))
    for file in files_of(test):
        if not (folder / file).is_file():
            raise DatasetError(f"{folder / file}: a stimulus is missing: {_REMEDY}")
    return test


def files_of(test: Mapping[str, Any]) -> list[str]:
    """The paths of all stimuli, below the folder of the test."""
    files = []
    for page in [*test["pages"], *([test["training"]] if test["training"] else [])]:
        sounds = [*page["stimuli"], *([page["reference"]] if page["reference"] else [])]
        files += [sound["file"] for sound in sounds]
    return files


@dataclass(frozen=True)
class Key:
    """Which stimulus is of which system; see `export`.

    Attributes:
        test: the id of the test.
        test_sha256: the fingerprint of its public record.
        pages: by page, where its passage comes from and what its stimuli are.
    """

    test: str
    test_sha256: str
    pages: Mapping[str, Mapping[str, Any]]

    def system(self, page: str, stimulus: str) -> str | None:
        """The system of a stimulus; None if there is no such page or stimulus.

        webMUSHRA calls the sound of its button `reference` in the results.
        """
        place = self.pages.get(page)
        if place is None:
            return None
        own = place["webmushra_reference"] if stimulus == REFERENCE else stimulus
        entry = place["stimuli"].get(own)
        return None if entry is None else str(entry["system"])

    def systems(self, page: str) -> list[str]:
        """The systems of a page, in alphabetical order."""
        return sorted(str(entry["system"]) for entry in self.pages[page]["stimuli"].values())


def read_key(path: Path) -> Key:
    """Read a key.

    Raises:
        DatasetError: there is none, or it is not as it must be.
    """
    remedy = "give the .key.json that `listen export` wrote beside the test"
    content = read_json_object(path, "key of a listening test", remedy, MOST_BYTES)
    _KEY.demand(content, str(path), remedy)
    for page, place in content["pages"].items():
        if place["webmushra_reference"] not in place["stimuli"]:
            raise DatasetError(f"{path}: page {shown(page)}: no such webmushra_reference: {remedy}")
    return Key(content["test"], content["test_sha256"], cast(Any, content["pages"]))


def fingerprint_of(test: Mapping[str, Any]) -> str:
    """The hash by which a key knows its test."""
    return fingerprint(dict(test))


def demand_key(key: Mapping[str, Any], where: str) -> None:
    """Refuse a key that is not as it must be.

    Raises:
        DatasetError: a field is missing or wrong.
    """
    _KEY.demand(key, where, _REMEDY)


def balanced_lists(songs: Sequence[str], each: int) -> list[list[str]]:
    """Lists of songs, one for each rater in turn; every song is in `each` of them.

    There are as many lists as songs. A list holds `each` neighbours of a circle of the songs, and
    begins where the one before it ended, or at the next song where no list begins. So after any
    number of raters no song is ahead of another by more than one rater.
    """
    count = len(songs)
    if each >= count:
        return [list(songs)]
    starts: list[int] = []
    at = 0
    while len(starts) < count:
        while at in starts:
            at = (at + 1) % count
        starts.append(at)
        at = (at + each) % count
    return [[songs[(start + step) % count] for step in range(each)] for start in starts]
