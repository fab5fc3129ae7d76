"""The network of the compressor's settings."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio, peak_db
from automix_bench.errors import Rejected
from automix_bench.model import Brief
from automix_bench.model_parts.drc_ranges import RANGES, drc_of
from automix_bench.model_parts.level_frames import CHANNELS, level_frames
from automix_bench.models.learned.drc_settings import DrcSettings as Model
from automix_bench.models.learned.drc_settings import _fitted
from automix_bench.networks.drc_settings import DrcSettingsNetwork
from automix_bench.trainings.drc_settings import DrcSettings, _static_gain_db
from automix_bench.weights.store import packed
from recipes.drc_profiles import NAMES, RATIOS, THRESHOLDS_DB, TIMES_MS
from tests.support.trained import assert_learns, example
from tests.trainings.test_mixing_console import difference_db, track


@pytest.fixture(scope="module")
def prepared():
    return DrcSettings(draws=6).prepared(example({"bass": track(1), "kick": track(2)}))


def test_ranges_are_those_of_the_recipe():
    assert tuple(RANGES) == NAMES
    assert RANGES["threshold_db"] == (min(THRESHOLDS_DB), max(THRESHOLDS_DB))
    assert RANGES["ratio"] == (RATIOS[0], RATIOS[-1])
    assert tuple(list(RANGES.values())[2:]) == TIMES_MS


def test_shares_are_logarithmic_but_for_the_threshold():
    middle = drc_of([0.5] * 6)
    assert middle.threshold_db == -40.0
    assert middle.ratio == pytest.approx((2.0 * 15.0) ** 0.5)
    low, high = drc_of([0.0] * 6), drc_of([1.0] * 6)
    assert (low.threshold_db, high.threshold_db) == (-60.0, -20.0)
    assert high.gain_release_ms == pytest.approx(1_959.0)


def test_levels_of_a_square_wave_at_any_rate():
    for rate in (16_000, 44_100, 48_000):
        wave = np.tile(np.float32([0.1] * 8 + [-0.1] * 8), 2 * rate // 16)[np.newaxis]
        levels = level_frames(Audio(wave, rate))
        assert levels[0] == pytest.approx(-20.0 / 50.0, abs=1e-4)
        assert levels[1] == pytest.approx(-20.0 / 50.0, abs=1e-4)
        assert levels.shape[1] == pytest.approx(2.0 / (256 / 44_100), rel=0.02)


def test_stems_come_compressed_from_a_peak_of_minus_3(prepared):
    assert prepared["levels"].shape[:2] == (12, CHANNELS)
    assert prepared["shares"].min() >= 0.0
    assert prepared["shares"].max() <= 1.0
    stem = track(1)
    loud = stem.scaled(10.0 ** ((-3.0 - peak_db(stem)) / 20.0))
    wanted = [level_frames(drc_of(share)(loud)) for share in prepared["shares"].tolist()]
    closest = [min(np.abs(one - other).max() for other in wanted) for one in prepared["levels"]]
    assert sum(one < 0.01 for one in closest) == 6  # those of this stem


def test_the_static_gain_is_that_of_the_compressor():
    shares = torch.tensor([[0.5, 0.0, 0.5, 0.5, 0.5, 0.5]])  # -40 dB, 2:1
    gains = _static_gain_db(shares, torch.tensor([[-50.0, -40.0, -20.0, 0.0]]))
    assert gains[0].tolist() == pytest.approx([0.0, 0.0, -10.0, -20.0])


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(prepared):
    training = DrcSettings()
    batch = training.batch([prepared] * 8, np.random.default_rng(1))
    assert_learns(training, batch, steps=120)


def test_silence_is_rejected():
    with pytest.raises(Rejected, match="no stem is loud enough"):
        DrcSettings().prepared(example({"bass": track(1).scaled(0.0)}))


def test_the_model_declares_what_it_undoes_and_leaves_alone_what_was_not_lowered(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(packed(DrcSettingsNetwork(CHANNELS, len(RANGES)).state_dict(), {}))
    loud = track(1).scaled(10.0 ** ((-3.0 - peak_db(track(1))) / 20.0))
    stems = {"loud": loud, "soft": loud.scaled(0.3), "silent": loud.scaled(0.0)}
    answer = Model(str(path))(Brief(stems))
    for name in ("loud", "silent"):
        assert np.array_equal(answer.stems[name].samples, stems[name].samples)
        assert not answer.console.strips[name]
    again = answer.console.strips["soft"](answer.stems["soft"])
    error = np.sum((again.samples - stems["soft"].samples) ** 2.0)
    assert error < 1e-8 * np.sum(stems["soft"].samples ** 2.0)


def sine(hertz=110.0, seconds=2.0):
    wave = 0.6 * np.sin(2.0 * np.pi * hertz * np.arange(round(seconds * 44_100)) / 44_100)
    return Audio(wave[None].astype(np.float32), 44_100)


@pytest.mark.parametrize(
    "sound",
    [
        sine(),
        sine().with_samples(0.5 * np.sign(sine().samples)),
        sine().with_samples(np.full_like(sine().samples, 0.5)),
        track(2).scaled(0.2),
    ],
    ids=["sine", "square", "DC", "track"],
)
def test_what_is_recovered_peaks_where_it_did(sound):
    """A sustained sound looks like one that was compressed very much."""
    answer = Model()(Brief({"s": sound}))
    assert peak_db(answer.stems["s"]) == pytest.approx(-3.0, abs=0.05)


def test_another_peak_is_another_level_of_the_same():
    soft = track(2).scaled(0.2)
    one = Model()(Brief({"s": soft})).stems["s"]
    other = Model(peak_dbfs=-9.0)(Brief({"s": soft.scaled(10.0 ** (-6.0 / 20.0))})).stems["s"]
    assert peak_db(other) == pytest.approx(-9.0, abs=0.05)
    assert difference_db(one.scaled(10.0 ** (-6.0 / 20.0)), other) < -40.0


def test_a_known_compressor_is_found_by_its_peak():
    """With all other settings right, the threshold follows from the peak."""
    true = drc_of([0.7, 0.4, 0.3, 0.5, 0.4, 0.5])
    dry = track(1).scaled(10.0 ** ((-3.0 - peak_db(track(1))) / 20.0))
    wrong = replace(true, threshold_db=-50.0)
    found = _fitted(wrong, true(dry), -3.0)
    assert found.threshold_db == pytest.approx(true.threshold_db, abs=0.05)
