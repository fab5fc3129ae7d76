"""The properties of one sound that metrics compare: loudness, peak, width and others."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from automix_bench.audio import Audio
from automix_bench.catalogue.metrics import built_in, not_installed
from automix_bench.dsp import loudness
from automix_bench.dsp.memo import sharing
from automix_bench.metric import Metric

# A metric's unit is that of a difference. These are the units of the properties themselves, where
# they are levels or frequencies; all other properties are ratios or counts.
_ABSOLUTE_UNITS = {
    "loudness": "LUFS",
    "momentary_max": "LUFS",
    "short_term_max": "LUFS",
    "peak": "dBFS",
    "rms": "dBFS",
    "true_peak": "dBTP",
    "bandwidth": "octaves above 1 kHz",
    "centroid": "octaves above 1 kHz",
    "rolloff": "octaves above 1 kHz",
}
_OF_LOUDNESS: Mapping[str, Callable[[Audio], object]] = {
    "loudness": loudness.integrated_lufs,
    "plr": loudness.integrated_lufs,
    "mono_loss": loudness.integrated_lufs,
    "momentary_max": loudness.momentary_max_lufs,
    "short_term_max": loudness.short_term_max_lufs,
    "loudness_range": loudness.loudness_range_lu,
    "psr": loudness.short_term_lufs,
}


@dataclass(frozen=True)
class Property:
    """A property of a sound.

    Attributes:
        name: the name of its metric without `_error`.
        value: not finite where it is undefined.
        unit: of the value. For a level or a frequency it is absolute, such as LUFS, dBFS or dBTP.
        reason: why the value is undefined; empty if it is not.
    """

    name: str
    value: float
    unit: str
    reason: str = ""


def properties(audio: Audio, *, slow: bool = False) -> tuple[Property, ...]:
    """Measure the property of each metric that compares one, in the order of the metrics' names.

    A property that a sound does not have is no error: it has a reason instead of a value. Metrics
    whose packages are not installed are left out. So are metrics that are kept as they were
    published although a better one exists.

    Args:
        slow: include the metrics that are not `cheap`.
    """
    with sharing():
        return tuple(
            _property(metric, value, audio)
            for metric in _of_a_property()
            if (slow or metric.cheap) and (value := metric.value) is not None
        )


def _of_a_property() -> Iterator[Metric]:
    for metric in built_in():
        if metric.value is not None and not metric.instead and not not_installed(metric):
            yield metric


def _property(metric: Metric, measure: Callable[[Audio], float], audio: Audio) -> Property:
    name = metric.name.removesuffix("_error")
    value, error = math.nan, ""
    try:
        value = measure(audio)
    except ValueError as refusal:  # such as a rate that a model of hearing does not take
        error = " ".join(str(refusal).split())
    reason = "" if math.isfinite(value) else error or _why_undefined(name, metric, audio)
    return Property(name, value, _ABSOLUTE_UNITS.get(name, metric.unit), reason)


def _why_undefined(name: str, metric: Metric, audio: Audio) -> str:
    sentence = re.search(r"Undefined \(NaN\) (.*?)(?:\.(?=\s|$)|;)", metric.description, re.DOTALL)
    condition = " ".join(sentence[1].split()) if sentence else "for this sound"
    if not audio.samples.any():
        return "the sound is silent"
    if audio.channels != 2 and "two channels" in condition:
        return f"wants two channels, got {audio.channels}"
    if name in _OF_LOUDNESS:
        try:
            _OF_LOUDNESS[name](audio)
        except loudness.NoLoudness as error:
            return str(error)
        return f"no part is louder than {loudness.GATE_LUFS:g} LUFS"
    return f"undefined {condition}"
