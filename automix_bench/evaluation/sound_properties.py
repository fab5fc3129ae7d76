"""The properties of one sound that metrics compare: loudness, peak, width and others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from automix_bench.audio import Audio
from automix_bench.catalogue.metrics import built_in, not_installed
from automix_bench.dsp.memo import sharing
from automix_bench.metric import Metric


@dataclass(frozen=True)
class Property:
    """A property of a sound.

    Attributes:
        name: the name of its metric without `_error`.
        value: not finite where it is undefined.
    """

    name: str
    value: float
    unit: str


def properties(audio: Audio, *, slow: bool = False) -> tuple[Property, ...]:
    """Measure the property of each metric that compares one, in the order of the metrics' names.

    Metrics whose packages are not installed are left out. So are metrics that are kept as they were
    published although a better one exists.

    Args:
        slow: include the metrics that are not `cheap`.
    """
    with sharing():
        return tuple(
            Property(metric.name.removesuffix("_error"), value(audio), metric.unit)
            for metric in _of_a_property()
            if (slow or metric.cheap) and (value := metric.value) is not None
        )


def _of_a_property() -> Iterator[Metric]:
    for metric in built_in():
        if metric.value is not None and not metric.instead and not not_installed(metric):
            yield metric
