"""Comparisons of the check-up by known answers: levels of tracks in a mix, lags, differences."""

import math
from dataclasses import replace

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import Audio, total
from automix_bench.catalogue.tasks import task_named
from automix_bench.checkup.check_errors import NotAnswered
from automix_bench.checkup.check_tracks import CheckTracks, levelled
from automix_bench.checkup.compare import (
    FLOOR_DB,
    Unmixed,
    difference_db,
    lag,
    level_db,
    lowest_against_median_db,
    moved,
    moves_db,
)
from automix_bench.checkup.model_kinds import model_kind, task_of_model
from automix_bench.checkup.returned import Returned, apart, lacking, mix_of_console
from automix_bench.console import Console
from automix_bench.effect import Chain
from automix_bench.effects.convolution import Convolution
from automix_bench.effects.gain import Gain
from automix_bench.errors import UsageError


@pytest.fixture
def tracks(noise):
    return {name: noise(seconds=0.5, seed=n) for n, name in enumerate(("bass", "drums", "lead"))}


def test_a_mix_is_taken_apart_into_its_gains_also_if_it_is_late(tracks):
    bass, drums, lead = tracks.values()
    mix = total([bass.scaled(0.5), drums.scaled(0.25), lead.scaled(-1.0)])
    late = moved(mix, -100)
    for one, shift in ((mix, 0), (late, 100)):
        parts = Unmixed(tracks, one)
        assert parts.lag == shift
        assert list(parts.levels_db.values()) == pytest.approx([-6.02, -12.04, 0.0], abs=0.1)
        assert difference_db({"mix": one}, {"mix": parts.closest}) < -30.0


def test_a_track_that_is_missing_is_far_down(tracks):
    bass, drums, _ = tracks.values()
    assert lowest_against_median_db(Unmixed(tracks, bass + drums).levels_db) < -40.0


def test_a_move_is_against_the_track_in_the_middle():
    before, after = dict.fromkeys("abc", 0.0), {"a": -6.0, "b": -6.0, "c": 0.0}
    assert moves_db(before, after) == {"a": 0.0, "b": 0.0, "c": 6.0}


def test_differences_are_against_what_was_expected(tracks):
    bass = tracks["bass"]
    assert difference_db({"a": bass}, {"a": bass}) == FLOOR_DB
    assert difference_db({"a": bass}, {"a": bass.scaled(0.9)}) == pytest.approx(-20.0, abs=0.01)
    silence = bass.scaled(0.0)
    assert difference_db({"a": silence}, {"a": bass}) == pytest.approx(level_db([bass]))


@pytest.mark.parametrize("samples", [-30, 0, 441])
def test_a_lag_is_found(tracks, samples):
    assert lag(tracks["bass"], moved(tracks["bass"], -samples)) == samples


def test_many_tracks_keep_their_roles_and_do_not_clip(tracks):
    music = CheckTracks(levelled(tracks), tracks)
    many = music.many(16, 0.25)
    assert {name.split("-")[0] for name in many} == set(tracks)
    assert (len(many), list(many)) == (16, sorted(many))
    assert np.abs(total(many.values()).samples).max() == pytest.approx(0.708, abs=0.001)
    assert music.long(2.0)["bass"].length == 2 * music.some.rate


def test_a_check_up_wants_two_songs_of_two_tracks():
    one = {"a": Audio(np.ones((1, 100), np.float32), 44_100)}
    with pytest.raises(UsageError, match="two songs of two tracks"):
        CheckTracks(one, one)


@pytest.mark.parametrize("name", plugin.names("tasks"))
def test_every_task_has_a_kind(name, tracks):
    task = task_named(name)
    kind = model_kind(task)
    brief = kind.brief(tracks, reference=tracks["lead"])
    returns = {"loudness_balance": "numbers", "console_recovery": "console"}
    assert kind.returns == returns.get(name, "sounds")
    assert kind.names(brief)
    assert {stem.samples.shape for stem in brief.stems.values()} == {tracks["bass"].samples.shape}


def test_a_task_of_sounds_with_another_floor_has_no_kind():
    task = replace(task_named("mixing"), name="my_own", floor="random_mix")
    with pytest.raises(UsageError, match="got random_mix"):
        model_kind(task)


def test_numbers_are_apart_by_the_largest_difference_and_by_what_one_lacks():
    one, other = Returned(numbers={"a": 1.0, "b": -2.0}), Returned(numbers={"a": 1.5, "b": -1.0})
    assert apart(one, other) == 1.0
    assert apart(one, Returned(numbers={"a": 1.0})) == math.inf
    assert lacking(one, Returned(numbers={"a": 1.0})) == "b is in one answer and not in the other"


def test_a_console_is_compared_by_its_mix_and_one_with_files_is_not_played(tracks):
    console = Console(dict.fromkeys(tracks, Chain((Gain(-6.0206),))))
    mix = total(tracks.values()).scaled(0.5)
    assert difference_db({"mix": mix}, {"mix": mix_of_console(console, tracks)}) < -100.0
    with pytest.raises(NotAnswered, match="no strip for 'lead'"):
        mix_of_console(Console({"bass": Chain(), "drums": Chain()}), tracks)
    from_file = Console(dict.fromkeys(tracks, Chain((Convolution("ab" * 32, 0.5, 0.0),))))
    with pytest.raises(NotAnswered, match="convolution names software or files"):
        mix_of_console(from_file, tracks)


def test_the_models_of_the_package_have_tasks_that_exist():
    for name in plugin.names("models"):
        assert task_of_model(name) in plugin.names("tasks"), name
