"""Loudness by libebur128 (EBU R 128), as a proof of ours. No result depends on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.metric import Peer


def libebur128_peer(value: Callable[[Audio], float], *, within: float) -> Peer:
    """A peer that measures how far the estimate's value lies from the reference's."""

    def compare(*, reference: Audio, estimate: Audio) -> float:
        return abs(value(reference) - value(estimate))

    return Peer("libebur128 (pyebur128)", ("pyebur128",), compare, within)


def integrated_lufs(audio: Audio) -> float:
    """Integrated loudness."""
    import pyebur128

    return float(pyebur128.get_loudness_global(_meter_of(audio, "MODE_I")))


def range_lu(audio: Audio) -> float:
    """Loudness range."""
    import pyebur128

    return float(pyebur128.get_loudness_range(_meter_of(audio, "MODE_LRA")))


def true_peak_dbtp(audio: Audio) -> float:
    """True peak."""
    import pyebur128

    meter = _meter_of(audio, "MODE_TRUE_PEAK")
    highest = max(pyebur128.get_true_peak(meter, channel) for channel in range(audio.channels))
    return 20.0 * math.log10(highest)


def momentary_max_lufs(audio: Audio) -> float:
    """The loudest 0.4 s."""
    import pyebur128

    return _loudest(audio, "MODE_M", 0.4, pyebur128.get_loudness_momentary)


def short_term_max_lufs(audio: Audio) -> float:
    """The loudest 3 s."""
    import pyebur128

    return _loudest(audio, "MODE_S", 3.0, pyebur128.get_loudness_shortterm)


def _loudest(audio: Audio, mode: str, seconds: float, read: Callable[[Any], float]) -> float:
    """The largest value, read every 10 ms once a window is full."""
    meter, step = _meter(audio, mode), audio.rate // 100
    values = [-math.inf]
    for start in range(0, audio.length - step + 1, step):
        _feed(meter, audio.samples[:, start : start + step])
        if start + step >= seconds * audio.rate:
            values.append(float(read(meter)))
    return max(values)


def _meter_of(audio: Audio, mode: str) -> Any:
    """A meter that has been fed the whole sound."""
    meter = _meter(audio, mode)
    _feed(meter, audio.samples)
    return meter


def _meter(audio: Audio, mode: str) -> Any:
    import pyebur128

    return pyebur128.R128State(audio.channels, audio.rate, getattr(pyebur128.MeasurementMode, mode))


def _feed(meter: Any, samples: np.ndarray) -> None:
    meter.add_frames(np.ascontiguousarray(samples.T).ravel(), samples.shape[1])
