"""Seconds are the harness's own; a run from a stranger is checked before it is read."""

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.run import run
from automix_bench.evaluation.run_costs import read_costs
from automix_bench.evaluation.run_folder import identity, read_answer
from automix_bench.evaluation.score import score
from automix_bench.executors.local import Local
from automix_bench.files.canonical_json import pretty, sealed
from automix_bench.making.make import make
from automix_bench.models.plain_sum import PlainSum
from tests.support.tone_source import Tones

MIXING = replace(task_named("mixing"), metrics=task_named("mixing").metrics[:1])
NAP = 0.05


MADE = {}
"""The data set and the run that the tests share, made once."""


@pytest.fixture
def small(recipe, tmp_path_factory):
    if "data" not in MADE:
        recipe_of_three = recipe(source=Tones(count=3))
        MADE["data"] = make(recipe_of_three, tmp_path_factory.mktemp("small") / "data").folder
    return Dataset(MADE["data"])


class Cheat:
    """Rewrites every time that it finds in the folder of its run, with a fresh seal."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, brief):
        time.sleep(NAP)
        for path in self.folder.glob("*.json"):
            record = json.loads(path.read_text())
            if "files" in record:
                path.write_text(pretty(sealed({**record, "seconds": 1e-9})))
        (self.folder / "run.seconds.json").write_text('{"seconds": {}}')
        return PlainSum()(brief)


@pytest.mark.parametrize("executor", [None, Local(1)], ids=["here", "in a process"])
def test_a_model_that_rewrites_its_records_is_no_faster(small, tmp_path, executor):
    folder = tmp_path / "run"
    run(Entry("cheat", Cheat(folder), "code"), MIXING, small, folder, executor=executor)
    cost = score(MIXING, small, folder).cost
    assert cost["work_seconds"] >= len(small) * NAP
    assert cost["audio_seconds"] == sum(e.before.mix.seconds for e in small)


def test_times_of_answers_that_are_used_again_are_kept_and_those_of_new_ones_measured(
    small, tmp_path
):
    entry = Entry("plain", PlainSum(), "code")
    run(entry, MIXING, small, tmp_path / "run")
    first = read_costs(tmp_path / "run")
    assert sorted(first) == sorted(row["id"] for row in small.rows)
    assert all(0.0 < cost.seconds < 60.0 for cost in first.values())
    lost = small.rows[0]["id"]
    (tmp_path / "run" / f"{lost}.json").unlink()
    run(entry, MIXING, small, tmp_path / "run")
    again = read_costs(tmp_path / "run")
    assert again.keys() == first.keys()
    assert {e for e in first if first[e] != again[e]} == {lost}


def test_times_survive_an_interrupt_and_unknown_ones_do_not_count(small, tmp_path):
    calls = []

    def stopped(brief):
        calls.append(brief)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return PlainSum()(brief)

    with pytest.raises(KeyboardInterrupt):
        run(Entry("m", stopped, "code"), MIXING, small, tmp_path / "run")
    assert len(read_costs(tmp_path / "run")) == 1
    (tmp_path / "run" / "run.seconds.json").unlink()
    card = score(MIXING, small, tmp_path / "run")
    assert set(card.cost.values()) == {0}
    assert card.speed != card.speed


# --- every field of a run's records -----------------------------------------------------------

WRONG = [None, -1, 1.5, "", "../../x", "x" * 2_000, True, [], {}, [1], {"a": 1}, 10**30, "\ud800"]
RUN_FIELDS = ("model", "task", "dataset", "task_version", "code", "told_the_answer", "environment")


@pytest.fixture
def ran(small, tmp_path, tmp_path_factory):
    if "run" not in MADE:
        MADE["run"] = tmp_path_factory.mktemp("run") / "run"
        run(Entry("plain", PlainSum(), "code"), MIXING, small, MADE["run"])
    return Path(shutil.copytree(MADE["run"], tmp_path / "run"))


def one_line(caught, path):
    assert len(str(caught.value).splitlines()) == 1
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("field", RUN_FIELDS)
def test_a_runs_record_with_a_wrong_field_is_refused_by_name(ran, field):
    record = json.loads((ran / "run.json").read_text())
    good = {"code": ("", "../../x"), "model": ("../../x",), "environment": ({},)}
    good |= dict.fromkeys(("task", "dataset"), ("../../x",)) | {"told_the_answer": (True,)}
    for wrong in WRONG:
        if wrong in good.get(field, ()) and type(wrong) in (str, bool, dict):
            continue
        (ran / "run.json").write_text(json.dumps({**record, field: wrong}))
        with pytest.raises(DatasetError, match=f"{field}: expected ") as caught:
            identity(ran)
        one_line(caught, ran / "run.json")


@pytest.mark.parametrize("field", ["files", "exponent", "failure"])
def test_an_answers_record_with_a_wrong_field_is_refused_though_its_seal_fits(ran, small, field):
    example = small.rows[0]["id"]
    path = ran / f"{example}.json"
    record = json.loads(path.read_text())
    for wrong in [*WRONG, 65, 10**9, {"../../x": "0"}, {f"{example}.../x.flac": "0"}]:
        if field == "failure" and isinstance(wrong, str) and wrong != "\ud800":
            continue
        if field == "files" and wrong == {}:
            continue
        changed = {**record, field: wrong}
        path.write_text(json.dumps(changed if wrong == "\ud800" else sealed(changed)))
        with pytest.raises(DatasetError, match=r"damaged; run the model again") as caught:
            read_answer(ran, example)
        one_line(caught, path)


@pytest.mark.parametrize(
    "text", [b"[" * 300_000, b"[]", b"{}", b"", b"\xff", b'{"exponent": 1e999}', b'{"files": NaN}']
)
def test_records_that_are_no_records(ran, small, text):
    example = small.rows[0]["id"]
    for path, read in (
        (ran / f"{example}.json", lambda: read_answer(ran, example)),
        (ran / "run.json", lambda: identity(ran)),
        (ran / "run.seconds.json", lambda: read_costs(ran)),
    ):
        path.write_bytes(text)
        with pytest.raises(DatasetError) as caught:
            read()
        one_line(caught, path)


def test_an_answers_sound_is_bounded_by_its_file(ran, small):
    from hashlib import sha256

    example = small.rows[0]["id"]
    sound, path = ran / f"{example}.mix.flac", ran / f"{example}.json"
    whole, record = sound.read_bytes(), json.loads(path.read_text())
    # STREAMINFO's last 36 bits before the MD5 sum: the number of samples.
    huge = whole[:21] + bytes([whole[21] | 0x0F]) + b"\xff" * 4 + whole[26:]
    for content, message in (
        (huge, "got a head that claims 68719476735"),
        (b"RIFF" + whole[4:], "expected FLAC"),
        (whole[: len(whole) // 2], "not the FLAC of an answer"),
    ):
        sound.write_bytes(content)
        files = {sound.name: sha256(content).hexdigest()}
        path.write_text(pretty(sealed({**record, "files": files})))
        with pytest.raises(DatasetError, match=message) as caught:
            read_answer(ran, example)
        one_line(caught, sound)
