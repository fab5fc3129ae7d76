"""What a whole evaluation hides from a model, and what cards and boards say of it."""

import json
from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.entry import Entry, entry
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.run import run
from automix_bench.evaluation.run_folder import read_answer
from automix_bench.evaluation.score import score
from automix_bench.files.canonical_json import pretty, sealed
from automix_bench.isolation.box import BOXED, IN_PROCESS, OWN_PROCESS, weakest, why_no_box
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.making.make import make
from automix_bench.model import Brief
from automix_bench.models.plain_sum import PlainSum
from automix_bench.scorecard import read_scorecard
from tests.support.tone_source import Tones

MIXING = replace(task_named("mixing"), metrics=(plugin.load("metrics", "loudness_error"),))
STATE = OWN_PROCESS if why_no_box() else BOXED
LOOKING = '''
__all__ = ["Looking"]
from pathlib import Path
from automix_bench.models.plain_sum import PlainSum

class Looking:
    """Opens what it finds below some folders, and fails with what it could read."""

    def __call__(self, brief):
        read = []
        for folder in FOLDERS:
            for path in KNOWN[folder]:
                try:
                    Path(path).read_bytes()
                    read.append(path)
                except OSError:
                    pass
        if read:
            raise RuntimeError(f"GOT IT: {read}")
        return PlainSum()(brief)
'''
RANDOM = """
__all__ = ["drawn"]
import numpy as np
from automix_bench.models.plain_sum import PlainSum
from automix_bench import Answer

def drawn(brief):
    mix = PlainSum()(brief).stems["mix"]
    return Answer(stems={"mix": mix.scaled(float(np.random.uniform(0.1, 0.9)))})
"""


@pytest.fixture
def data(recipe, tmp_path):
    return Dataset(make(recipe(source=Tones(count=4)), tmp_path / "data").folder)


@pytest.mark.skipif(bool(why_no_box()), reason=why_no_box() or "boxed here")
def test_a_model_that_may_read_all_around_the_data_and_the_runs_reads_neither(data, tmp_path):
    runs = tmp_path / "runs"
    evaluate(MIXING, data, [], runs)  # floor and ceiling lie there
    known = {
        "data": [str(path) for path in data.folder.rglob("*") if path.is_file()],
        "runs": [str(path) for path in runs.rglob("*") if path.is_file()],
    }
    assert all(len(files) > 4 for files in known.values())
    path = tmp_path / "looking.py"
    path.write_text(f"FOLDERS = ('data', 'runs')\nKNOWN = {known!r}\n{LOOKING}")
    evaluated = evaluate(MIXING, data, [path], runs, reads=[tmp_path])
    assert evaluated.failures == {}
    again = entry(str(path), reads=[tmp_path])
    assert run(again, MIXING, data, runs / "mixing" / "again").failures == ()
    with ModelProcess(again.place) as process:  # without a run that hides them it reads both
        assert "GOT IT" in process.ask(MIXING.brief(data[0])).failure


def test_examples_come_in_an_order_of_the_run_alone(data, tmp_path, monkeypatch):
    asked = []
    ask = ModelProcess.ask

    def noting(self, brief, *rest, **more):
        asked.append(_first(brief))
        return ask(self, brief, *rest, **more)

    monkeypatch.setattr(ModelProcess, "ask", noting)
    orders = []
    for folder in ("a", "b", "a"):
        asked.clear()
        run(entry("plain_sum"), MIXING, data, tmp_path / folder, fresh=True)
        orders.append(tuple(asked))
    in_place = tuple(_first(MIXING.brief(example)) for example in data)
    assert sorted(orders[0]) == sorted(in_place)
    assert orders[0] == orders[2]  # a run that goes on keeps its order
    assert len({*orders, in_place}) == 3  # of a dozen examples: by chance once in 10^8
    assert len(json.loads((tmp_path / "a" / "run.json").read_text())["order"]) == 32


def _first(brief):
    return next(iter(brief.stems.values())).sha256


def test_what_is_drawn_at_random_does_not_depend_on_what_was_asked_before(data, tmp_path):
    path = tmp_path / "drawn.py"
    path.write_text(RANDOM)
    briefs = [MIXING.brief(data[number]) for number in (0, 1)]
    with ModelProcess(entry(str(path)).place) as process:
        first = [process.ask(brief).answer.stems["mix"] for brief in briefs]
        again = [process.ask(brief).answer.stems["mix"] for brief in reversed(briefs)]
        other = process.ask(briefs[0], seed=1).answer.stems["mix"]
    for one, two in zip(first, reversed(again), strict=True):
        assert np.array_equal(one.samples, two.samples)
    assert not np.array_equal(first[0].samples, other.samples)


def test_cards_and_boards_say_how_a_model_was_kept_apart_and_what_it_cost(data, tmp_path):
    here = Entry("here", PlainSum(), "code")
    evaluated = evaluate(MIXING, data, [here, "equal_loudness"], tmp_path / "runs")
    rows = {row.model: row for row in evaluated.board.rows}
    states = {"plain_sum": STATE, "equal_loudness": STATE, "here": IN_PROCESS}
    assert {name: rows[name].isolation for name in states} == states
    assert rows["plain_sum"].relative_speed == 1.0
    assert rows["equal_loudness"].relative_speed > 0.0
    assert isnan(rows["here"].relative_speed)  # another kind of process: it does not compare
    cards = {card.model: card for card in map(read_scorecard, evaluated.cards)}
    assert {name: cards[name].isolation for name in states} == states
    assert cards["equal_loudness"].cost["peak_memory"] > 10_000_000
    assert cards["equal_loudness"].cost["cpu_seconds"] > 0.0
    notes = evaluated.board.about()
    assert "Ran in the harness's own process, where a model can find the targets: here." in notes
    assert "Ran in the harness's own process" in evaluated.board.to_markdown()
    assert not any("oracle" in note for note in notes)
    assert list(evaluated.board.to_frame().set_index("model").loc[list(states), "isolation"]) == [
        *states.values()
    ]


def test_a_run_made_in_several_ways_counts_as_the_weakest(data, tmp_path):
    boxed = entry("plain_sum")
    here = Entry("plain_sum", PlainSum(), boxed.code, weights=boxed.weights)
    run(boxed, MIXING, data, tmp_path / "run")
    lost = data.rows[0]["id"]
    (tmp_path / "run" / f"{lost}.json").unlink()
    run(here, MIXING, data, tmp_path / "run")
    states = {read_answer(tmp_path / "run", row["id"]).isolation for row in data.rows}
    assert states == {STATE, IN_PROCESS}
    assert score(MIXING, data, tmp_path / "run").isolation == IN_PROCESS == weakest(states)
    assert weakest({BOXED, OWN_PROCESS}) == OWN_PROCESS
    assert weakest(()) == ""


def test_an_answer_of_a_version_that_knew_no_boxes_was_made_in_the_harness(data, tmp_path):
    run(entry("plain_sum"), MIXING, data, tmp_path / "run")
    path = tmp_path / "run" / f"{data.rows[0]['id']}.json"
    record = json.loads(path.read_text())
    assert record.pop("isolation") == STATE
    path.write_text(pretty(sealed(record)))
    assert read_answer(tmp_path / "run", data.rows[0]["id"]).isolation == IN_PROCESS


def test_a_brief_holds_nothing_but_itself(data):
    """What travels: sounds, text, console, seed. No id, no number, no target, no path."""
    from automix_bench.isolation.briefs import message_of_brief

    message = message_of_brief(Brief(MIXING.brief(data[0]).stems))
    assert message.head.keys() == {"type", "text", "console", "seed"}
    assert {sound.role for sound in message.sounds} == {"stem"}
