"""The contract of a metric, and the decorators that turn a function into one."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypedDict, Unpack, runtime_checkable

from automix_bench import plugin
from automix_bench.audio import Audio

CHANGES = ("gain", "polarity", "delay", "channel swap", "stereo", "silence", "truncation")
"""Changes of the estimate that a metric may be blind to; see `Metric.blind_to`."""


@runtime_checkable
class Measure(Protocol):
    """Compare one estimate with its reference. Keywords only: the two are never swapped."""

    def __call__(self, *, reference: Audio, estimate: Audio) -> float: ...


@runtime_checkable
class MeasureStems(Protocol):
    """Compare the stems of one answer with their references, where the value of one stem depends on
    the others. Returns a value for each stem of `references`; `estimates` may lack some."""

    def __call__(
        self, *, references: Mapping[str, Audio], estimates: Mapping[str, Audio]
    ) -> Mapping[str, float]: ...


@dataclass(frozen=True)
class Ranged:
    """A measurement with a unit and a range. `Metric` and `SettingsMetric` explain the fields."""

    name: str
    unit: str
    better: Literal["higher", "lower"]
    low: float
    high: float
    perfect: float

    def __post_init__(self) -> None:
        if not self.low <= self.perfect <= self.high:
            raise ValueError(f"{self.name}: perfect {self.perfect} is not in its own range")

    @property
    def sign(self) -> float:
        """1 where higher is better, -1 where lower is: value times sign is then better if
        higher."""
        return 1.0 if self.better == "higher" else -1.0

    @property
    def worst(self) -> float:
        """The value of a failed item."""
        return self.low if self.better == "higher" else self.high

    @property
    def after_number(self) -> str:
        """The unit with a space before it; empty for a measurement without unit."""
        return "" if self.unit == "1" else f" {self.unit}"

    def held(self, value: float) -> float:
        """The value, or the nearer end of the range for a value beyond it. NaN stays NaN."""
        return value if math.isnan(value) else float(min(max(value, self.low), self.high))


class RangedCard(TypedDict):
    """Facts that the card of every ranged measurement has."""

    unit: str
    better: Literal["higher", "lower"]
    low: float
    high: float
    perfect: float
    source: str


@dataclass(frozen=True)
class Known:
    """A pair of sounds whose value can be worked out by hand.

    Attributes:
        what: the pair and the calculation, in one line.
        pair: makes the reference and the estimate.
        value: the result of the calculation, in the metric's unit.
        within: the tolerance, in the metric's unit.
    """

    what: str
    pair: Callable[[], tuple[Audio, Audio]]
    value: float
    within: float


@dataclass(frozen=True)
class Peer:
    """An outside implementation of the same measurement.

    Attributes:
        name: of the implementation.
        packages: the packages it needs, by the names they are imported by.
        compare: calls the implementation, which it imports inside.
        within: how far ours may differ from it on music, in the metric's unit.
    """

    name: str
    packages: tuple[str, ...]
    compare: Measure
    within: float


@dataclass(frozen=True)
class Metric(Ranged):
    """A measurement on one pair of sounds, code and card in one. `automix_bench.scorecard` combines
    the values of many pairs.

    Attributes:
        name: the file's, with the name of its folder in front if it lies in one: `legacy/…`.
        unit: of the value.
        better: "higher" or "lower".
        low, high: the range. A value beyond it is reported as its nearer end, so an infinite ratio
            (an exact copy) or an infinite error (silence) still has a mean.
        perfect: the value of a signal against itself.
        step: a change of the value that matters, in its unit: about what can just be heard, or
            what papers quote as a difference.
        blind_to: changes of the estimate that do not move the value by a step, out of `CHANGES`:
            "gain" (halved), "polarity" (all channels reversed), "delay" (10 ms later), "channel
            swap" (left and right exchanged), "stereo" (left and right rotated into each other at
            equal power), "silence" (all zeros), "truncation" (the last third zeros). The tests
            check both what is listed here and what is not.
        sees: the graded degradations of `proofs/degradations.py` that it puts in their order.
        ranks: whether it claims to be fit to stand first in a task; see `proofs/eligibility.py`.
        symmetric: whether swapping reference and estimate leaves the value as it is.
        source: the equation, paper or standard that the code follows.
        description: the function's docstring.
        measure: the function. NaN means "undefined for this reference", never "failed".
        value: for metrics that compare a property of one sound: that property, in `unit`.
        stems: for metrics in which stems depend on each other: measures all of them at once.
        known, peers: evidence that the code is right.
        license: of the weights or the code that it uses.
        packages: packages it needs beyond those of this package, by the names they are installed
            by.
        cheap: whether a minute of sound takes it less than three seconds on one core.
        instead: for a metric kept as it was published: the name of the metric to use instead.
    """

    blind_to: tuple[str, ...]
    symmetric: bool
    source: str
    description: str
    measure: Measure
    step: float = 0.2
    sees: tuple[str, ...] = ()
    ranks: bool = False
    value: Callable[[Audio], float] | None = None
    stems: MeasureStems | None = None
    known: tuple[Known, ...] = ()
    peers: tuple[Peer, ...] = ()
    license: str = "Apache-2.0"
    packages: tuple[str, ...] = ()
    cheap: bool = True
    instead: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if strange := set(self.blind_to) - set(CHANGES):
            raise ValueError(f"{self.name}: blind to {sorted(strange)}, must be some of {CHANGES}")

    @property
    def written_in(self) -> str:
        """The module of the function that measures."""
        function: Any = self.stems or self.value or self.measure
        while isinstance(function, functools.partial):
            function = function.func
        return str(getattr(function, "__module__", ""))

    def __call__(self, *, reference: Audio, estimate: Audio) -> float:
        """The value, within `[low, high]`, or NaN where it is undefined.

        Raises:
            ValueError: the two sounds differ in channels, length or rate. Nothing is trimmed or
                resampled.
            MissingPart: a package that the metric needs is not installed.
        """
        self._demand_alike(reference, estimate)
        return self.held(self.measure(reference=reference, estimate=estimate))

    def of_stems(
        self, *, references: Mapping[str, Audio], estimates: Mapping[str, Audio]
    ) -> dict[str, float]:
        """The value of each stem that both have, within `[low, high]`, or NaN.

        Raises:
            ValueError: as `__call__`.
        """
        common = {name: estimates[name] for name in references if name in estimates}
        if not common:
            return {}
        for name, estimate in common.items():
            self._demand_alike(references[name], estimate)
        if self.stems is None:
            values: Mapping[str, float] = {
                name: self.measure(reference=references[name], estimate=estimate)
                for name, estimate in common.items()
            }
        else:
            values = self.stems(references=references, estimates=common)
        return {name: self.held(values[name]) for name in common}

    def _demand_alike(self, reference: Audio, estimate: Audio) -> None:
        if reference.samples.shape != estimate.samples.shape or reference.rate != estimate.rate:
            raise ValueError(
                f"{self.name}: the estimate must match its reference, "
                f"{reference.samples.shape} at {reference.rate} Hz, "
                f"got {estimate.samples.shape} at {estimate.rate} Hz"
            )


class Name(TypedDict, total=False):
    """Name and description of a metric. Without them, those of the decorated function are taken."""

    name: str
    description: str


class MetricCard(RangedCard, Name, total=False):
    """The arguments of the decorators; those that `Metric` has a default for may be left out."""

    blind_to: tuple[str, ...]
    symmetric: bool
    step: float
    sees: tuple[str, ...]
    ranks: bool
    known: tuple[Known, ...]
    peers: tuple[Peer, ...]
    license: str
    packages: tuple[str, ...]
    cheap: bool
    instead: str


def of_file(module: str, doc: str | None) -> Name:
    """The name and the description of the metric in a plug-in file, from the file's `__name__` and
    `__doc__`. Functions that build the metrics of several files use it (`dsp/families`)."""
    name = module.rpartition(".metrics.")[2].replace(".", "/")
    return {"name": name, "description": inspect.cleandoc(doc or "")}


def metric(**card: Unpack[MetricCard]) -> Callable[[Measure], Metric]:
    """Make a metric of a function `(*, reference, estimate)`. The metric takes the function's name
    and docstring."""

    def decorate(measure: Measure) -> Metric:
        return _made(measure, card, measure=measure)

    return decorate


def error_metric(**card: Unpack[MetricCard]) -> Callable[[Callable[[Audio], float]], Metric]:
    """Make a metric of a property of one sound, `(audio) -> float`: the absolute difference of the
    estimate's property from the reference's. The value is NaN where the reference's property is not
    finite, and the worst value where only the estimate's is not finite."""

    def decorate(value: Callable[[Audio], float]) -> Metric:
        def error(*, reference: Audio, estimate: Audio) -> float:
            expected = value(reference)
            if not math.isfinite(expected):
                return math.nan
            got = value(estimate)
            return abs(got - expected) if math.isfinite(got) else math.inf

        return _made(value, {"symmetric": True, **card}, measure=error, value=value)

    return decorate


def stems_metric(
    sounds: Callable[[Audio], bool] | None = None, **card: Unpack[MetricCard]
) -> Callable[[MeasureStems], Metric]:
    """Make a metric of a function `(*, references, estimates)`, in which stems depend on each
    other. A pair outside any song is measured as the only stem. With `sounds`, the value is NaN in
    songs with fewer than two references that sound: no stem is then compared with another."""

    def decorate(stems: MeasureStems) -> Metric:
        @functools.wraps(stems)
        def of_song(**song: Mapping[str, Audio]) -> Mapping[str, float]:
            if sounds and sum(map(sounds, song["references"].values())) < 2:
                return dict.fromkeys(song["estimates"], math.nan)
            return stems(**song)

        def alone(*, reference: Audio, estimate: Audio) -> float:
            return stems(references={"mix": reference}, estimates={"mix": estimate})["mix"]

        return _made(stems, card, measure=alone, stems=of_song)

    return decorate


def _made(function: Any, card: Mapping[str, Any], **measures: Any) -> Metric:
    facts = {"blind_to": (), "symmetric": False, **card, **measures}
    if "name" not in facts:
        facts |= {
            "name": plugin.name_within("metrics", function),
            "description": inspect.getdoc(function) or "",
        }
    return Metric(**facts)
