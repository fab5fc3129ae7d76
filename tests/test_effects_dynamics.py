"""Compressors and their kin."""

import math

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.effects.balance import Balance
from automix_bench.effects.compressor import Compressor
from tests.sounds import RATES, sounding


def curve_db(level_db, threshold_db, ratio, knee_db):
    """The static curve as the paper has it: level in to level out."""
    above = level_db - threshold_db
    if 2.0 * above < -knee_db:
        return level_db
    if 2.0 * abs(above) <= knee_db and knee_db:
        return level_db + (1.0 / ratio - 1.0) * (above + knee_db / 2.0) ** 2 / (2.0 * knee_db)
    return threshold_db + above / ratio


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("knee_db", [0.0, 12.0])
@pytest.mark.parametrize("ratio", [1.0, 2.0, 4.0, 100.0])
def test_the_static_curve_on_a_steady_sine(tone, rate, knee_db, ratio):
    compressor = Compressor(-20.0, ratio, knee_db, 0.0, 5_000.0, 3.0)
    for level_db in (-60.0, -27.0, -25.0, -21.0, -20.0, -18.0, -15.0, -12.0, 0.0):
        sine = tone(seconds=0.5, rate=rate, amplitude=10.0 ** (level_db / 20.0), channels=1)
        heard = np.abs(compressor(sine).samples[0, -rate // 10 :]).max()
        wanted = curve_db(level_db, -20.0, ratio, knee_db) + 3.0
        assert 20.0 * np.log10(heard) == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("attack_ms", "release_ms"), [(1.0, 50.0), (10.0, 100.0), (30.0, 200.0)])
def test_ballistics_reach_63_percent_in_their_time(rate, attack_ms, release_ms):
    # Quiet, loud for 10 attacks, quiet again; of constant magnitude, so the detector sees steps.
    loud = np.arange(round(0.02 * rate), round((0.02 + attack_ms / 100.0) * rate))
    magnitude = np.full(loud[-1] + round(rate * release_ms / 500.0), 1e-3)
    magnitude[loud] = 10.0 ** (-10.0 / 20.0)
    wave = (magnitude * (-1.0) ** np.arange(magnitude.size)).astype(np.float32)[np.newaxis]
    out = Compressor(-30.0, 4.0, 0.0, attack_ms, release_ms, 0.0)(Audio(wave, rate)).samples
    reduction_db = -20.0 * np.log10(out[0].astype(float) / wave[0])
    full_db, part = 15.0, 1.0 - math.exp(-1.0)
    assert reduction_db[loud[-1]] == pytest.approx(full_db, rel=1e-3)
    rise = int(np.argmax(reduction_db > part * full_db)) - loud[0]
    assert rise == pytest.approx(attack_ms * rate / 1_000.0, abs=1.5)
    fall = int(np.argmax(reduction_db[loud[-1] + 1 :] < (1.0 - part) * full_db))
    assert fall == pytest.approx(release_ms * rate / 1_000.0, rel=2e-3, abs=1.5)


def test_compression_is_linked_so_the_stereo_image_stays():
    audio = sounding(2, 10_000, 44_100, rms=0.3)
    tilted = Balance(0.0, -20.0)(audio)
    out = Compressor(-30.0, 8.0, 6.0, 5.0, 80.0, 0.0)(tilted).samples
    gains = out / tilted.samples
    np.testing.assert_allclose(gains[0], gains[1], rtol=1e-5)
    assert gains.min() < 0.5
