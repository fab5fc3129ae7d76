"""The sum of a song's stems against its mix: how far, and why."""

import json

import numpy as np
import pytest

from automix_bench.audio import Audio, total
from automix_bench.effect import Chain
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.music.song_measures import checked_measures, measured_song
from automix_bench.music.stem_sum import LEAST_DB, shifted, stem_sum
from automix_bench.music.stem_sum_causes import notes_on
from automix_bench.song import Origin, Song

RATE = 16_000
BANDS_HZ = {"bass": (40, 150), "drums": (100, 7_000), "other": (300, 1_500), "vocals": (2_200, 7e3)}


@pytest.fixture(scope="module")
def stems():
    """Four stems of noise, each in its band; levels differ."""
    rng = np.random.default_rng(5)
    sounds = {}
    for number, (name, (low, high)) in enumerate(BANDS_HZ.items()):
        spectrum = np.fft.rfft(rng.standard_normal((2, 3 * RATE)))
        hz = np.fft.rfftfreq(3 * RATE, 1 / RATE)
        wave = np.fft.irfft(spectrum * ((hz >= low) & (hz <= high)), 3 * RATE)
        wave *= (0.10 - 0.015 * number) / np.std(wave)
        sounds[name] = Audio(wave.astype(np.float32), RATE)
    return sounds


def notes(stems, mix):
    return notes_on(stem_sum(stems, mix), stems, mix)


def without(stems, name):
    return {other: stem for other, stem in stems.items() if other != name}


def test_a_plain_sum_has_no_difference_and_no_note(stems):
    mix = total(stems.values())
    compared = stem_sum(stems, mix)
    assert (compared.difference_db, compared.gain_db, compared.lag) == (LEAST_DB, 0.0, 0)
    assert not compared.inverted
    assert notes(stems, mix) == []


@pytest.mark.parametrize("lag", [-1105, -1, 3, 529, 4_000])
@pytest.mark.parametrize("gain", [0.1, -0.5])
def test_level_polarity_and_lag_of_the_mix_are_measured_and_named(stems, lag, gain):
    mix = shifted(total(stems.values()), lag).scaled(gain)
    compared = stem_sum(stems, mix)
    assert (compared.lag, compared.inverted) == (lag, gain < 0.0)
    assert compared.gain_db == round(20 * np.log10(abs(gain)), 1)
    assert compared.difference_db < -110.0
    text = "\n".join(notes(stems, mix))
    assert f"another level than the sum of its stems: {compared.gain_db:+.1f} dB" in text
    assert f"{abs(lag)} samples" in text
    assert ("later" if lag > 0 else "earlier") in text
    assert ("opposite polarity" in text) == (gain < 0.0)
    assert "differs" not in text


def test_the_difference_is_the_share_of_power_that_the_sum_does_not_explain(stems):
    mix = total(stems.values())
    extra = np.random.default_rng(9).standard_normal(mix.samples.shape)
    noisy = mix.with_samples(mix.samples + 0.05 * extra)
    s, m = mix.samples.astype(float), noisy.samples.astype(float)
    rest = m - np.vdot(m, s) / np.vdot(s, s) * s
    expected_db = 10 * np.log10(np.vdot(rest, rest) / np.vdot(m, m))
    assert stem_sum(stems, noisy).difference_db == pytest.approx(expected_db, abs=0.051)


@pytest.mark.parametrize("turned", [("vocals",), ("bass",), ("drums", "other")])
def test_inverted_stems_are_named(stems, turned):
    mix = total(stems.values()).scaled(0.5)
    given = {name: stem.scaled(-1.0 if name in turned else 1.0) for name, stem in stems.items()}
    (note,) = notes(given, mix)
    verb = "is" if len(turned) == 1 else "are"
    assert f": {' and '.join(turned)} {verb} likely of inverted polarity" in note
    assert "-120.0 dB or less" in note


@pytest.mark.parametrize(
    ("name", "where"),
    [("bass", "below 250 Hz"), ("other", "250 to 2,000 Hz"), ("vocals", "above 2,000 Hz")],
)
def test_a_missing_stem_is_named_by_where_it_sounds(stems, name, where):
    mix = total(stems.values())
    (note,) = notes(without(stems, name), mix)
    assert "a stem is likely missing" in note
    assert where in note


@pytest.mark.parametrize("by", [-441, 200])
def test_a_stem_that_is_late_or_early_is_named(stems, by):
    mix = total(stems.values())
    (note,) = notes({**stems, "drums": shifted(stems["drums"], by)}, mix)
    assert f"drums by {abs(by)} samples ({'late' if by > 0 else 'early'})" in note


def test_faders_are_named_and_so_is_a_stem_that_is_not_in_the_mix(stems):
    gains = {"bass": 1.0, "drums": 0.3, "other": 1.5, "vocals": 0.0}
    mix = total(stems[name].scaled(gain) for name, gain in gains.items() if gain)
    (note,) = notes(stems, mix)
    assert "its stems at other levels" in note
    for text in ("vocals not heard in it", "drums -10.5 dB", "other +3.5 dB", "bass +0.0 dB"):
        assert text in note


def test_effects_on_the_mix_are_not_called_a_missing_stem(stems):
    peak = Chain((PeakingEQ(frequency_hz=120.0, gain_db=12.0, q=0.7),))
    mix = total([peak(stems["bass"]), peak(stems["drums"]), stems["other"], stems["vocals"]])
    assert "went through effects that its stems lack" in notes(stems, mix)[-1]


def test_silent_stems_are_said_to_be_silent(stems):
    silent = {name: stem.scaled(0.0) for name, stem in stems.items()}
    compared = stem_sum(silent, stems["bass"])
    assert (compared.difference_db, compared.gain_db) == (0.0, None)
    assert "silent" in notes(silent, stems["bass"])[0]


def test_repeating_music_is_not_taken_for_late(tone):
    stems = {"a": tone(hz=440.0), "b": tone(hz=660.0)}
    compared = stem_sum(stems, total(stems.values()))
    assert (compared.lag, compared.difference_db) == (0, LEAST_DB)


def song_of(stems, mix, **settings):
    return Song("s", "a", stems, mix, "CC0-1.0", Origin("s", "0" * 64, settings=settings))


def test_a_mix_whose_console_is_known_is_measured_without_a_note(stems):
    mix = stems["bass"]
    plain, known = measured_song(song_of(stems, mix)), measured_song(song_of(stems, mix, console=1))
    assert plain["notes"]
    assert known == {name: value for name, value in plain.items() if name != "notes"}
    assert known["stem_sum_db"] > -20.0


def test_measures_of_a_stranger_are_checked():
    own = {"stem_sum_db": -3.2, "stem_sum_gain_db": 1.0, "stem_sum_lag": 4, "notes": ["a"]}
    assert checked_measures(json.loads(json.dumps(own))) == own
    wrong = {"stem_sum_db": "x", "stem_sum_gain_db": True, "stem_sum_lag": 1e300, "notes": "a"}
    assert checked_measures(wrong) == {}
    for stored in (None, [], "x", 3, {"notes": [1, {}]}, {"stem_sum_db": float("nan")}):
        assert not checked_measures(stored).get("notes")
        assert "stem_sum_db" not in checked_measures(stored)
