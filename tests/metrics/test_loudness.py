"""The metrics of loudness and level: by hand, and beside other code."""

import io
import math

import numpy as np
import pytest
import scipy.signal
import soundfile

from automix_bench.audio import Audio, peak
from automix_bench.dsp.dynamics.microdynamics import FAST, SLOW, curve_db, percentile_db
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metrics.balance_error import balance_error
from automix_bench.metrics.crest_error import crest_error
from automix_bench.metrics.dr_error import dr_error
from automix_bench.metrics.dynamic_spread_error import dynamic_spread_error
from automix_bench.metrics.ldr_fast_error import ldr_fast_error
from automix_bench.metrics.loudness_error import loudness_error
from automix_bench.metrics.loudness_range_error import loudness_range_error
from automix_bench.metrics.microdynamics_error import microdynamics_error
from automix_bench.metrics.momentary_max_error import momentary_max_error
from automix_bench.metrics.peak_error import peak_error
from automix_bench.metrics.plr_error import plr_error
from automix_bench.metrics.psr_error import psr_error
from automix_bench.metrics.rms_error import rms_error
from automix_bench.metrics.short_term_max_error import short_term_max_error
from automix_bench.metrics.true_peak_error import true_peak_error
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.proofs.songs import proof_songs

RATE = 44_100


def bursts(seconds=20.0, seed=0, rate=RATE, channels=2):
    """Noise whose level leaps every 0.3 s, with silence here and there."""
    rng = np.random.default_rng(seed)
    length = round(seconds * rate)
    levels = np.repeat(
        10 ** rng.uniform(-2.5, -0.5, 1 + length // (rate * 3 // 10)), rate * 3 // 10
    )
    levels[levels < 0.005] = 0.0
    noise = rng.standard_normal((channels, length)) * 0.3 * levels[:length]
    return Audio(noise.astype(np.float32), rate)


def test_values_of_one_sound():
    """A sine of amplitude 0.5 at 1 kHz in two channels: each by hand."""
    sine = tone(0.5, 0.5, seconds=6.0)
    wanted = {
        loudness_error: -6.02,
        momentary_max_error: -6.02,
        short_term_max_error: -6.02,
        loudness_range_error: 0.0,
        true_peak_error: -6.02,
        plr_error: 0.0,
        psr_error: 0.0,
        rms_error: -9.03,
        peak_error: -6.02,
        crest_error: 3.01,
        dr_error: 0.0,
        dynamic_spread_error: 0.0,
    }
    for metric, value in wanted.items():
        assert metric.value(sine) == pytest.approx(value, abs=0.03), metric.name
    assert math.isnan(dr_error.value(sine.excerpt(0, 144_000)))


def test_a_steady_sound_stands_out_from_nothing():
    constant = Audio(np.full((2, 4 * RATE), 0.3, np.float32), RATE)
    for windows in (FAST, SLOW):
        assert np.abs(curve_db(constant, windows)).max() < 1e-9


def drmeter(audio):
    """Of each channel, by drmeter 0.4.9, which reads files."""
    pytest.importorskip("drmeter")
    from drmeter.algorithm import dynamic_range
    from drmeter.models import AudioData

    file = io.BytesIO()
    soundfile.write(file, audio.samples.T, audio.rate, format="WAV", subtype="FLOAT")
    file.seek(0)
    return dynamic_range(AudioData.from_soundfile(soundfile.SoundFile(file))).dr_score


@pytest.mark.parametrize("seconds", [15.0, 16.5, 24.0, 40.0, 75.2])
@pytest.mark.parametrize("rate", [22_050, 44_100])
def test_dr_agrees_with_drmeter(seconds, rate):
    sound = bursts(seconds, seed=int(seconds), rate=rate)
    sound = sound.with_samples(sound.samples * np.array([[1.0], [0.1]]) + 1e-4)
    assert dr_error.value(sound) == pytest.approx(float(np.mean(drmeter(sound))), abs=1e-5)


def test_dr_agrees_with_drmeter_on_songs_played_over_and_over():
    for song in proof_songs():
        longer = song.sound.with_samples(np.tile(song.sound.samples, (1, 4)))
        assert dr_error.value(longer) == pytest.approx(float(np.mean(drmeter(longer))), abs=1e-5)


def test_dr_passes_over_a_channel_that_is_silent():
    both = bursts()
    one = both.with_samples(both.samples * np.array([[1.0], [0.0]]))
    assert dr_error.value(one) == dr_error.value(both.with_samples(both.samples[:1]))


def test_dr_of_a_sound_in_one_block_alone_is_undefined():
    whole = bursts(12.0)
    early = whole.with_samples(whole.samples * (np.arange(whole.length) < 2 * RATE))
    assert math.isnan(dr_error(reference=early, estimate=whole))
    assert dr_error(reference=whole, estimate=early) == dr_error.worst


def test_psr_of_windows_by_the_loop():
    """Every window of 3 s measured as a sound by itself: the filter begins anew in each, and the
    interpolation ends at its edges, hence the tolerance."""
    sound = bursts(6.0)
    values = []
    for start in range(0, 31):
        window = sound.excerpt(start * RATE // 10, 3 * RATE)
        values.append(true_peak_error.value(window) - short_term_max_error.value(window))
    assert psr_error.value(sound) == pytest.approx(np.mean(values), abs=0.05)


def test_psr_leaves_out_what_lies_under_the_gate():
    sound = bursts(6.0)
    longer = sound.with_samples(np.pad(sound.samples, ((0, 0), (0, 6 * RATE))))
    hiss = np.random.default_rng(1).standard_normal(longer.samples.shape) * 1e-5
    with_hiss = longer.with_samples(longer.samples + hiss)
    assert psr_error.value(with_hiss) == pytest.approx(psr_error.value(longer), abs=1e-2)
    assert psr_error.value(with_hiss) < 60.0


def test_plr_is_crest_with_loudness_for_level():
    sound = bursts()
    assert plr_error.value(sound) == true_peak_error.value(sound) - loudness_error.value(sound)


@pytest.mark.parametrize("seed", [0, 1])
def test_dynamic_spread_by_the_loop(seed):
    sound, size, levels = bursts(4.0, seed), 2_205, []
    for start in range(0, sound.length // 441 * 441 - size + 1, 441):
        levels.append(10 * np.log10(1e-30 + np.mean(sound.samples[:, start : start + size] ** 2)))
    heard = [level for level in levels if level > max(levels) - 60.0]
    assert len(heard) < len(levels)
    wanted = np.mean(np.abs(np.array(heard) - np.mean(heard)))
    assert dynamic_spread_error.value(sound) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize(("below_db", "spread"), [(50.0, 25.0), (70.0, 0.0)])
def test_dynamic_spread_counts_what_lies_within_60_db_of_the_loudest(below_db, spread):
    whole = tone(0.5, seconds=10.0)
    softer = np.where(np.arange(whole.length) < 240_000, 1.0, 10 ** (-below_db / 20))
    found = dynamic_spread_error.value(whole.with_samples(whole.samples * softer))
    assert found == pytest.approx(spread, abs=0.2)


def test_silence_at_the_ends_does_not_move_dynamic_spread():
    sound = bursts(4.0)
    longer = sound.with_samples(np.pad(sound.samples, ((0, 0), (4 * 2_205, 8 * 2_205))))
    # The blocks that lie across its edges are new.
    there = dynamic_spread_error.value(sound)
    assert dynamic_spread_error.value(longer) == pytest.approx(there, abs=0.3)


def diffvox_curve(row, rate, fast_ms, slow_ms, highest):
    """As `loss/ldr.py` of DiffVox, at every sample, in natural logarithms; the part that it wraps
    around left out, and the floor under the largest sample of the sound."""
    powers = np.maximum(np.square(row.astype(np.float64)), 1e-8 * highest**2)
    fast, slow = (
        scipy.signal.lfilter([c], [1.0, c - 1.0], powers)
        for c in (1.0 - np.exp(-2200.0 / ms / rate) for ms in (fast_ms, slow_ms))
    )
    shift = int(rate * (slow_ms - fast_ms) * 0.0005)
    return (np.log(fast) - np.log(np.roll(slow, -shift)))[:-shift]


@pytest.mark.parametrize("channels", [1, 2])
def test_microdynamics_agree_with_diffvox(channels):
    """Points every 5 ms instead of every sample: within 2 %."""
    one = bursts(6.0, channels=channels)
    other = DEGRADATIONS["clip"].grades(one)[3]
    scales = []
    for times in ((50.0, 1000.0), (100.0, 2000.0)):
        for ours, theirs in zip(one.samples, other.samples, strict=True):
            reference = diffvox_curve(ours, RATE, *times, peak(one))
            estimate = diffvox_curve(theirs, RATE, *times, peak(other))
            scales.append(np.mean(np.abs(estimate - reference)))
    wanted = 10.0 / np.log(10.0) * np.mean(scales)
    assert wanted > 0.3
    assert microdynamics_error(reference=one, estimate=other) == pytest.approx(wanted, rel=0.02)


def test_the_curve_is_that_of_diffvox_but_for_the_start():
    sound = bursts(6.0)
    ours = curve_db(sound, FAST)[0]
    theirs = 10.0 / np.log(10.0) * diffvox_curve(sound.samples[0], RATE, 50.0, 1000.0, peak(sound))
    every = round(0.005 * RATE)
    points = np.arange(len(ours))
    late = points > 700
    there = theirs[np.minimum((points[late] + 1) * every - 1, len(theirs) - 1)]
    assert ours[late] == pytest.approx(there, abs=0.2)
    assert np.abs(ours[late] - there).mean() < 0.02


def test_what_lies_under_the_gate_does_not_count_for_loudness_dynamic_range():
    sound = bursts(8.0)
    longer = sound.with_samples(np.pad(sound.samples, ((0, 0), (0, 60 * RATE))))
    assert percentile_db(longer, FAST) == pytest.approx(percentile_db(sound, FAST), abs=0.5)


def test_microdynamics_of_a_compressed_sound_and_of_a_softer_one():
    sound = proof_songs()[0].sound
    squeezed = DEGRADATIONS["compression"].grades(sound)[3]
    assert ldr_fast_error.value(squeezed) < ldr_fast_error.value(sound) - 1.0
    assert microdynamics_error(reference=sound, estimate=sound.scaled(0.25)) < 0.01


@pytest.mark.parametrize(("seconds", "defined"), [(0.95, False), (1.05, True), (3.0, True)])
def test_microdynamics_want_a_second(seconds, defined):
    sound = bursts(4.0).excerpt(0, round(seconds * RATE))
    assert math.isnan(microdynamics_error(reference=sound, estimate=sound)) != defined


def stems(**amplitudes):
    return {name: tone(level, level, hz=1_000.0) for name, level in amplitudes.items()}


def test_balance_by_hand():
    """Of four equal stems one is raised by 20 log10 2 = 6.02 dB: from 1 / 4 of the power to 4 / 7,
    3.59 LU more; the others from 1 / 4 to 1 / 7, 2.43 LU less."""
    found = balance_error.of_stems(
        references=stems(a=0.1, b=0.1, c=0.1, d=0.1), estimates=stems(a=0.2, b=0.1, c=0.1, d=0.1)
    )
    assert found["a"] == pytest.approx(10 * math.log10(16 / 7), abs=1e-3)
    assert [found[name] for name in "bcd"] == pytest.approx([10 * math.log10(7 / 4)] * 3, abs=1e-3)


def test_balance_does_not_see_the_level_of_all():
    references = {name: bursts(2.0, seed) for seed, name in enumerate("abc")}
    softer = {name: stem.scaled(0.25) for name, stem in references.items()}
    found = balance_error.of_stems(references=references, estimates=softer)
    assert list(found.values()) == pytest.approx([0.0] * 3, abs=1e-3)


def test_balance_with_a_stem_that_is_silent_or_missing():
    references = stems(a=0.1, b=0.1, c=0.1)
    silent = balance_error.of_stems(references=references, estimates=stems(a=0.1, b=0.1, c=0.0))
    assert set(silent.values()) == {balance_error.worst}
    missing = balance_error.of_stems(references=references, estimates=stems(a=0.1, b=0.1))
    assert missing == {"a": balance_error.worst, "b": balance_error.worst}


def test_balance_of_a_stem_that_should_be_silent_is_undefined_and_weighs_on_the_others():
    found = balance_error.of_stems(
        references=stems(a=0.1, b=0.1, c=0.0), estimates=stems(a=0.1, b=0.1, c=0.1)
    )
    assert math.isnan(found["c"])
    assert [found["a"], found["b"]] == pytest.approx([10 * math.log10(3 / 2)] * 2, abs=1e-3)
    nothing = balance_error.of_stems(references=stems(a=0.0), estimates=stems(a=0.1))
    assert math.isnan(nothing["a"])


def test_balance_of_short_stems_is_undefined():
    short = {name: stem.excerpt(0, 19_000) for name, stem in stems(a=0.1, b=0.1).items()}
    assert all(map(math.isnan, balance_error.of_stems(references=short, estimates=short).values()))
