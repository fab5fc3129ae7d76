"""The five audio features of Diff-MST (Vanka et al., ISMIR 2024) for a stereo sound, with the
floors of its code."""

from __future__ import annotations

import functools
import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.memo import shared
from automix_bench.dsp.spectra.hearing_bands import bark, triangle_weights
from automix_bench.dsp.spectra.short_time import hann, power_spectra

FEATURES = ("rms", "crest", "width", "imbalance", "bark")
WEIGHTS = {"rms": 0.1, "crest": 0.001, "width": 1.0, "imbalance": 1.0, "bark": 0.1}

_FLOOR = 1e-8
_FFT_SIZE = 32_768
_BANDS = 24
_LOWEST_HZ, _HIGHEST_HZ = 20.0, 20_000.0


def feature_error(*, reference: Audio, estimate: Audio, of: str) -> float:
    """The mean squared difference of one of the `FEATURES`, times its weight. Undefined (NaN) for
    mono, except for "rms" and "crest"; and for "bark" under 16385 samples, which cannot be
    reflected."""
    if of not in ("rms", "crest") and reference.channels != 2:
        return math.nan
    if of == "bark" and reference.length <= _FFT_SIZE // 2:
        return math.nan
    expected, got = audio_feature(reference, of), audio_feature(estimate, of)
    return WEIGHTS[of] * float(np.mean(np.square(got - expected)))


@shared
def audio_feature(audio: Audio, of: str) -> np.ndarray:
    """One of the `FEATURES` of a sound: "rms" (linear) and "crest" (dB) of each channel, "width"
    (power of L - R over that of L + R), "imbalance" ((R - L) / (R + L), of powers) or "bark" (the
    logarithms of 24 bands of L + R and of L - R)."""
    if of == "bark":
        return _bark_spectrum(audio)
    samples = audio.samples.astype(np.float64)
    if of in ("rms", "crest"):
        rms = np.sqrt(np.maximum(np.square(samples).mean(-1), _FLOOR))
        if of == "rms":
            return np.asarray(rms)
        return np.asarray(20.0 * np.log10(np.maximum(np.abs(samples).max(-1) / rms, _FLOOR)))
    if of == "width":
        samples = np.stack([samples[0] + samples[1], samples[0] - samples[1]])
    one, other = np.square(samples).mean(-1)
    if of == "width":
        return np.array([other / max(one, _FLOOR)])
    return np.array([(other - one) / max(other + one, _FLOOR)])


def _bark_spectrum(audio: Audio) -> np.ndarray:
    left, right = audio.samples
    both = np.pad(
        np.stack([left + right, left - right]), ((0, 0), (_FFT_SIZE // 2,) * 2), "reflect"
    )
    total, count = np.zeros((2, _FFT_SIZE // 2 + 1)), 0
    for power in power_spectra(
        both, window=hann(_FFT_SIZE), hop=_FFT_SIZE // 4, fft_size=_FFT_SIZE
    ):
        total += np.sqrt(power).sum(1)
        count += power.shape[1]
    levels: np.ndarray = np.log(total / count @ _bark_bands(audio.rate) + _FLOOR)
    return levels


@functools.lru_cache(maxsize=4)
def _bark_bands(rate: int) -> np.ndarray:
    """Triangles over 24 steps of Traunmüller's Bark scale, `(bins, bands)`. The published code has
    his correction above 20.1 Bark too, but in a branch that is never taken."""
    edges = np.linspace(bark(_LOWEST_HZ), bark(_HIGHEST_HZ), _BANDS + 2)
    edges = np.where(edges < 2.0, (edges - 0.3) / 0.85, edges)
    edges_hz = 1960.0 * (edges + 0.53) / (26.28 - edges)
    bins_hz = np.linspace(0.0, rate // 2, _FFT_SIZE // 2 + 1)
    return np.ascontiguousarray(triangle_weights(edges_hz, bins_hz).T)
