"""What a program that cannot hear is told of a sound: level, dynamics, spectrum, stereo image.

Most numbers are the properties that metrics of the same names compare, as in `automix-bench
measure`; each metric's card has its equation.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.memo import sharing
from automix_bench.dsp.traits import CENTRES_HZ, spectrum_db
from automix_bench.metric import Metric
from automix_bench.metrics.centroid_error import centroid_error
from automix_bench.metrics.correlation_error import correlation_error
from automix_bench.metrics.crest_error import crest_error
from automix_bench.metrics.imbalance_error import imbalance_error
from automix_bench.metrics.loudness_error import loudness_error
from automix_bench.metrics.loudness_range_error import loudness_range_error
from automix_bench.metrics.plr_error import plr_error
from automix_bench.metrics.rms_error import rms_error
from automix_bench.metrics.short_term_max_error import short_term_max_error
from automix_bench.metrics.true_peak_error import true_peak_error
from automix_bench.metrics.width_error import width_error

_BLOCK_SECONDS = 0.05
_QUIET_DB = -40.0
_OCTAVE_CENTRES_HZ = (31.5, 63, 125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000)
_DIGITS = 3


def _of(metric: Metric) -> Callable[[Audio], float]:
    """The property that a metric compares; NaN where a sound does not have it."""

    def measure(audio: Audio) -> float:
        assert metric.value is not None
        try:
            return metric.value(audio)
        except ValueError:  # such as a rate that it does not take
            return math.nan

    return measure


def active_share(audio: Audio) -> float:
    """The share of blocks of 50 ms whose power is within 40 dB of that of the loudest block; NaN
    for silence."""
    length = max(1, round(_BLOCK_SECONDS * audio.rate))
    square = np.square(audio.samples, dtype=np.float64).sum(axis=0)
    powers = np.pad(square, (0, -square.size % length)).reshape(-1, length).sum(axis=1)
    if not powers.max() > 0.0:
        return math.nan
    return float(np.mean(powers >= powers.max() * 10.0 ** (_QUIET_DB / 10.0)))


def octaves_db(audio: Audio) -> tuple[float, ...]:
    """The long-term power in ten octaves from 31.5 Hz to 16 kHz, each relative to that of the whole
    spectrum, in dB. No octave counts as lower than -80 dB."""
    powers = 10.0 ** (spectrum_db(audio) / 10.0)
    floor = 10.0**-8
    middle = int(np.argmin(np.abs(CENTRES_HZ - 1_000.0)))
    first = middle - 3 * _OCTAVE_CENTRES_HZ.index(1_000) - 1
    thirds = (powers[first + 3 * octave :][:3].sum() for octave in range(len(_OCTAVE_CENTRES_HZ)))
    return tuple(10.0 * math.log10(max(float(power), floor)) for power in thirds)


_centroid_octaves = _of(centroid_error)

_MEASURES: dict[str, tuple[Callable[[Audio], float], str]] = {
    "loudness": (_of(loudness_error), "LUFS"),
    "short_term_max": (_of(short_term_max_error), "LUFS"),
    "loudness_range": (_of(loudness_range_error), "LU"),
    "true_peak": (_of(true_peak_error), "dBTP"),
    "rms": (_of(rms_error), "dBFS"),
    "crest": (_of(crest_error), "dB"),
    "plr": (_of(plr_error), "LU"),
    "active_share": (active_share, "1"),
    "centroid": (lambda audio: 1_000.0 * 2.0 ** _centroid_octaves(audio), "Hz"),
    "width": (_of(width_error), "dB"),
    "imbalance": (_of(imbalance_error), "1"),
    "correlation": (_of(correlation_error), "1"),
}
_OCTAVES = "octaves"
UNITS = {
    **{name: unit for name, (_, unit) in _MEASURES.items()},
    _OCTAVES: f"dB, at {', '.join(f'{hz:g}' for hz in _OCTAVE_CENTRES_HZ)} Hz",
}
"""The unit of each measurement, by its name."""


def measurements(audio: Audio) -> dict[str, float | list[float] | None]:
    """Every measurement of a sound, by name, rounded to three digits after the point.

    None stands for what the sound does not have: a silent one has no loudness, one of one channel
    no width.
    """
    with sharing():
        values = {name: _rounded(measure(audio)) for name, (measure, _) in _MEASURES.items()}
        sounding = bool(audio.samples.any())
        octaves = [round(level, _DIGITS) for level in octaves_db(audio)] if sounding else None
    return {**values, _OCTAVES: octaves}


def _rounded(value: float) -> float | None:
    return round(value, _DIGITS) if math.isfinite(value) else None
