"""What is too loud is found where it happens, and the gain is searched from there."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from automix_bench import errors
from automix_bench.audio import Audio, peak_db
from automix_bench.consoles.random_chain import Drawn
from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.dsp.loudness import true_peak_dbtp
from automix_bench.effect import Effect, Unsuitable
from automix_bench.effects.gain import Gain
from automix_bench.making.cut import cut
from automix_bench.making.gain_search import render_with_headroom
from automix_bench.making.render import ChainTooLoud, TooLoud, render
from automix_bench.sampling import Seed
from automix_bench.song import Song
from tests.support.tone_source import Tones

STEMS = ("bass", "keys", "drums")


def song_of(source):
    return source.load(source.catalogue().listings[0])


def console(bus=0.0, **gains_db):
    """A drawn console with a gain in each strip, 0 dB where none is given."""
    strips = {name: Drawn((Gain(gains_db.get(name, 0.0)),)) for name in STEMS}
    return DrawnConsole(strips, Drawn((Gain(bus),)))


@pytest.fixture
def excerpt(recipe):
    return cut(recipe(), song_of(Tones()), 0)


def test_the_chain_that_is_too_loud_is_named_with_its_excess(recipe, excerpt):
    with pytest.raises(ChainTooLoud) as caught:
        render(recipe(), excerpt, console(keys=30.0), 0.0, 0.0)
    too_loud = caught.value
    assert too_loud.place == "keys"
    expected_db = true_peak_dbtp(excerpt.stems["keys"]) + 30.0 + 1.0
    assert too_loud.excess_db == pytest.approx(expected_db, abs=0.01)
    assert peak_db(too_loud.audio) == pytest.approx(peak_db(excerpt.stems["keys"]), abs=0.01)
    with pytest.raises(ChainTooLoud) as caught:
        render(recipe(), excerpt, console(bus=30.0), 0.0, 0.0)
    assert caught.value.place == "bus"


@pytest.mark.parametrize("gain_db", [6.0, 30.0])
def test_what_is_too_loud_before_the_console_has_no_chain(recipe, excerpt, gain_db):
    highest_db = max(map(peak_db, (excerpt.mix, *excerpt.stems.values())))
    gain_db -= highest_db  # above the headroom, and above full scale
    with pytest.raises(TooLoud) as caught:
        render(recipe(), excerpt, console(), gain_db, 0.0)
    assert not isinstance(caught.value, ChainTooLoud)
    assert caught.value.excess_db >= gain_db + peak_db(excerpt.mix) + 1.0 - 0.01


def test_one_stem_that_is_too_loud_costs_its_excess_and_the_spare(recipe, excerpt):
    quiet = recipe(loudness_lufs=None)
    assert render_with_headroom(quiet, excerpt, console()).gain_db == 0.0
    excess_db = true_peak_dbtp(excerpt.stems["keys"]) + 40.0 + 1.0
    made = render_with_headroom(quiet, excerpt, console(keys=40.0, bus=-40.0))
    assert made.gain_db == pytest.approx(-excess_db - 0.5, abs=0.05)
    assert true_peak_dbtp(made.after.stems["keys"]) == pytest.approx(-1.5, abs=0.05)


def test_the_gain_is_not_above_the_one_that_is_allowed(recipe, excerpt):
    assert render_with_headroom(recipe(), excerpt, console(), -40.0).gain_db == -40.0
    loud = replace(console(), bus=Drawn((Gain(60.0), Gain(50.0))))
    with pytest.raises(errors.Rejected, match="above the headroom even at -60 dB"):
        render_with_headroom(recipe(), excerpt, loud)


@dataclass(frozen=True)
class LoudOnly(Effect):
    """Makes loud sounds louder by 40 dB, and refuses others."""

    linear: ClassVar[bool] = True

    def __call__(self, audio):
        if peak_db(audio) < -20.0:
            raise Unsuitable("too soft for this one")
        return audio.scaled(100.0)


def test_an_effect_that_refuses_the_softer_sound_rejects_the_excerpt(recipe, excerpt):
    drawn = replace(console(), bus=Drawn((LoudOnly(),)))
    with pytest.raises(errors.Rejected, match=r"tones-0_0000: too soft for this one"):
        render_with_headroom(recipe(), excerpt, drawn)


def test_stems_below_the_silence_are_cut_away_but_not_the_residual(recipe):
    loud = np.full((2, 32_000), 0.1, np.float32)
    parts = {"bass": loud, "keys": 1e-5 * loud, "residual": 1e-5 * loud}
    stems = {name: Audio(samples, 16_000) for name, samples in parts.items()}
    song = replace(song_of(Tones()), stems=stems, mix=stems["bass"])
    assert list(cut(recipe(), song, 1).stems) == ["bass", "residual"]
    silent = replace(song, mix=song.mix.scaled(5.0))
    with pytest.raises(errors.Rejected, match=r"tones-0_0000: no stem reaches silence_db -10"):
        cut(recipe(silence_db=-10.0), silent, 0)
    with pytest.raises(errors.Rejected, match=r"tones-0_0002: ends at 2.00 s, before the excerpt"):
        cut(recipe(), song, 2)


def test_the_stems_that_are_kept_are_chosen_by_the_seed_and_make_the_mix(recipe):
    song, chosen = song_of(Tones()), set()
    for seed in range(20):
        excerpt = cut(recipe(seed=seed, stems_kept=2), song, 1)
        order = (Seed(seed) / "tones" / song.id / 1 / "stems").rng().permutation(sorted(STEMS))
        assert list(excerpt.stems) == sorted(map(str, order[:2]))
        one, other = excerpt.stems.values()
        assert np.array_equal(excerpt.mix.samples, (one + other).samples)
        chosen.add(tuple(excerpt.stems))
    assert len(chosen) == 3


def test_the_mix_is_the_released_one_unless_the_recipe_says_otherwise(recipe):
    song = song_of(Tones())
    released = replace(song, mix=song.mix.scaled(0.5))
    assert isinstance(cut(recipe(), released, 0), Song)
    for plain_mix, factor in ((False, 0.5), (True, 1.0)):
        mix = cut(recipe(plain_mix=plain_mix), released, 0).mix
        expected = song.mix.excerpt(0, 16_000).samples * factor
        np.testing.assert_allclose(mix.samples, expected, atol=1e-6)
