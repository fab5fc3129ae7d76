"""A task that wants a released mix leaves out the examples whose mix is a plain sum."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import plugin
from automix_bench.audio import total
from automix_bench.cli.commands import app
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset.reader import Dataset
from automix_bench.effects.gain import Gain
from automix_bench.errors import UsageError
from automix_bench.evaluation.entry import as_entry
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.released_mixes import scored_examples
from automix_bench.evaluation.run import run
from automix_bench.evaluation.run_folder import identity
from automix_bench.evaluation.score import score
from automix_bench.making.make import make
from automix_bench.scorecard import read_scorecard
from tests.making.test_mix_kinds import LEVEL, Released

GAIN = RandomChain((Gain.random(gain_db=-6.0),))
PREPARED = RandomConsole(default=GAIN, prepared=GAIN)
RECIPE = "recipe tones does not say that it is for mixing"
WHY = "their mix is the plain sum of their stems"
COUNTED = f"6 of 12 examples scored; 6 left out: {WHY}"
SPLITS = "no example is in the split test: all are scored (6 train, 6 valid)"
NOTE = f"{RECIPE}; {SPLITS}"


@pytest.fixture
def mixing():
    task = plugin.load("tasks", "mixing")
    return replace(task, metrics=task.metrics[:1])


@pytest.fixture
def data(recipe, tmp_path):
    """Six examples with a released mix, and six with the plain sum."""
    return Dataset(make(recipe(source=Released(), console=LEVEL), tmp_path / "data").folder)


def plain_sums(recipe, folder, **changed):
    source = replace(Released(), count=2)
    fields = {"source": source, "console": LEVEL, **changed}
    return Dataset(make(recipe(**fields), folder).folder)


def test_plain_sums_are_left_out_counted_with_the_reason(data, mixing, tmp_path):
    evaluated = evaluate(mixing, data, [], tmp_path / "runs")
    assert evaluated.board.note == NOTE
    assert evaluated.board.to_json()["note"] == NOTE
    assert f"Note: {NOTE}." in evaluated.board.to_markdown()
    assert f"{COUNTED}." in evaluated.board.to_markdown()
    assert evaluated.board.to_json()["examples"] == 12
    assert evaluated.board.to_json()["left_out"] == {WHY: 6}
    for path in evaluated.cards:
        card = read_scorecard(path)
        assert card.note == NOTE
        assert (card.examples, card.left_out) == (12, {WHY: 6})
        assert {score.song for score in card.scores} == {"tones-0", "tones-1"}
        assert len(card.scores) == 6
        assert card.coverage == 1.0
    for folder in evaluated.runs.values():
        assert identity(folder)["note"] == NOTE
        own = {"run.json", "run.seconds.json"}
        assert len([path for path in folder.glob("*.json") if path.name not in own]) == 6


def test_the_floor_of_what_is_scored_is_that_of_the_released_songs_alone(data, mixing, tmp_path):
    both = evaluate(mixing, data, [], tmp_path / "runs").board
    every = evaluate(replace(mixing, released_mix=False), data, [], tmp_path / "all").board
    floor, of_all = (next(r for r in b.rows if r.part == "floor") for b in (both, every))
    first = mixing.metrics[0].name
    assert floor.estimates[first].songs == 2
    assert of_all.estimates[first].songs == 4
    assert every.note == f"{RECIPE}; {SPLITS}"


def test_the_note_reaches_terminal_and_json(data, tmp_path):
    arguments = ["evaluate", "mixing", str(data.folder), "--runs", str(tmp_path / "runs")]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    assert f"Note: {NOTE}." in " ".join(shown.output.split())
    assert f"{COUNTED}." in " ".join(shown.output.split())
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert json.loads(result.stdout)["note"] == NOTE


@pytest.mark.parametrize("changed", [{"plain_mix": True}, {"stems_kept": 2}, {"console": PREPARED}])
def test_where_nothing_is_left_the_error_says_what_to_do(recipe, mixing, tmp_path, changed):
    data = plain_sums(recipe, tmp_path / "data", **changed)
    with pytest.raises(UsageError) as refused:
        evaluate(mixing, data, [], tmp_path / "runs")
    for text in ("6 examples", "mixing_to_sum", "the recipe tones sums stems", "wet_multitrack"):
        assert text in str(refused.value)
    assert not (tmp_path / "runs").exists()
    with pytest.raises(UsageError, match="mixing_to_sum"):
        run(as_entry("plain_sum"), mixing, data, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_songs_without_a_mix_are_named_as_the_reason(recipe, mixing, tmp_path):
    source = replace(Released(), count=2)
    songs = [replace(one, mix_kind="sum") for one in source.catalogue().listings]
    unmixed = type("Unmixed", (Released,), {"_listing": lambda self, number: songs[number]})
    data = Dataset(make(recipe(source=unmixed(2), console=LEVEL), tmp_path / "data").folder)
    with pytest.raises(UsageError, match="none of its songs came with a mix"):
        scored_examples(mixing, data)


def test_data_that_does_not_tell_is_scored_and_the_note_says_so(dataset, mixing, tmp_path):
    entry = as_entry("plain_sum")
    run(entry, mixing, dataset, tmp_path / "run")
    card = score(mixing, dataset, tmp_path / "run")
    assert card.note.endswith("; 12 of 12 examples do not say whether their mix was released")
    assert len(card.scores) == 12


def test_other_tasks_take_all_examples(data):
    for name in ("effect_removal", "mixing_to_sum"):
        chosen = scored_examples(plugin.load("tasks", name), data)
        assert chosen.numbers == tuple(range(12))
        assert chosen.note == ""


def test_mixing_to_sum_wants_the_sum_of_what_entered_the_console(data):
    task = plugin.load("tasks", "mixing_to_sum")
    for example in data:
        target = task.wanted(example).stems["mix"]
        summed = total(example.before.stems.values())
        assert np.allclose(target.samples, summed.samples, atol=1e-6)
        if example.before.mix_kind == "sum":
            assert np.array_equal(target.samples, example.before.mix.samples)
        else:
            assert not np.allclose(target.samples, example.before.mix.samples, atol=1e-3)
