"""What the mixing tasks show, and what they want."""

from dataclasses import replace

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import Audio, total
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.example import Example
from automix_bench.making.make import make
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.task_parts.remix_requests import request_in, request_text
from automix_bench.task_parts.sections import section


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data set of `raw_multitrack`: one composed song with its engineer's console."""
    folder = tmp_path_factory.mktemp("raw") / "data"
    settings = ["count=1", "song_seconds=10", "seconds=10", "first=7"]
    return Dataset(make(recipe_from("raw_multitrack", settings), folder).folder)


@pytest.fixture(scope="module")
def song(data):
    """Its example."""
    return data[0]


def task(name):
    return plugin.load("tasks", name)


def largest(audio: Audio) -> float:
    return float(np.abs(audio.samples).max())


def difference(one: Audio, other: Audio) -> float:
    return largest(one + other.scaled(-1.0))


def test_raw_tracks_and_the_released_mix(song: Example):
    brief, targets = task("mixing_raw").brief(song), task("mixing_raw").wanted(song).stems
    assert not song.console
    assert targets["mix"] is song.before.mix
    assert brief.stems.keys() == song.before.stems.keys()
    for name, stem in brief.stems.items():
        assert np.array_equal(stem.samples, song.before.stems[name].samples)
    assert difference(total(brief.stems.values()), targets["mix"]) > 0.01


def test_the_rules_come_nearer_to_the_released_mix_than_a_plain_sum(data, tmp_path):
    first = replace(task("mixing_raw"), metrics=task("mixing_raw").metrics[:1])
    board = evaluate(first, data, ["knowledge_based"], tmp_path / "runs").board
    values = {row.model: row.estimates["audible_distance"].value for row in board.rows}
    assert values["oracle"] == 0.0
    assert 0.0 < values["knowledge_based"] < values["plain_sum"]


def test_random_input_gains_are_shown_to_the_model(tmp_path):
    settings = ["count=1", "song_seconds=10", "seconds=2", "per_song=1", "input_gain_db=18"]
    example = Dataset(make(recipe_from("raw_multitrack", settings), tmp_path / "data").folder)[0]
    gains = [chain.effects[0].gain_db for chain in example.console.strips.values()]
    assert len({*gains}) == len(gains) > 1
    for name, stem in task("mixing_raw").brief(example).stems.items():
        heard = example.console.strips[name](example.before.stems[name])
        assert difference(stem, heard) < 1e-6


def test_style_transfer_shows_another_section_through_the_same_console(dataset):
    for example in list(dataset)[:3]:
        brief, targets = (
            task("style_transfer").brief(example),
            task("style_transfer").wanted(example).stems,
        )
        half = example.before.mix.length // 2
        first = section(example.before, 0, 2)
        assert np.array_equal(brief.reference.samples, example.console(first).mix.samples)
        for name, stem in brief.stems.items():
            assert np.array_equal(stem.samples, example.before.stems[name].samples[:, half:])
        shown = replace(first, stems=brief.stems, mix=targets["mix"])
        assert np.array_equal(example.console(shown).mix.samples, targets["mix"].samples)


def test_a_section_outside_of_the_song_is_refused(dataset):
    with pytest.raises(ValueError, match="no section 2 of 2 in"):
        section(dataset[0].before, 2, 2)


def test_a_raw_track_is_blended_into_the_engineers_mix_of_the_others(song: Example):
    brief, targets = task("stem_blending").brief(song), task("stem_blending").wanted(song).stems
    (name,) = brief.stems.keys() - {"submix"}
    assert np.array_equal(brief.stems[name].samples, song.after.stems[name].samples)
    sub_mix, mix = brief.stems["submix"], targets["mix"]
    part = mix + sub_mix.scaled(-1.0)
    assert largest(part) > 0.0
    assert difference(part, brief.stems[name]) > 1e-3  # it went through the engineer's strip
    # The engineer's console played the whole song, here it plays the excerpt: the same song here.
    assert difference(mix, song.before.mix) < 1e-4
    assert task("stem_blending").brief(song).stems.keys() == brief.stems.keys()


def test_without_an_engineer_the_track_is_missing_from_a_sum(dataset):
    for example in list(dataset)[:4]:
        brief, targets = (
            task("stem_blending").brief(example),
            task("stem_blending").wanted(example).stems,
        )
        (name,) = brief.stems.keys() - {"submix"}
        part = targets["mix"] + brief.stems["submix"].scaled(-1.0)
        assert difference(part, example.before.stems[name]) < 1e-6
        assert np.array_equal(brief.stems[name].samples, example.after.stems[name].samples)


def test_a_lone_stem_is_blended_into_silence(dataset):
    example = dataset[0]
    name = sorted(example.before.stems)[0]
    lone = {name: example.before.stems[name]}
    alone = replace(example, before=replace(example.before, stems=lone))
    brief = task("stem_blending").brief(alone)
    assert brief.stems.keys() == {name, "submix"}
    assert largest(brief.stems["submix"]) == 0.0


def test_mastering_and_remix_show_the_mix_alone(dataset):
    example = dataset[0]
    assert task("mastering").brief(example).stems == {"mix": example.after.mix}
    assert task("mastering").wanted(example).stems == {"mix": example.before.mix}
    labels = {"request_db": {"keys": -3.5, "bass": 2.0}}
    asked = replace(example, console=replace(example.console, labels=labels))
    brief = task("remix").brief(asked)
    assert brief.stems == {"mix": example.before.mix}
    assert brief.text == "bass +2.0 dB, keys -3.5 dB"
    assert task("remix").wanted(asked).stems == {"mix": example.after.mix}


def test_a_request_is_read_as_it_was_written():
    for request in ({}, {"vocals": 3.5}, {"guitar-2": -12.0, "bass_di": 0.1}):
        assert request_in(request_text(request)) == request
    with pytest.raises(ValueError, match="expected a request such as"):
        request_in("drums louder")


@pytest.mark.parametrize("name", ["mixing_raw", "drum_mixing", "stem_blending"])
def test_plain_sums_are_no_released_mixes(name):
    assert task(name).released_mix
