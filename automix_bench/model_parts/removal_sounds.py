"""What the networks of effect removal hear of a sound, and playing what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.signal
from jaxtyping import Float, Float32

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.hearing_bands import mel_corners
from automix_bench.dsp.spectra.short_time import hann
from automix_bench.model_parts.mel_frames import (
    BANDS,
    HIGHEST_HZ,
    WINDOW_SECONDS,
    mel_frames,
    middle_and_side,
)
from automix_bench.model_parts.track_features import FEATURES, track_features

__all__ = ["CURVE_FEATURES", "EFFECTS", "curve_features", "played_gains", "removal_mels"]

EFFECTS = ("distortion", "compressor", "chorus", "delay", "reverb")
"""Those of RemFX, in the order of the detector's answers."""
RANKS = 1.0 - np.concatenate([np.geomspace(1e-3, 0.3, 16), np.linspace(0.4, 0.9, 8)])
CURVE_FEATURES = 2 * len(RANKS) + FEATURES
_RMS = 0.03
_TINY = 1e-9


def removal_mels(audio: Audio) -> Float32[np.ndarray, "2 frames bands"]:
    """The power in mel bands of the middle and the side of a sound at -20 LUFS."""
    return mel_frames(middle_and_side(audio))


def curve_features(samples: Float[np.ndarray, " samples"], rate: int) -> np.ndarray:
    """What is heard of a distortion, at any level: which amplitudes are how frequent above and
    below zero, in relation to the peak, and the features of a track; `(CURVE_FEATURES,)` float32.

    Args:
        samples: one channel that is not silent.
    """
    peak = float(np.abs(samples).max()) + _TINY
    halves = []
    for half in (samples[samples > 0.0], -samples[samples < 0.0]):
        levels = np.quantile(half, RANKS) / peak if half.size else np.zeros(len(RANKS))
        halves.append(np.log10(levels + 1e-3) / 1.5 + 1.0)
    level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) + _TINY
    at_one_level = (samples * (_RMS / level)).astype(np.float32)[np.newaxis]
    features: np.ndarray = np.concatenate([*halves, track_features(Audio(at_one_level, rate))])
    return features.astype(np.float32)


def played_gains(audio: Audio, gains_db: Float[np.ndarray, "frames bands"]) -> Audio:
    """A sound after gains that change over time and frequency, at the places of `mel_frames`.

    Between frames and between the centres of bands, gains in dB lie on straight lines. All channels
    get the same gains, and their phases stay.
    """
    width = 2 * round(audio.rate * WINDOW_SECONDS / 2.0)
    transform = scipy.signal.ShortTimeFFT(hann(width), width // 4, audio.rate)
    samples = np.zeros((audio.channels, max(audio.length, width)))
    samples[:, : audio.length] = audio.samples
    spectra = transform.stft(samples)
    places = transform.t(samples.shape[1]) * audio.rate / (width // 2)
    centres = mel_corners(BANDS, HIGHEST_HZ)[1:-1]
    in_frames = np.stack([np.interp(places, np.arange(len(gains_db)), row) for row in gains_db.T])
    at_bins = _between(transform.f, centres) @ in_frames
    played: Any = transform.istft(spectra * 10.0 ** (at_bins / 20.0), k1=samples.shape[1])
    return audio.with_samples(np.asarray(played[:, : audio.length], np.float32))


def _between(places: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The weights of points at places, `(places, points)`: linear interpolation, and the last point
    beyond the ends."""
    return np.stack([np.interp(places, points, row) for row in np.eye(len(points))], axis=1)
