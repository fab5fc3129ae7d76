"""The contract of a metric, and the decorator that makes a function one."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from automix_bench.audio import Audio


@runtime_checkable
class Measure(Protocol):
    """Compare one estimate with its reference. Keywords only: the two are never swapped."""

    def __call__(self, *, reference: Audio, estimate: Audio) -> float: ...


@dataclass(frozen=True)
class Metric:
    """A measurement on one pair, code and card in one. What many come to is the scorecard's.

    Attributes:
        name: the function's, and the file's.
        unit: of the value.
        better: which way is up.
        low, high: the range. A measurement beyond it is reported as its end, so an infinite ratio
            (an exact copy) or an infinite error (silence) still has a mean.
        perfect: the value of a signal against itself.
        blind_to: changes of the estimate that do not move the value, of these: "gain" (halved),
            "polarity" (all channels turned over), "delay" (10 ms later), "channel swap" (left
            and right exchanged), "stereo" (left and right turned into each other at equal power).
            The tests hold a metric to what it says here, and to what it does not say.
        symmetric: swapping reference and estimate leaves the value as it is.
        source: the equation, paper or standard the code follows.
        description: the function's docstring.
        measure: NaN means "undefined for this reference", never "failed".
    """

    name: str
    unit: str
    better: Literal["higher", "lower"]
    low: float
    high: float
    perfect: float
    blind_to: tuple[str, ...]
    symmetric: bool
    source: str
    description: str
    measure: Measure

    def __post_init__(self) -> None:
        if not self.low <= self.perfect <= self.high:
            raise ValueError(f"{self.name}: perfect {self.perfect} is not in its own range")

    @property
    def worst(self) -> float:
        """What a failed item is given."""
        return self.low if self.better == "higher" else self.high

    def __call__(self, *, reference: Audio, estimate: Audio) -> float:
        """The value, within `[low, high]`, or NaN where it is undefined.

        Raises:
            ValueError: the two differ in channels, length or rate. Nothing is trimmed or resampled.
        """
        if reference.samples.shape != estimate.samples.shape or reference.rate != estimate.rate:
            raise ValueError(
                f"{self.name}: the estimate must match its reference, "
                f"{reference.samples.shape} at {reference.rate} Hz, "
                f"got {estimate.samples.shape} at {estimate.rate} Hz"
            )
        value = self.measure(reference=reference, estimate=estimate)
        return value if math.isnan(value) else min(max(value, self.low), self.high)


def metric(
    *,
    unit: str,
    better: Literal["higher", "lower"],
    low: float,
    high: float,
    perfect: float,
    source: str,
    blind_to: tuple[str, ...] = (),
    symmetric: bool = False,
) -> Callable[[Measure], Metric]:
    """Make a metric of a function `(*, reference, estimate)`; it takes the function's name and
    docstring."""

    def decorate(measure: Measure) -> Metric:
        function: Any = measure
        return Metric(
            function.__name__, unit, better, low, high, perfect, blind_to, symmetric, source,
            inspect.getdoc(measure) or "", measure,
        )  # fmt: skip

    return decorate
