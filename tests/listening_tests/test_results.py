"""Results of an exported test are read by its key: from webMUSHRA, the Web Audio Evaluation Tool
and our own server. What does not fit is named."""

import csv
import json
import re
from xml.etree import ElementTree as Xml

import pytest

from automix_bench.errors import DatasetError
from automix_bench.listening_tests.exported_test import read_key, read_test
from automix_bench.listening_tests.ratings import read_ratings
from automix_bench.listening_tests.results import read_results, write_ratings


@pytest.fixture(scope="module")
def trial(exported, tmp_path_factory):
    return exported(tmp_path_factory.mktemp("test") / "trial", passages=1)


def write_php(folder, session):
    """What webMUSHRA's `service/write.php` does with a session of MUSHRA trials, by its source:
    heads where there is no file yet, then a row for each response."""
    name = re.sub("--+", "-", re.sub(r"[^\w-]+", "-", session["testId"])).lower()
    file = folder / name / "mushra.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    person = session["participant"]
    is_new = not file.exists()
    with file.open("a", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        if is_new:
            ends = ("session_uuid", "trial_id", "rating_stimulus", "rating_score", "rating_time")
            writer.writerow(["session_test_id", *person["name"], *ends, "rating_comment"])
        for trial in session["trials"]:
            if trial["type"] == "mushra":
                for r in trial["responses"]:
                    own = (session["testId"], *person["response"], session["uuid"], trial["id"])
                    writer.writerow([*own, r["stimulus"], r["score"], r["time"], None])
    return file


def session_of(test, key, rater="u1", score=lambda system: 50, pages=None, test_id=None):
    """A session as webMUSHRA sends it: the stimulus at its button is called `reference`."""
    trials = []
    for page in [test["training"], *(pages or test["pages"])]:
        at_the_button = key.pages[page["id"]]["webmushra_reference"]
        responses = [
            {
                "stimulus": "reference" if one["id"] == at_the_button else one["id"],
                "score": str(score(key.system(page["id"], one["id"]))),
                "time": 1,
            }
            for one in page["stimuli"]
        ]
        trials.append({"type": "mushra", "id": page["id"], "responses": responses})
    person = {"name": ["age", "PROLIFIC_PID"], "response": ["30", "x"]}
    return {"testId": test_id or test["id"], "uuid": rater, "participant": person, "trials": trials}


SCORES = {"reference": 100, "drums_up": 60, "no_keys": 40, "plain_sum": 20}


@pytest.mark.parametrize("method", ["mushra", "no_reference"])
def test_webmushra_comes_back_as_systems_and_songs(exported, tmp_path, method):
    made = exported(tmp_path / "trial", method=method)
    test, key = read_test(made.folder), read_key(made.key)
    for rater in ("u1", "u2"):
        write_php(tmp_path / "results", session_of(test, key, rater, SCORES.__getitem__))
    read = read_results([tmp_path / "results"], made.key)
    assert (read.raters, read.misfits) == (2, ())
    assert len(read.rows) == 2 * 6 * 4  # without the training page
    write_ratings(read, tmp_path / "ratings.csv")
    ratings = read_ratings([tmp_path / "ratings.csv"])
    assert {(r.system, r.score) for r in ratings} == set(SCORES.items())
    assert len({r.song for r in ratings}) == 3


def test_the_evaluation_tool_comes_back_too(trial, tmp_path):
    test, key = read_test(trial.folder), read_key(trial.key)
    root = Xml.Element("waetresult", {"key": "k1", "state": "complete"})
    for page in [test["training"], *test["pages"]]:
        element = Xml.SubElement(root, "page", {"ref": page["id"], "state": "complete"})
        for one in page["stimuli"]:
            sound = Xml.SubElement(element, "audioelement", {"ref": one["id"], "type": "normal"})
            value = SCORES[key.system(page["id"], one["id"])] / 100
            Xml.SubElement(sound, "value", {"interface-name": "null"}).text = str(value)
        outside = {"ref": page["reference"]["id"], "type": "outside-reference"}
        Xml.SubElement(element, "audioelement", outside)
    (tmp_path / "save-k1.xml").write_bytes(Xml.tostring(root))
    (tmp_path / "read.txt").write_text("not ours")
    read = read_results([tmp_path], trial.key)
    assert {(row[2], float(row[3])) for row in read.rows} == set(SCORES.items())
    assert read.misfits == (
        f"{tmp_path}/read.txt: not read: its name does not end in .csv or .xml",
    )


def test_what_does_not_fit_is_named(trial, tmp_path):
    test, key = read_test(trial.folder), read_key(trial.key)
    session = session_of(test, key, score=SCORES.__getitem__)
    first, second, third = (trial for trial in session["trials"][1:])
    first["id"] = "p000000"
    second["responses"][0]["stimulus"] = "s000000-000000"
    third["responses"].append({**third["responses"][0], "score": "7"})
    file = write_php(tmp_path, session)
    write_php(tmp_path, session_of(test, key, "u2", score=lambda system: 100))
    read = read_results([file], trial.key)
    again = key.system(third["id"], third["responses"][0]["stimulus"])
    lost = {row[2] for row in read.rows if row[0] == "u1" and row[4] == second["id"]}
    assert set(read.misfits) == {
        "u1: the key has no page p000000",
        f"u1, page {second['id']}: the key has no stimulus s000000-000000",
        f"u1, page {second['id']}: not rated: {(set(SCORES) - lost).pop()}",
        f"u1, page {third['id']}: {again} is rated twice",
        *(f"u2, page {page['id']}: all scores are 100" for page in test["pages"]),
    }
    scores = {row[2]: row[3] for row in read.rows if row[0] == "u1" and row[4] == third["id"]}
    assert scores[again] == "7"  # the last one counts


def test_a_cell_of_a_books_length_is_no_crash(trial, tmp_path):
    test, key = read_test(trial.folder), read_key(trial.key)
    file = write_php(tmp_path, session_of(test, key, score=SCORES.__getitem__))
    head, *rows = file.read_text().splitlines()
    file.write_text("\n".join([head, *rows, rows[-1] + "x" * 140_000]))
    with pytest.raises(DatasetError, match="not a table of ratings: field larger than"):
        read_results([file], trial.key)


def test_results_of_another_test_or_key_are_refused(trial, exported, tmp_path):
    test, key = read_test(trial.folder), read_key(trial.key)
    file = write_php(tmp_path, session_of(test, key, test_id="other"))
    with pytest.raises(DatasetError, match="of the test other, and the key is of trial"):
        read_results([file], trial.key)
    another = exported(tmp_path / "another", seed=5)
    file = write_php(tmp_path, session_of(test, key, test_id="another"))
    with pytest.raises(DatasetError, match=r"no rating fits .*: u1: the key has no page"):
        read_results([file], another.key)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda k: k.pop("pages"), "pages: expected"),
        (lambda k: k.update(format=2), "format: expected a whole number from 1 to 1"),
        (lambda k: next(iter(k["pages"].values())).update(song=3), "pages: expected an object"),
        (
            lambda k: next(iter(k["pages"].values())).update(webmushra_reference="s1"),
            "no such webmushra_reference",
        ),
    ],
)
def test_a_damaged_key_is_refused(trial, tmp_path, change, message):
    content = json.loads(trial.key.read_text())
    change(content)
    (tmp_path / "x.key.json").write_text(json.dumps(content))
    with pytest.raises(DatasetError, match=message):
        read_key(tmp_path / "x.key.json")
    with pytest.raises(DatasetError, match="no key of a listening test there"):
        read_key(tmp_path / "none.json")
