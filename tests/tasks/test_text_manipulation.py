"""Instructions in words: their grammar, their three scores, and the model that follows them."""

import pickle
import re
from dataclasses import replace

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import Audio, total
from automix_bench.console import Console
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.bss.error_parts import error_parts
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.scored_data import facts_of
from automix_bench.making.make import make
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.metrics.loudness_error import loudness_error
from automix_bench.metrics.sdr import sdr
from automix_bench.model import Answer, Brief
from automix_bench.models.text_by_separation import TextBySeparation
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.scorecard import read_scorecard
from automix_bench.task_parts import instructions
from automix_bench.task_parts.instructions import (
    FORBIDDEN,
    NO_OPERATION,
    NOTHING,
    WORDINGS,
    Instruction,
    instruction_in,
    listed,
    source_of,
)

TASK = plugin.load("tasks", "text_manipulation")
TARGETS = [("drums",), ("other",), ("bass", "vocals"), ("bass", "drums", "other")]
EVERY = [
    pytest.param(wording, operation, targets, id=wording.format(listed(targets)))
    for operation, wordings in WORDINGS.items()
    for wording in wordings
    for targets in TARGETS
]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    settings = ["count=12", "song_seconds=10", "seconds=3", "per_song=1"]
    made = make(
        recipe_from("text_manipulation", settings), tmp_path_factory.mktemp("text") / "data"
    )
    return Dataset(made.folder)


# The grammar.


@pytest.mark.parametrize(("wording", "operation", "targets"), EVERY)
def test_every_wording_is_read_as_it_was_written(wording, operation, targets):
    text = wording.format(listed(targets))
    assert instruction_in(text) == Instruction(operation, targets)
    assert instruction_in(f"  {text.capitalize()}. ") == Instruction(operation, targets)
    for forbidden in FORBIDDEN:
        assert instruction_in(forbidden.format(text)) == Instruction(NO_OPERATION)


def test_no_two_operations_share_a_wording():
    texts = [one for wordings in WORDINGS.values() for one in wordings]
    assert len(set(texts)) == len(texts)
    for text in NOTHING:
        assert instruction_in(text) == Instruction(NO_OPERATION)


def test_what_the_recipe_writes_is_read_as_its_labels_say(data):
    read = 0
    for row in data.rows:
        labels = row["console"]["labels"]
        expected = Instruction(labels["operation"], tuple(labels["targets"]))
        assert instruction_in(labels["text"]) == expected
        read += 1
    assert read == len(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "make it punchier",
        "mute the guitar",
        "mute drums",
        "mute the drums and bass",
        "mute the drums or the bass",
        "please don't worry",
        "whatever you do, do not do nothing",
        "drums -6.0 dB",
    ],
)
def test_what_is_no_instruction_is_refused_by_name(text):
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        instruction_in(text)


def test_to_separate_some_is_to_mute_the_others():
    instruction = Instruction("separate", ("drums",))
    assert not instruction.changes("drums")
    assert instruction.effects("drums") == ()
    assert instruction.effects("bass") == Instruction("mute", ("bass",)).effects("bass")
    assert Instruction(NO_OPERATION).effects("drums") == ()


def test_every_operation_has_its_effects():
    for operation in WORDINGS:
        changed = "drums" if operation == "separate" else "bass"
        assert Instruction(operation, ("bass",)).effects(changed)
    assert Instruction("dry", ("bass",)).effects("bass") == (instructions.HALL,)
    low, lower = (
        Instruction("low-pass medium", (one,)).effects(one)[0] for one in ("drums", "bass")
    )
    assert low.frequency_hz > lower.frequency_hz


# The error's parts.


def sounds(count, seed=0, channels=2, length=44_100):
    rng = np.random.default_rng(seed)
    return [
        Audio((0.1 * rng.standard_normal((channels, length))).astype(np.float32), 22_050)
        for _ in range(count)
    ]


def level_db(audio, of):
    power = np.square(audio.samples, dtype=np.float64).mean()
    return 10.0 * np.log10(power / np.square(of.samples, dtype=np.float64).mean() + 1e-30)


@pytest.mark.parametrize("channels", [1, 2])
def test_an_error_goes_to_the_source_that_it_is_of(channels):
    drums, bass, voice = sounds(3, channels=channels)
    parts = error_parts(voice.scaled(-0.7), {"touched": [drums, bass], "untouched": [voice]})
    assert level_db(parts["touched"], voice) < -90.0
    assert level_db(parts["untouched"] + voice.scaled(0.7), voice) < -90.0


def test_an_error_of_both_is_divided_and_what_is_of_neither_stays_out():
    drums, voice, noise = sounds(3, length=4 * 22_050)
    error = drums.scaled(0.5) + voice.scaled(-0.25) + noise.scaled(0.1)
    parts = error_parts(error, {"touched": [drums], "untouched": [voice]})
    assert level_db(parts["touched"] + drums.scaled(-0.5), drums) < -35.0
    assert level_db(parts["untouched"] + voice.scaled(0.25), voice) < -35.0


def test_an_error_in_one_stretch_and_band_is_found_there():
    drums, voice = sounds(2, length=6 * 22_050)
    late = np.arange(voice.length) > 3 * 22_050
    error = voice.with_samples(voice.samples * np.where(late, -1.0, 0.0))
    parts = error_parts(error, {"touched": [drums], "untouched": [voice]})
    assert level_db(parts["touched"], voice) < -30.0
    assert level_db(parts["untouched"] + error.scaled(-1.0), voice) < -10.0
    assert level_db(parts["untouched"].excerpt(0, 2 * 22_050), voice) < -30.0


def test_sounds_before_and_after_an_effect_explain_its_lack():
    drums, voice = sounds(2)
    after = Chain(Instruction("low-pass heavily", ("drums",)).effects("drums"))(drums)
    error = drums + after.scaled(-1.0)
    parts = error_parts(error, {"touched": [drums, after], "untouched": [voice]})
    assert level_db(parts["untouched"], voice) < -80.0
    assert level_db(parts["touched"] + error.scaled(-1.0), error) < -70.0


def test_no_error_and_no_sound_have_no_parts():
    (drums,) = sounds(1)
    silence = drums.scaled(0.0)
    assert not error_parts(silence, {"a": [drums]})["a"].samples.any()
    assert not error_parts(drums, {"a": [silence], "b": []})["a"].samples.any()
    short = drums.excerpt(0, 100)
    assert error_parts(short, {"a": [short]})["a"].length == 100


# The three scores.


def scores(example, answer):
    """The values of three metrics on each sound of an answer."""
    references = TASK.sounds(example, TASK.wanted(example))
    estimates = TASK.sounds(example, answer)
    assert references.keys() == estimates.keys()
    return {
        name: tuple(
            metric(reference=references[name], estimate=estimates[name])
            for metric in (audible_distance, loudness_error, sdr)
        )
        for name in references
    }


PERFECT = (pytest.approx(0.0, abs=1e-3), pytest.approx(0.0, abs=1e-3), pytest.approx(100, abs=35))


def test_the_perfect_answer_is_perfect_in_every_sound(data):
    for example in data:
        for values in scores(example, TASK.wanted(example)).values():
            assert values == (0.0, 0.0, 100.0)


def test_doing_nothing_is_bad_in_the_touched_and_perfect_in_the_untouched(data):
    seen = set()
    for example in data:
        labels = example.console.labels
        nothing = Answer(TASK.brief(example).stems)
        values = scores(example, nothing)
        seen |= values.keys()
        if "untouched" in values:
            assert values["untouched"] == PERFECT
        if labels["operation"] == "nothing":
            assert "touched" not in values
            assert values["mix"] == (0.0, 0.0, 100.0)
        else:
            # Where all of the mix becomes louder, only its loudness tells.
            assert max(values["touched"][:2]) > 0.02
            assert values["touched"][2] < 60.0
    assert seen == {"mix", "touched", "untouched"}


def test_muting_another_source_is_bad_in_the_untouched_alone(data):
    tried = 0
    for example in data:
        wanted = TASK.wanted(example).stems["mix"]
        strips, stems = example.console.strips, example.before.stems
        touched = {source_of(name) for name in stems if strips[name].effects}
        same = {source_of(name) for name in stems} - touched
        if not touched or not same:
            continue
        other = total(stem for name, stem in stems.items() if source_of(name) == min(same))
        if level_db(other, wanted) < -20.0:
            continue
        values = scores(example, Answer({"mix": wanted + other.scaled(-1.0)}))
        assert values["touched"] == PERFECT
        assert values["untouched"][0] > 0.02
        assert values["untouched"][2] < 25.0
        tried += 1
    assert tried >= 2


def test_a_touched_source_that_is_lost_is_no_fault_of_the_untouched(data):
    tried = 0
    for example in data:
        wanted, strips = TASK.wanted(example).stems["mix"], example.console.strips
        lost = [name for name, stem in example.after.stems.items() if strips[name].effects]
        values = TASK.sounds(example, TASK.wanted(example))
        if not lost or "untouched" not in values:
            continue
        gone = total(example.after.stems[name] for name in lost)
        if not gone.samples.any() or TASK.brief(example).stems["mix"] is example.after.mix:
            continue
        result = scores(example, Answer({"mix": wanted + gone.scaled(-1.0)}))
        assert result["untouched"] == PERFECT
        assert result["touched"][2] < 40.0
        tried += 1
    assert tried >= 2


def test_what_is_shown_is_the_side_that_the_labels_name(dataset):
    example = dataset[0]
    for side, shown, wanted in (
        ("before", example.before, example.after),
        ("after", example.after, example.before),
    ):
        labels = {"text": "make the bass dry", "shown": side}
        one = replace(example, console=replace(example.console, labels=labels))
        brief = TASK.brief(one)
        assert brief.stems == {"mix": shown.mix}
        assert brief.text == "make the bass dry"
        assert brief.console is None
        assert TASK.wanted(one).stems == {"mix": wanted.mix}


def test_the_task_can_be_sent_to_another_process_and_reads_its_recipe(data):
    assert facts_of(TASK, data).recipe == "text_manipulation"
    sent = pickle.loads(pickle.dumps(replace(TASK, metrics=())))
    assert sent.sounds is TASK.sounds


# The model.


def test_the_model_changes_what_is_named_and_keeps_the_sum(data):
    for example in list(data)[:2]:
        mix = example.before.mix
        model = TextBySeparation(("harmonic_percussive",))
        everything = "turn the bass, the drums and the other instruments down"
        quieter = model(Brief({"mix": mix}, text=everything)).stems["mix"]
        half = mix.scaled(10.0 ** (-6.0206 / 20.0))
        assert level_db(quieter + half.scaled(-1.0), half) < -60.0
        muted, only = (
            model(Brief({"mix": mix}, text=text)).stems["mix"]
            for text in ("mute the drums", "isolate the drums")
        )
        assert level_db(muted + only + mix.scaled(-1.0), mix) < -60.0


@pytest.mark.parametrize("text", [None, *NOTHING, "please don't mute the drums"])
def test_the_model_leaves_everything_where_nothing_is_asked_for(noise, text):
    mix = noise(seconds=0.5)
    assert TextBySeparation()(Brief({"mix": mix}, text=text)).stems["mix"] is mix


def test_the_model_refuses_what_it_cannot_read(noise):
    for text in ("", "make it punchier"):
        with pytest.raises(ValueError, match="expected an instruction such as"):
            TextBySeparation()(Brief({"mix": noise(seconds=0.1)}, text=text))


def test_a_source_without_a_separated_stem_is_left_as_it_is(noise):
    mix = noise(seconds=0.5)
    model = TextBySeparation(("harmonic_percussive",))  # it tells no voices apart
    assert model(Brief({"mix": mix}, text="mute the vocals")).stems["mix"] is mix


def test_the_model_stands_between_floor_and_ceiling(data, tmp_path):
    first = replace(TASK, metrics=TASK.metrics[:1])
    path = tmp_path / "quick.py"
    path.write_text(
        "from automix_bench.models.text_by_separation import TextBySeparation\n"
        '__all__ = ["quick"]\n'
        'quick = TextBySeparation(("harmonic_percussive",))\n'
    )
    evaluated = evaluate(first, data, [str(path)], tmp_path / "runs")
    values = {row.model: row.estimates["audible_distance"].value for row in evaluated.board.rows}
    assert values["oracle"] == 0.0
    assert 0.0 < values["quick.py"] < values["do_nothing"]
    (card,) = (read_scorecard(path) for path in evaluated.cards if "do-nothing" in path.name)
    assert {score.stem for score in card.scores} == {"mix", "touched", "untouched"}


def test_a_gain_on_a_stem_is_an_error_of_its_source(dataset):
    example = dataset[0]
    strips = {name: Chain() for name in example.before.stems}
    strips["bass"] = Chain((Gain(6.0),))
    labels = {"text": "turn the bass up", "shown": "before", "operation": "louder"}
    console = Console(strips, labels=labels)
    after = console(example.before)
    one = replace(example, console=console, after=after)
    assert scores(one, Answer({"mix": example.before.mix}))["untouched"] == PERFECT
