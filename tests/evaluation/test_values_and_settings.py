"""Answers of numbers and of settings: stored, checked, scored; or refused by name."""

import json
from dataclasses import replace

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.console import Console
from automix_bench.dataset.reader import Dataset
from automix_bench.effect import Chain, Fitted
from automix_bench.effects.gain import Gain
from automix_bench.effects.lv2 import Lv2
from automix_bench.effects.vst3 import Vst3
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.compared import _console_fault, compared
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.run import run
from automix_bench.evaluation.run_folder import read_answer
from automix_bench.evaluation.score import score
from automix_bench.files.canonical_json import pretty, sealed
from automix_bench.isolation.answer_faults import MOST_EFFECTS
from automix_bench.making.make import make
from automix_bench.model import Answer
from automix_bench.models.plain_sum import PlainSum
from tests.support.tone_source import Tones

LEVELS = {"bass": -3.0, "vocals": -4.0, "drums": -5.0, "other": -6.0}


@pytest.fixture
def data(recipe, tmp_path):
    return Dataset(make(recipe(source=Tones(count=2)), tmp_path / "data").folder)


def balance(**changes):
    """The task of levels, wanting two."""
    task = task_named("loudness_balance")
    wanted = {"bass": -3.0, "vocals": -4.0}
    return replace(task, recipes=(), wanted=lambda example: Answer(values=wanted), **changes)


def cells(card, metric, **fields):
    return {s.stem: (s.value, s.status) for s in card.scores if s.metric == metric}


def test_numbers_are_stored_and_scored_by_name(data, tmp_path):
    near = Entry("near", lambda brief: Answer(values={**LEVELS, "bass": -2.0, "vocals": -8.0}))
    evaluated = evaluate(balance(), data, [near], tmp_path)
    rows = {row.model: row for row in evaluated.board.rows}
    assert rows["near"].estimates["values/level_error"].value == pytest.approx(2.5)
    assert rows["near"].estimates["values/level_bias"].value == pytest.approx(1.5)
    assert rows["near"].estimates["values/within_3_lu"].value == pytest.approx(0.5)
    assert rows["oracle"].estimates["values/level_error"].value == 0.0
    assert rows["oracle"].covered == 1.0
    stored = read_answer(evaluated.runs["near"], data.rows[0]["id"])
    assert stored.values == {**LEVELS, "bass": -2.0, "vocals": -8.0}
    assert stored.stems == {}


def test_a_number_that_is_lacking_fails_alone_and_those_of_all_together(data, tmp_path):
    one = Entry("one", lambda brief: Answer(values={"bass": -3.0}))
    summary = run(one, balance(), data, tmp_path / "run")
    assert "no value vocals in the answer, which has ['bass']" in str(summary.failed[0])
    card = score(balance(), data, tmp_path / "run")
    assert cells(card, "values/level_error") == {"bass": (0.0, "ok"), "vocals": (100.0, "failed")}
    assert cells(card, "values/level_order") == {"all": (-1.0, "failed")}


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"values": {"bass": float("nan")}}, "wanted a finite number as bass, got nan"),
        ({"values": {"bass": "loud"}}, "wanted a finite number as bass, got loud"),
        ({"values": {"bass": True}}, "wanted a finite number as bass, got True"),
        ({"values": {3: 1.0}}, "'3' cannot name a value"),
        ({"values": [1.0]}, "values: wanted numbers by name, got list"),
        ({"values": {f"v{n}": 0.0 for n in range(20_000)}}, "values: wanted at most"),
        ({"console": {"strips": {}}}, "console: wanted a Console, got dict"),
        ({"console": Console({}, Chain((Gain(0.0),) * (MOST_EFFECTS + 1)))}, "at most 1000"),
    ],
)
def test_what_is_no_number_and_no_console_is_refused(data, tmp_path, parts, reason):
    answer = Answer()
    for name, part in parts.items():  # past the checks of types that tests alone have
        object.__setattr__(answer, name, part)
    summary = run(Entry("odd", lambda brief: answer), balance(), data, tmp_path / "run")
    assert reason in str(summary.failed[0])
    stored = read_answer(tmp_path / "run", data.rows[0]["id"])
    assert reason in stored.failure


def test_a_console_is_heard_and_its_places_are_scored(data, tmp_path):
    task = replace(task_named("console_recovery"), recipes=())
    evaluated = evaluate(task, data, ["knowledge_based"], tmp_path)
    card = score(task, data, evaluated.runs["oracle"])
    assert {score.status for score in card.scores} <= {"ok", "undefined"}
    perfect = {metric.name: metric.perfect for metric in task.metrics}
    for one in card.scores:
        assert np.isnan(one.value) or one.value == pytest.approx(perfect[one.metric], abs=1e-4)
    example = data[0]
    places = {*example.before.stems, "bus"}
    assert set(cells(card, "settings/effect_presence_f1")) == places
    assert set(cells(card, "audible_distance")) == {"mix"}
    rows = {row.model: row for row in evaluated.board.rows}
    assert rows["plain_sum"].estimates["audible_distance"].value > 0.0
    stored = read_answer(evaluated.runs["knowledge_based"], example.id)
    assert stored.console is not None
    assert stored.console.strips.keys() == example.before.stems.keys()


def test_the_mix_is_what_the_console_makes_not_what_a_model_says(data):
    task = task_named("console_recovery")
    example = data[0]
    heard = task.sounds(example, task.wanted(example))["mix"]
    error = heard.samples - example.after.mix.samples
    assert np.abs(error).max() < 1e-5
    liar = replace(PlainSum()(task.brief(example)), stems={"mix": example.after.mix})
    assert np.array_equal(
        task.sounds(example, liar)["mix"].samples,
        task.sounds(example, PlainSum()(task.brief(example)))["mix"].samples,
    )


@pytest.mark.parametrize(
    ("console", "reason"),
    [
        (None, "no console in the answer"),
        (Console({}), "its sound cannot be made: ValueError: no strip for"),
        (
            Console({}, Chain((Vst3("Evil.vst3", "0" * 64, "{}"),))),
            "console: expected effects of numbers and words, got vst3",
        ),
        (
            Console({}, Chain((Fitted(Lv2("urn:evil", "0" * 64, "{}"), "loudness", ()),))),
            "console: expected effects of numbers and words, got lv2",
        ),
    ],
)
def test_a_console_that_cannot_be_played_fails_with_its_reason(data, tmp_path, console, reason):
    task = replace(task_named("console_recovery"), recipes=())
    model = Entry("odd", lambda brief: Answer(console=console))
    summary = run(model, task, data, tmp_path / "run")
    assert reason in str(summary.failed[0])
    card = score(task, data, tmp_path / "run")
    assert {s.status for s in card.scores if s.metric == "audible_distance"} == {"failed"}


def test_an_effect_that_names_software_may_be_played_where_the_wanted_console_has_it():
    one = Console({}, Chain((Vst3("Room.vst3", "0" * 64, "{}"),)))
    other = Console({}, Chain((Vst3("Room.vst3", "0" * 64, '{"size":1.0}'),)))
    assert _console_fault(one, other) == ""
    assert _console_fault(one, Console({})) != ""


def test_settings_of_a_stranger_are_checked_when_they_are_read(data, tmp_path):
    run(
        Entry("sum", PlainSum()),
        replace(task_named("console_recovery"), recipes=()),
        data,
        tmp_path / "run",
    )
    name = data.rows[0]["id"]
    path = tmp_path / "run" / f"{name}.json"
    whole = json.loads(path.read_text())
    for field, odd, reason in (
        ("values", {"a": "b"}, "expected a number"),
        ("values", [1], "expected an object"),
        ("console", 3, "console: expected null or"),
        ("console", {"strips": 1, "bus": []}, "console: strip"),
        ("console", {"bus": [{"effect": "gain"}]}, "console:"),
        ("console", {"strips": {}, "bus": [{"effect": 5}] * 3}, "console:"),
    ):
        record = {**whole, field: odd}
        record.pop("seal")
        path.write_text(pretty(sealed(record)))
        with pytest.raises(DatasetError, match=reason):
            read_answer(tmp_path / "run", name)


def test_a_task_that_wants_something_else_is_named(data, tmp_path):
    task = replace(task_named("mixing"), wanted=lambda example: {"mix": example.before.mix})
    with pytest.raises(UsageError, match="expected `wanted` to return an Answer"):
        run(Entry("sum", PlainSum()), task, data, tmp_path / "run")


def test_the_sounds_of_a_task_stand_for_its_stems(data):
    """A task may compare parts of an answer: both sides go through the same function."""

    def halves(example, answer):
        mix = answer.stems["mix"]
        middle = mix.samples.shape[1] // 2
        return {"begin": mix.excerpt(0, middle), "end": mix.excerpt(middle, middle)}

    from automix_bench.evaluation.run_folder import StoredAnswer

    task = replace(task_named("mixing"), sounds=halves)
    example = data[0]
    wanted = task.wanted(example)
    parts = compared(task, example, wanted, StoredAnswer(wanted.stems, ""))
    assert parts.references.keys() == parts.estimates.keys() == {"begin", "end"}
    assert parts.first_fault == ""
    parts = compared(task, example, wanted, StoredAnswer({}, ""))
    assert set(parts.stem_faults.values()) == {"no mix in the answer, which has []"}
    assert parts.estimates == {}


def test_models_of_balance_answer_four_levels(data):
    brief = task_named("loudness_balance").brief(data[0])
    for name in ("balance_constant", "balance_by_separation"):
        if name == "balance_by_separation":
            pytest.importorskip("torch")
        answer = plugin.load("models", name)()(brief)
        assert answer.values.keys() >= {"vocals", "drums", "bass", "other"}
        assert all(map(np.isfinite, answer.values.values()))
