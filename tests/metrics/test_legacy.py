"""The literature's own metrics: equal to what the published code gave, faults and all."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.metrics.crest_error import crest_error
from automix_bench.metrics.legacy.deepafx_crest import deepafx_crest
from automix_bench.metrics.legacy.diff_mst_af import diff_mst_af
from automix_bench.metrics.legacy.mape_f_peak import mape_f_peak
from automix_bench.metrics.legacy.mape_t_crest import mape_t_crest
from automix_bench.metrics.legacy.mape_t_lufs import mape_t_lufs
from automix_bench.metrics.legacy.msr_multi_mel_snr import msr_multi_mel_snr
from automix_bench.metrics.legacy.remfx_mrstft import remfx_mrstft
from automix_bench.metrics.legacy.st_ito_crest import st_ito_crest
from automix_bench.metrics.mrstft import mrstft
from automix_bench.metrics.peak_error import peak_error
from tests.support.legacy_signals import signals

STORED = json.loads((Path(__file__).parent / "legacy_values.json").read_text(encoding="utf-8"))
NAMES = sorted(name for name in plugin.names("metrics") if name.startswith("legacy/"))
PAIRS = signals()
RELATIVE, ABSOLUTE = 1e-6, 1e-7
# Where the published code computes in single precision: in the metric's unit.
SINGLE_PRECISION = {
    "mape_t_peak": 5e-7,
    "mape_t_flatness": 1e-6,
    "mape_t_panning": 5e-7,
    "mape_f_panning": 5e-7,
    "mape_f_spectral": 1e-6,
    "mape_f_low_ratio": 2e-6,
    "diff_mst_bark": 2e-5,
    "diff_mst_af": 2e-5,
    "deepafx_crest": 1e-5,
    "st_ito_crest": 1e-6,
    "remfx_mrstft": 1e-4,
    "msr_multi_mel_snr": 1e-3,
    "diff_mst_rms": 1e-11,
    "diff_mst_crest": 1e-8,
    "diff_mst_width": 1e-8,
    "diff_mst_imbalance": 2e-8,
}


def test_every_legacy_metric_has_a_published_value_and_names_its_successor():
    for values in STORED["values"].values():
        assert {f"legacy/{name}" for name in values} == set(NAMES)
    assert set(STORED["values"]) == set(PAIRS)
    for name in NAMES:
        instead = plugin.load("metrics", name).instead
        assert not plugin.load("metrics", instead).instead


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", NAMES)
def test_equals_the_published_code(name, pair):
    reference, estimate = PAIRS[pair]
    short = name.removeprefix("legacy/")
    ours = plugin.load("metrics", name)(reference=reference, estimate=estimate)
    metric, absolute = plugin.load("metrics", name), SINGLE_PRECISION.get(short, ABSOLUTE)
    stored = min(STORED["values"][pair][short], metric.high)
    assert ours == pytest.approx(stored, rel=RELATIVE, abs=absolute)


def test_remfx_distance_is_that_of_the_batch():
    """Two items in one batch: the published code's value, given to both, and no mean of two."""
    pairs = {name: PAIRS[name] for name in ("-0.9 dB near full scale", "noise")}
    references, estimates = (
        {name: pair[side] for name, pair in pairs.items()} for side in range(2)
    )
    together = remfx_mrstft.of_stems(references=references, estimates=estimates)
    assert set(together.values()) == {together["noise"]}
    stored = STORED["batch of two"]["remfx_mrstft"]
    assert together["noise"] == pytest.approx(stored, abs=SINGLE_PRECISION["remfx_mrstft"])
    alone = [remfx_mrstft(reference=one, estimate=other) for one, other in pairs.values()]
    assert abs(together["noise"] - np.mean(alone)) > 0.02
    corrected = mrstft.of_stems(references=references, estimates=estimates)
    assert list(corrected.values()) == pytest.approx(alone, rel=1e-6)


def test_a_peak_near_full_scale_is_nine_hundred_per_cent_off_where_it_is_a_decibel():
    reference, estimate = PAIRS["-0.9 dB near full scale"]
    off = mape_f_peak(reference=reference, estimate=estimate)
    assert off == pytest.approx(0.9 / -20.0 / math.log10(0.98), rel=1e-4)
    assert peak_error(reference=reference, estimate=estimate) == pytest.approx(0.9, abs=1e-4)


def test_three_crest_factors_that_are_none():
    wave = np.sin(2 * np.pi * (np.arange(65_536) + 0.5) / 4096)
    sine, square = (
        Audio(np.tile(one, (2, 1)).astype(np.float32), 44_100) for one in (wave, np.sign(wave))
    )
    pair = {"reference": sine, "estimate": square}
    assert crest_error(**pair) == pytest.approx(3.0103, abs=1e-3)
    assert deepafx_crest(**pair) == pytest.approx(3.0103 * math.log(10.0), abs=1e-3)
    assert mape_t_crest(**pair) == pytest.approx(3.0103, abs=1e-2)
    assert st_ito_crest(**pair) == pytest.approx(0.0, abs=1e-6)


def test_where_the_published_code_stops_a_reference_is_undefined_and_an_estimate_worst():
    """A second of digital silence: its loudness is minus infinity, at which the code stops."""
    whole = PAIRS["noise"][0]
    broken = whole.with_samples(np.where(np.arange(whole.length) // 44_100 == 4, 0, whole.samples))
    assert math.isnan(mape_t_lufs(reference=broken, estimate=whole))
    assert mape_t_lufs(reference=whole, estimate=broken) == mape_t_lufs.worst


@pytest.mark.parametrize("name", [name for name in NAMES if "mape" in name])
@pytest.mark.parametrize("channels", [1, 2])
def test_short_and_silent_references_are_undefined(name, channels):
    metric = plugin.load("metrics", name)
    whole = PAIRS["noise"][0]
    sound = whole.with_samples(whole.samples[:channels])
    short, silent = sound.excerpt(60_000, 1), sound.scaled(0.0)
    assert "mape_f_peak" in name or math.isnan(metric(reference=short, estimate=short))
    assert math.isnan(metric(reference=silent, estimate=sound))


def test_multi_mel_snr_gives_silence_more_than_noise():
    reference, estimate = PAIRS["noise"]
    noise = estimate.with_samples(estimate.samples - reference.samples)
    silence = reference.scaled(0.0)
    assert msr_multi_mel_snr(reference=reference, estimate=silence) == pytest.approx(0.0, abs=1e-6)
    turned = reference.with_samples(-0.1 * reference.samples)
    assert msr_multi_mel_snr(reference=reference, estimate=turned) == msr_multi_mel_snr.perfect
    assert msr_multi_mel_snr(reference=reference, estimate=noise) < 1.0


def test_audio_feature_loss_is_undefined_of_mono():
    sound = PAIRS["noise"][0]
    mono = sound.with_samples(sound.samples[:1])
    assert math.isnan(diff_mst_af(reference=mono, estimate=mono))
