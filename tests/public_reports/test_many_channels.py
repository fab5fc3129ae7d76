"""Sounds of 5.1 and of odd rates: every property and metric has a value, or NaN with a reason."""

import json
import math
import subprocess

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from automix_bench.audio import Audio
from automix_bench.catalogue.metrics import built_in, not_installed
from automix_bench.cli import app
from automix_bench.dsp.loudness import NoLoudness, integrated_lufs, or_nan
from automix_bench.evaluation.sound_properties import properties
from tests.support.container_sounds import FFMPEG, write

ODD = {
    "5.1": (6, 16_000, 3.2),
    "7.1": (8, 8_000, 3.2),
    "24 channels": (24, 8_000, 0.5),
    "three channels": (3, 8_000, 3.2),
    "3 kHz": (2, 3_000, 3.2),
    "2 kHz mono": (1, 2_000, 3.2),
    "655,350 Hz": (2, 655_350, 0.1),
    "a tenth of a second": (6, 16_000, 0.1),
    "one sample": (2, 44_100, 1 / 44_100),
}


def noise(channels, rate, seconds, seed=0):
    rng = np.random.default_rng(seed)
    shape = (channels, max(1, round(rate * seconds)))
    return Audio((0.1 * rng.standard_normal(shape)).astype(np.float32), rate)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_metrics_and_properties_have_a_value_or_nan_with_a_reason(odd):
    sound, other = noise(*ODD[odd]), noise(*ODD[odd], seed=1)
    for metric in built_in():
        if metric.cheap and not not_installed(metric):
            value = metric(reference=sound, estimate=other)
            assert math.isnan(value) or metric.low <= value <= metric.high, metric.name
    for one in properties(sound):
        assert math.isfinite(one.value) != bool(one.reason), one


def test_six_channels_are_5_1():
    """Surrounds weigh 1.41, the LFE nothing."""
    tone = 0.1 * np.sin(2.0 * np.pi * 1000.0 * np.arange(96_000) / 48_000)

    def at(channel):
        samples = np.zeros((6, tone.size), np.float32)
        samples[channel] = tone
        return integrated_lufs(Audio(samples, 48_000))

    front = integrated_lufs(Audio(tone[None].astype(np.float32), 48_000))
    assert [at(channel) for channel in (0, 1, 2)] == pytest.approx([front] * 3, abs=1e-9)
    assert [at(4), at(5)] == pytest.approx([front + 10.0 * math.log10(1.41)] * 2, abs=1e-9)
    assert at(3) == -math.inf
    named = {"loudness_error", "loudness_range_error", "momentary_max_error", "balance_error"}
    named |= {"short_term_max_error", "plr_error", "psr_error"}
    sound, other = noise(6, 16_000, 3.2), noise(6, 16_000, 3.2, seed=1)
    every = [one for one in built_in() if one.name in named]
    values = {one.name: one(reference=sound, estimate=other) for one in every}
    assert all(math.isfinite(values[name]) for name in named)


def test_5_1_as_libebur128_measures_it():
    import pyebur128

    sound = noise(6, 48_000, 20.0)
    swell = np.linspace(0.1, 1.0, sound.length)
    levels = np.array([1.0, 0.7, 0.5, 3.0, 0.8, 0.3])[:, None]
    sound = sound.with_samples(sound.samples * swell * levels)
    state = pyebur128.R128State(6, sound.rate, pyebur128.MeasurementMode.MODE_I)
    state.add_frames(np.ascontiguousarray(sound.samples.T).ravel(), sound.length)
    expected = pyebur128.get_loudness_global(state)
    assert integrated_lufs(sound) == pytest.approx(expected, abs=0.01)


@pytest.mark.skipif(FFMPEG is None, reason="ffmpeg is not installed")
def test_5_1_as_ffmpeg_measures_it(tmp_path):
    sound = noise(6, 48_000, 5.0)
    sound = sound.with_samples(sound.samples * np.array([1, 0.5, 0.3, 3, 0.8, 0.2])[:, None])
    path = tmp_path / "a.wav"
    soundfile.write(path, sound.samples.T, sound.rate, format="WAVEX", subtype="FLOAT")
    command = [FFMPEG, "-hide_banner", "-nostats", "-channel_layout", "5.1", "-i", path]
    command += ["-af", "ebur128", "-f", "null", "-"]
    log = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = log[log.index("Integrated loudness:") :]
    expected = float(summary.split("I:")[1].split("LUFS")[0])
    assert integrated_lufs(sound) == pytest.approx(expected, abs=0.06)


def test_a_sound_without_a_loudness_says_why():
    for sound, reason in (
        (noise(7, 48_000, 1.0), "at most 6 channels, got 7"),
        (noise(2, 3_000, 1.0), "at least 4000 Hz, got 3000"),
        (noise(2, 48_000, 0.3), "at least 0.4 s, got 0.300 s"),
    ):
        with pytest.raises(NoLoudness, match=reason):
            integrated_lufs(sound)
        assert math.isnan(or_nan(integrated_lufs, sound))
        reasons = {one.name: one.reason for one in properties(sound)}
        assert reason in reasons["loudness"]
        assert reason in reasons["plr"]
    reasons = {one.name: one.reason for one in properties(noise(6, 16_000, 1.0))}
    assert reasons["width"] == "wants two channels, got 6"
    silent = {one.name: one for one in properties(Audio(np.zeros((2, 48_000), np.float32), 48_000))}
    assert silent["peak"].reason == silent["loudness"].reason == "the sound is silent"


def test_levels_carry_absolute_units_and_ratios_do_not():
    units = {one.name: one.unit for one in properties(noise(2, 44_100, 0.5))}
    assert {name for name, unit in units.items() if unit == "LUFS"} == {
        *("loudness", "momentary_max", "short_term_max"),
    }
    assert {name for name, unit in units.items() if unit == "dBFS"} == {"peak", "rms"}
    assert units["true_peak"] == "dBTP"
    # What is left in LU and dB is a ratio: it does not change with the level.
    soft = {one.name: one.value for one in properties(noise(2, 44_100, 3.2))}
    loud = {one.name: one.value for one in properties(noise(2, 44_100, 3.2).scaled(2.0))}
    for name, unit in units.items():
        if math.isfinite(soft[name]):
            moved = 6.0206 if unit in ("LUFS", "dBFS", "dBTP") else 0.0
            assert loud[name] - soft[name] == pytest.approx(moved, abs=0.01), name


def measure(*arguments):
    return CliRunner().invoke(app, ["measure", *map(str, arguments)])


def test_measure_prints_the_good_ones_and_names_the_bad(tmp_path):
    good, also = write(tmp_path / "a.wav", "wav"), write(tmp_path / "c.flac", "flac")
    text, fast = tmp_path / "b.wav", tmp_path / "fast.wav"
    text.write_text("no sound")
    soundfile.write(fast, np.zeros((1000, 1)), 768_000)
    done = measure(good, text, fast, also)
    assert done.exit_code == 3
    assert "a.wav" in done.stdout
    assert "c.flac" in done.stdout
    assert "LUFS" in done.stdout
    refusals = [line for line in done.stderr.splitlines() if line.startswith(str(tmp_path))]
    assert [line.partition(": ")[0] for line in refusals] == [str(text), str(fast)]
    assert "768000 Hz, expected at most 655350 Hz" in refusals[1]
    records = json.loads(measure(good, text, "--json").stdout)
    assert records[str(good)]["peak"]["unit"] == "dBFS"
    assert "libsndfile" in records[str(text)]["refused"]
    assert measure(good, also).exit_code == 0


def test_measure_of_5_1_has_its_loudness(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(6, 48_000, 1.0).samples.T, 48_000)
    done = measure(path, "--json")
    assert done.exit_code == 0
    record = json.loads(done.stdout)[str(path)]
    assert record["loudness"]["value"] < 0.0
    assert record["width"] == {"value": None, "unit": "dB", "reason": "wants two channels, got 6"}
