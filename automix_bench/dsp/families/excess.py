"""The metrics `clicks`, `clipped_runs` and `dc_offset`: how much more of a fault the estimate has
than the reference."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Unpack

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.artifact import Artifact
from automix_bench.metric import Metric, MetricCard, metric


def excess_metric(**card: Unpack[MetricCard]) -> Callable[[Callable[[Audio], float]], Metric]:
    """Make a metric from a function `(audio) -> float` that measures how much of a fault a sound
    has. The metric is the excess of the estimate's value over the reference's, or 0 if there is
    none. It is NaN where the reference's value is not finite, and the worst value where only the
    estimate's is not finite."""

    def decorate(value: Callable[[Audio], float]) -> Metric:
        @functools.wraps(value)
        def excess(*, reference: Audio, estimate: Audio) -> float:
            expected = value(reference)
            if not math.isfinite(expected):
                return math.nan
            got = value(estimate)
            return max(got - expected, 0.0) if math.isfinite(got) else math.inf

        return replace(metric(**card)(excess), value=value)

    return decorate


def per_minute(artifacts: Iterable[Artifact], audio: Audio, apart_seconds: float) -> float:
    """The number of artifacts a minute. Artifacts of any channel that begin within `apart_seconds`
    of the last one counted are not counted again. NaN for silence."""
    if not audio.samples.any():
        return math.nan
    apart, counted, last = apart_seconds * audio.rate, 0, -math.inf
    for one in sorted(artifacts, key=lambda one: one.sample):
        if one.sample - last > apart:
            counted, last = counted + 1, one.sample
    return 60.0 * counted / audio.seconds
