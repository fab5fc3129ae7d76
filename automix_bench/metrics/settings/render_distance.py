"""How far apart two chains of effects make one test sound."""

from __future__ import annotations

import functools

import numpy as np

from automix_bench.answer_metrics.settings_metric import settings_metric
from automix_bench.audio import Audio
from automix_bench.dsp.spectra.stft_distance import (
    AURALOSS_RESOLUTIONS,
    Weights,
    channels_distance,
)
from automix_bench.effect import Chain
from automix_bench.sampling import rng_for

__all__ = ["render_distance"]

_RATE = 44_100
_SECONDS = 4.0


@settings_metric(
    unit="1",
    better="lower",
    low=0.0,
    high=50.0,
    perfect=0.0,
    source="the metric `mrstft` (Yamamoto, Song & Kim, ICASSP 2020, arXiv:1910.11480) of one sound "
    "through both chains",
)
def render_distance(*, reference: Chain, estimate: Chain) -> float:
    """Distance of the sounds that two chains make of one test sound.

        mrstft(reference = R(x), estimate = E(x))

    R and E are the chains. x is a fixed test sound: 4 s, stereo, 44.1 kHz, at an RMS level of about
    -25 dB full scale. It has decaying notes at five places and four levels, noise bursts, and noise
    that falls by 3 dB an octave, so filters, dynamics, echoes and panning all change it. The names
    of effects and knobs do not matter. Two settings that do nothing to the test sound, such as a
    gate under its level, are alike.

    Undefined (NaN) for a reference that leaves silence; an estimate that leaves silence gets the
    worst value.

    Raises:
        UnknownPlugin: an effect's plug-in is not installed.
        Unsuitable: an effect cannot take stereo sound of 44.1 kHz.
    """
    sound = _test_sound()
    return channels_distance(reference(sound), estimate(sound), AURALOSS_RESOLUTIONS, Weights())


@functools.cache
def _test_sound() -> Audio:
    time = np.arange(round(_SECONDS * _RATE)) / _RATE
    rng = rng_for(0, "render_distance")
    sound = np.zeros((2, len(time)))
    for note in range(16):
        since = time - 0.23 * note
        struck = np.where(since >= 0.0, np.exp(-np.maximum(since, 0.0) / 0.15), 0.0)
        hz, place = 55.0 * 2.0 ** (note * 5 % 12 / 2), (1 + note % 5) / 6 * np.pi / 2
        tone = sum(np.sin(2 * np.pi * hz * k * since) / k for k in range(1, 6))
        burst = rng.standard_normal(len(time)) * np.exp(-np.maximum(since, 0.0) / 0.01)
        note_wave = struck * (tone + 0.7 * burst) * 10.0 ** (-6.0 * (note % 4) / 20.0)
        sound += 0.27 * np.array([[np.cos(place)], [np.sin(place)]]) * note_wave
    return Audio((sound + 0.01 * _pink(rng, len(time))).astype(np.float32), _RATE)


def _pink(rng: np.random.Generator, length: int) -> np.ndarray:
    """Noise in two channels whose power falls by 3 dB an octave, at an RMS of 1."""
    spectrum = np.fft.rfft(rng.standard_normal((2, length)))
    shaped = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(spectrum.shape[1]), 1)), length)
    pink: np.ndarray = shaped / np.sqrt(np.mean(np.square(shaped)))
    return pink
