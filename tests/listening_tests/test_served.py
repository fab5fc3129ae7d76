"""A served listening test: requests are checked, and what was told to be kept is kept."""

import http.client
import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from automix_bench.errors import DatasetError
from automix_bench.listening_tests.exported_test import read_key, read_test
from automix_bench.listening_tests.results import read_results
from automix_bench.listening_tests.server import MOST_BODY, serving
from automix_bench.listening_tests.sessions import ABANDONED_SECONDS, Refused, Sessions
from tests.support.listening_server import running


@pytest.fixture(scope="module")
def trial(exported, tmp_path_factory):
    return exported(tmp_path_factory.mktemp("test") / "trial", songs_each=1, completion_code="C0DE")


def send(server, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def post(server, action, request, **headers):
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    answer, content = send(
        server, "POST", f"/{action}", body, **{"Content-Type": "application/json", **headers}
    )
    return answer.status, json.loads(content)


def rated(page, score=50.0):
    ids = [sound["id"] for sound in page["stimuli"]]
    return {
        "page": page["id"],
        "ratings": {id: score + n for n, id in enumerate(ids)},
        "plays": dict.fromkeys(ids, 1),
        "seconds": 12.5,
    }


def through(sessions, score=50.0, prolific=None):
    """One rater's way through a test, up to the questions; the last state."""
    state = sessions.answered("begin", {"session": None, "prolific": prolific or {}})
    token = {"session": state["session"]}
    for action in ("consent", "trained"):
        state = sessions.answered(action, token)
    for page in state["pages"]:
        state = sessions.answered("rate", {**token, **rated(page, score)})
    return state


ANSWERS = {"age": "30", "experience": "hobby", "playback": "headphones", "comment": "=1+1"}


def test_a_killed_server_loses_nothing_and_a_reload_goes_on(trial, tmp_path):
    test = read_test(trial.folder)
    with running(trial.folder, tmp_path / "r") as server:
        _, state = post(server, "begin", {"session": None, "prolific": {}})
        token = {"session": state["session"]}
        assert (state["consented"], state["pages"]) == (False, [])
        _, state = post(server, "consent", token)
        assert [page["id"] for page in state["pages"]] != []
        post(server, "trained", token)
        first = rated(state["pages"][0])
        status, state = post(server, "rate", {**token, **first})
        assert (status, state["rated"]) == (200, [first["page"]])
        # nothing is written when the server ends: what follows is what a kill leaves
        kept = (tmp_path / "r" / "ratings.csv").read_text()
        assert kept.count("\n") == 1 + 4
    with running(trial.folder, tmp_path / "r") as server:
        _, again = post(server, "begin", {**token, "prolific": {}})
        assert again == state
        # the answer was lost on its way, and the browser asks again
        _, same = post(server, "rate", {**token, **rated(state["pages"][0], 0.0)})
        assert same["rated"] == [first["page"]]
        assert (tmp_path / "r" / "ratings.csv").read_text() == kept
        _, state = post(server, "rate", {**token, **rated(state["pages"][1])})
        status, refused = post(server, "answer", {**token, "answers": {}})
        assert (status, refused["error"]) == (
            400, "answers: experience: expected an answer, got none",
        )  # fmt: skip
        _, state = post(server, "answer", {**token, "answers": ANSWERS})
        assert (state["finished"], state["completion_code"]) == (True, "C0DE")
    assert len(state["rated"]) == len(test["lists"][0]) == 2
    raters = (tmp_path / "r" / "raters.csv").read_text().splitlines()
    assert raters[1].endswith(",30,hobby,headphones,'=1+1")  # no formula for a spreadsheet
    read = read_results([tmp_path / "r"], trial.key)
    assert (read.raters, len(read.rows), read.misfits) == (1, 8, ())


def test_what_was_answered_is_there_after_sigkill(trial, tmp_path):
    words = [
        "-c",
        "from automix_bench.cli import main; main()",
        "listen",
        "serve",
        str(trial.folder),
        str(tmp_path / "r"),
    ]
    command = [sys.executable, *words, "--port", "0"]
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}  # as a pipe is, if nobody asks otherwise
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=buffered) as process:
        port = int(re.search(r":(\d+)/", process.stdout.readline())[1])
        server = SimpleNamespace(server_port=port)
        _, state = post(server, "begin", {"session": None, "prolific": {}})
        token = {"session": state["session"]}
        for action in ("consent", "trained"):
            _, state = post(server, action, token)
        page = state["pages"][0]
        status, _ = post(server, "rate", {**token, **rated(page, 30.0)})
        process.kill()
    assert status == 200
    again = Sessions(read_test(trial.folder), tmp_path / "r")
    assert again.answered("begin", {**token, "prolific": {}})["rated"] == [page["id"]]
    assert len(read_results([tmp_path / "r"], trial.key).rows) == 4


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not JSON"),
        (b"[" * 60_000, "not JSON"),
        (b'{"session": "a", "session": "b"}', "stands twice"),
        (b"\xff\xfe", "not JSON"),
        ([], "expected a JSON object"),
        ({"session": 5}, "session: expected a text"),
        ({"session": "../../etc/passwd"}, "there is no session"),
        ({"session": "x" * 65}, "session: expected a text of 1 to 64"),
        ({"session": "a", "more": 1}, "more: expected one of the fields"),
    ],
)
def test_hostile_requests_are_refused_in_one_line(trial, tmp_path, body, message):
    with running(trial.folder, tmp_path / "r") as server:
        status, answer = post(server, "consent", body)
        assert status == 400
        assert message in answer["error"]
        assert "\n" not in answer["error"]
    assert list((tmp_path / "r" / "sessions").iterdir()) == []


def test_ratings_that_do_not_fit_are_refused(trial, tmp_path):
    sessions = Sessions(read_test(trial.folder), tmp_path)
    state = sessions.answered("begin", {"session": None, "prolific": {}})
    token = {"session": state["session"]}
    state = sessions.answered("consent", token)
    first, second = state["pages"]
    good = {**token, **rated(first)}
    with pytest.raises(Refused, match="page: expected p"):  # the training comes first
        sessions.answered("rate", good)
    sessions.answered("trained", token)
    one = first["stimuli"][0]["id"]
    for change, message in (
        ({"page": second["id"]}, "page: expected p"),
        ({"page": "training"}, "page: expected p"),
        ({"ratings": {one: 5.0}}, "expected one of each of the 4 sounds"),
        ({"ratings": {**good["ratings"], one: 100.5}}, "ratings: expected a number in"),
        ({"ratings": {**good["ratings"], one: float("nan")}}, "ratings: expected a number in"),
        ({"ratings": {**good["ratings"], one: "5"}}, "ratings: expected a number in"),
        ({"ratings": {**good["ratings"], one: True}}, "ratings: expected a number in"),
        ({"ratings": {f"s{n}": 1.0 for n in range(21)}}, "an object of at most 20 fields"),
        ({"plays": {}}, "expected every sound to be heard, got 0"),
        ({"plays": {**good["plays"], one: 0}}, "expected every sound to be heard, got 3"),
        ({"seconds": -1.0}, "seconds: expected a number"),
    ):
        with pytest.raises(Refused, match=message):
            sessions.answered("rate", {**good, **change})
    assert not (tmp_path / "ratings.csv").exists()
    for answers, message in (
        ({"nobody": "x"}, "answers: expected all pages to be rated first"),
        ({"age": "x" * 2_001}, "answers: expected a text of 0 to 2000"),
    ):
        with pytest.raises(Refused, match=message):
            sessions.answered("answer", {**token, "answers": answers})
    for page in (first, second):
        sessions.answered("rate", {**token, **rated(page)})
    for change, message in (
        ({"nobody": "x"}, "answers: expected age, experience, playback, comment, got 'nobody'"),
        ({"experience": "none of them"}, "experience: expected one of its options"),
        ({"age": "nan"}, "age: expected a number"),
    ):
        with pytest.raises(Refused, match=message):
            sessions.answered("answer", {**token, "answers": {**ANSWERS, **change}})


def test_only_the_page_and_the_stimuli_of_the_test_are_served(trial, tmp_path):
    (trial.folder / "stimuli" / "secret.txt").write_text("secret")
    with running(trial.folder, tmp_path / "r") as server:
        file = next(iter(sorted(server.stimuli)))
        answer, content = send(server, "GET", file)
        assert (answer.status, content[:4]) == (200, b"fLaC")
        assert answer.getheader("Content-Security-Policy").startswith("default-src 'none'")
        assert send(server, "GET", "/?PROLIFIC_PID=a")[0].status == 200
        for path in (
            "/stimuli/secret.txt",
            "/../trial.key.json",
            "/stimuli/../../trial.key.json",
            "/stimuli/%2e%2e/%2e%2e/trial.key.json",
            file.replace("stimuli/", "stimuli/./"),
            f"/{trial.folder}/test.json",
            "//etc/passwd",
            "/page.py",
            "/stimuli/trial/",
        ):
            assert send(server, "GET", path)[0].status == 404, path
        public = json.loads(send(server, "GET", "/test.json")[1])
        assert not {"pages", "lists", "training", "completion_code"} & set(public)


def test_requests_from_other_pages_and_too_large_ones_are_refused(trial, tmp_path):
    begin = {"session": None, "prolific": {}}
    with running(trial.folder, tmp_path / "r") as server:
        assert post(server, "begin", begin, Origin="https://evil.example")[0] == 403
        assert post(server, "begin", begin, Origin="null")[0] == 403
        assert post(server, "begin", begin, Host="evil.example")[0] == 403
        assert send(server, "GET", "/test.json", Host="evil.example:80")[0].status == 403
        own = f"127.0.0.1:{server.server_port}"
        assert post(server, "begin", begin, Host=own, Origin=f"http://{own}")[0] == 200
        assert post(server, "begin", begin, **{"Content-Type": "text/plain"})[0] == 415
        assert post(server, "begin", b" " * (MOST_BODY + 1))[0] == 413
        for length in ("-5", "1e3", "", "9" * 12):
            assert post(server, "begin", begin, **{"Content-Length": length})[0] == 411
        assert post(server, "delete", begin)[0] == 404
        assert send(server, "PUT", "/begin")[0].status == 501
    assert len(list((tmp_path / "r" / "sessions").iterdir())) == 1


def test_lists_go_to_raters_in_turn_and_abandoned_ones_again(trial, tmp_path):
    test, now = read_test(trial.folder), [1_000.0]
    sessions = Sessions(test, tmp_path, lambda: now[0])
    finished = [through(sessions, prolific={"PROLIFIC_PID": f"p{n}"}) for n in range(2)]
    lists = [{page["id"] for page in state["pages"]} for state in finished]
    for state in finished:
        sessions.answered("answer", {"session": state["session"], "answers": ANSWERS})
    lists.append({page["id"] for page in through(sessions)["pages"]})  # and leaves
    assert {frozenset(of) for of in lists} == {frozenset(of) for of in test["lists"]}
    now[0] += ABANDONED_SECONDS + 1.0
    assert {page["id"] for page in through(sessions)["pages"]} == lists[2]


def test_a_person_of_prolific_comes_back_to_the_same_session(trial, tmp_path):
    sessions = Sessions(read_test(trial.folder), tmp_path)
    given = {"PROLIFIC_PID": "a", "STUDY_ID": "s", "SESSION_ID": "t"}
    state = through(sessions, prolific=given)
    later = {**given, "SESSION_ID": "u"}
    again = sessions.answered("begin", {"session": None, "prolific": later})
    assert (again["session"], again["rated"]) == (state["session"], state["rated"])
    other = sessions.answered(
        "begin", {"session": state["session"], "prolific": {**given, "PROLIFIC_PID": "b"}}
    )
    assert other["session"] != state["session"]
    with pytest.raises(Refused, match="prolific: expected PROLIFIC_PID, STUDY_ID, SESSION_ID"):
        sessions.answered("begin", {"session": None, "prolific": {"x": "y"}})


def test_orders_differ_by_rater_and_stay_with_each(trial, tmp_path):
    test = read_test(trial.folder)
    sessions = Sessions(test, tmp_path)
    states = [through(sessions) for _ in range(6)]
    orders = {tuple(s["id"] for s in state["training"]["stimuli"]) for state in states}
    assert len(orders) > 1
    again = Sessions(test, tmp_path)
    token = {"session": states[3]["session"], "prolific": {}}
    assert again.answered("begin", token) == states[3]


def test_a_folder_of_another_test_or_another_server_is_refused(trial, exported, tmp_path):
    other = exported(tmp_path / "other", songs=1)
    through(Sessions(read_test(trial.folder), tmp_path / "r"))
    with pytest.raises(DatasetError, match="of another test, trial"):
        Sessions(read_test(other.folder), tmp_path / "r")
    with (
        running(trial.folder, tmp_path / "r"),
        pytest.raises(DatasetError, match="another `listen serve` is at work there"),
        serving(trial.folder, tmp_path / "r", "127.0.0.1", 0),
    ):
        pass
    session = next((tmp_path / "r" / "sessions").iterdir())
    session.write_text(session.read_text().replace('"number": 0', '"number": "0"'))
    with pytest.raises(DatasetError, match="number: expected a whole number"):
        Sessions(read_test(trial.folder), tmp_path / "r")


def test_systems_come_back_from_the_names_of_stimuli(trial, tmp_path):
    test, key = read_test(trial.folder), read_key(trial.key)
    sessions = Sessions(test, tmp_path)
    state = through(sessions, score=20.0)
    read = read_results([tmp_path], trial.key)
    page = state["pages"][0]
    expected = {key.system(page["id"], s["id"]): 20.0 + n for n, s in enumerate(page["stimuli"])}
    scores = {row[2]: float(row[3]) for row in read.rows if row[4] == page["id"]}
    assert scores == expected
