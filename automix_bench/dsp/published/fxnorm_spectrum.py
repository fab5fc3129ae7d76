"""Five features of a spectrum as librosa 0.8 to 0.11 computes them by default, and as
FxNorm-Automix and automix-toolkit use them: of magnitudes, per channel, as tracks `(rows, frames)`;
see `fxnorm_features`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.memo import shared
from automix_bench.dsp.published.fxnorm_features import FRAME, magnitudes

_ROLLED_OFF = np.float32(0.85)
_POWER_FLOOR = 1e-10
_LOWEST_EDGE_HZ = 250.0
_BANDS = 4
_QUANTILE = 0.02
_CONTRAST_RANGE_DB = 80.0
_FRAMES_PER_BLOCK = 128


@shared
def spectral_track(audio: Audio, start: int, stop: int, of: str) -> np.ndarray:
    """One of the `FEATURES`, for samples `start` to `stop`: one row a channel; for contrast three
    (low, middle, high). Frames in which a channel is silent are treated as by librosa."""
    feature = FEATURES[of]
    frequencies = np.fft.rfftfreq(FRAME, 1.0 / audio.rate)
    rows = [feature(channel, frequencies) for channel in magnitudes(audio, start, stop)]
    return np.concatenate(rows)


Feature = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _framewise(feature: Feature) -> Feature:
    """Apply the feature to some frames at a time, to save memory; all frames make one row."""

    def blocks(spectrum: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
        firsts = range(0, len(spectrum), _FRAMES_PER_BLOCK)
        rows = [feature(spectrum[one : one + _FRAMES_PER_BLOCK], frequencies) for one in firsts]
        return np.concatenate(rows)[np.newaxis]

    return blocks


def _weights(spectrum: np.ndarray) -> np.ndarray:
    """Each frame divided by its sum; a frame with a sum near 0 is left as it is."""
    sums = spectrum.sum(-1, keepdims=True, dtype=np.float64)
    return np.asarray(spectrum / np.where(sums < np.finfo(np.float32).tiny, 1.0, sums))


@_framewise
def _centroid(spectrum: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    return np.asarray(1.0 + _weights(spectrum) @ frequencies)


@_framewise
def _bandwidth(spectrum: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    weights = _weights(spectrum)
    distances = frequencies - (weights @ frequencies)[:, np.newaxis]
    return np.asarray(1.0 + np.sqrt(np.einsum("tk,tk->t", weights, np.square(distances))))


@_framewise
def _rolloff(spectrum: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """Single precision, as it decides on a bin."""
    sums = np.cumsum(spectrum, axis=-1)
    return np.asarray(1.0 + frequencies[np.argmax(sums >= _ROLLED_OFF * sums[:, -1:], axis=-1)])


@_framewise
def _flatness(spectrum: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    power = np.maximum(spectrum**2, np.float32(_POWER_FLOOR))
    flatness = np.exp(np.log(power).mean(-1, dtype=np.float64)) / power.mean(-1, dtype=np.float64)
    return np.asarray(1.0 - 20.0 * np.log10(flatness + 1e-30))


def _contrast(spectrum: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """Magnitudes treated as powers, in dB, no lower than 80 dB under the highest."""
    edges = [0.0, *(_LOWEST_EDGE_HZ * 2.0 ** np.arange(_BANDS + 1))]
    valleys, peaks = np.empty((2, _BANDS + 1, len(spectrum)))
    for band in range(_BANDS + 1):
        inside = np.flatnonzero((frequencies >= edges[band]) & (frequencies <= edges[band + 1]))
        first = inside[0] - (band > 0)
        stop = len(frequencies) if band == _BANDS else inside[-1] + 1
        count = max(round(_QUANTILE * (stop - first)), 1)
        ordered = np.sort(spectrum[:, first : stop - (band < _BANDS)], axis=-1)
        valleys[band] = ordered[:, :count].mean(-1)
        peaks[band] = ordered[:, -count:].mean(-1)
    rows = _floored_db(peaks) - _floored_db(valleys)
    return np.stack([rows[0], rows[1:4].mean(0), rows[4]])


def _floored_db(levels: np.ndarray) -> np.ndarray:
    db = 10.0 * np.log10(np.maximum(levels, _POWER_FLOOR))
    return np.asarray(np.maximum(db, db.max() - _CONTRAST_RANGE_DB))


FEATURES: dict[str, Feature] = {
    "centroid": _centroid,
    "bandwidth": _bandwidth,
    "contrast": _contrast,
    "rolloff": _rolloff,
    "flatness": _flatness,
}
