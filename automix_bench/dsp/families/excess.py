"""Metrics of what a sound has too much of: only what the reference has less of counts."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Unpack

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.artifact import Artifact
from automix_bench.metric import Card, Metric, metric


def excess_metric(**card: Unpack[Card]) -> Callable[[Callable[[Audio], float]], Metric]:
    """Make a metric of how much of a fault a sound has, `(audio) -> float`: what the estimate's
    exceeds the reference's by, 0 if it does not. Where that is not finite it is undefined: of the
    reference, then the value is NaN; of the estimate alone, then it is the worst."""

    def decorate(value: Callable[[Audio], float]) -> Metric:
        @functools.wraps(value)
        def excess(*, reference: Audio, estimate: Audio) -> float:
            wanted = value(reference)
            if not math.isfinite(wanted):
                return math.nan
            got = value(estimate)
            return max(got - wanted, 0.0) if math.isfinite(got) else math.inf

        return replace(metric(**card)(excess), value=value)

    return decorate


def per_minute(found: Iterable[Artifact], audio: Audio, apart_seconds: float) -> float:
    """How many there are in a minute; those of any channels that begin within `apart_seconds` of
    the last one counted are one. NaN for silence."""
    if not audio.samples.any():
        return math.nan
    apart, counted, last = apart_seconds * audio.rate, 0, -math.inf
    for one in sorted(found, key=lambda one: one.sample):
        if one.sample - last > apart:
            counted, last = counted + 1, one.sample
    return 60.0 * counted / audio.seconds
