"""The same measurements by libebur128, which knows them as EBU R 128. Nothing is measured with it;
it stands beside ours as proof."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.metric import Peer


def libebur128_peer(value: Callable[[Audio], float], *, within: float) -> Peer:
    """How far the estimate's value lies from the reference's."""

    def compare(*, reference: Audio, estimate: Audio) -> float:
        return abs(value(reference) - value(estimate))

    return Peer("libebur128 (pyebur128)", ("pyebur128",), compare, within)


def integrated_lufs(audio: Audio) -> float:
    """Integrated loudness."""
    import pyebur128

    return float(pyebur128.get_loudness_global(_heard(audio, "MODE_I")))


def range_lu(audio: Audio) -> float:
    """Loudness range."""
    import pyebur128

    return float(pyebur128.get_loudness_range(_heard(audio, "MODE_LRA")))


def true_peak_dbtp(audio: Audio) -> float:
    """True peak."""
    import pyebur128

    meter = _heard(audio, "MODE_TRUE_PEAK")
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
    """Asked every 10 ms; nothing of it is asked before a window is full."""
    meter, step = _meter(audio, mode), audio.rate // 100
    found = [-math.inf]
    for start in range(0, audio.length - step + 1, step):
        _hear(meter, audio.samples[:, start : start + step])
        if start + step >= seconds * audio.rate:
            found.append(float(read(meter)))
    return max(found)


def _heard(audio: Audio, mode: str) -> Any:
    """A meter that has heard all of a sound."""
    meter = _meter(audio, mode)
    _hear(meter, audio.samples)
    return meter


def _meter(audio: Audio, mode: str) -> Any:
    import pyebur128

    return pyebur128.R128State(audio.channels, audio.rate, getattr(pyebur128.MeasurementMode, mode))


def _hear(meter: Any, samples: np.ndarray) -> None:
    meter.add_frames(np.ascontiguousarray(samples.T).ravel(), samples.shape[1])
