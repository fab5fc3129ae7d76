"""The contract of a metric of values: how close the numbers of an answer come to the true ones."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, Unpack, runtime_checkable

from automix_bench import plugin
from automix_bench.metric import Ranged, RangedCard

TOGETHER = "all"
"""The name under which a value of all numbers together is scored."""

Values = Mapping[str, float]


@runtime_checkable
class MeasureValue(Protocol):
    """Compare one number with its reference. Keywords only: the two are never swapped."""

    def __call__(self, *, reference: float, estimate: float) -> float: ...


@runtime_checkable
class MeasureValues(Protocol):
    """Compare the numbers of one answer, by name, with their references."""

    def __call__(self, *, reference: Values, estimate: Values) -> float: ...


@dataclass(frozen=True)
class ValuesMetric(Ranged):
    """A measurement on the numbers of one example, code and card in one.

    Attributes:
        name: the file's, with its folder's in front: `values/…`.
        unit: of the result.
        better: "higher" or "lower".
        low, high: the range. A result beyond it is reported as its nearer end.
        perfect: the result of numbers against themselves.
        source: the equation or paper that the code follows.
        description: the function's docstring.
        each: compares one number with its reference; None for a metric of all together.
        together: compares all numbers of an example; None for a metric of each. NaN means
            "undefined for these references", never "failed".
        ranks: whether it is fit to stand first in a task: the tests prove that it is perfect for
            the truth alone, and that it never improves while a number moves away from its truth.
    """

    source: str
    description: str
    each: MeasureValue | None = None
    together: MeasureValues | None = None
    ranks: bool = False
    blind_to: tuple[str, ...] = ()

    def names(self, reference: Values) -> tuple[str, ...]:
        """Under which names the numbers of an example are scored; none if it has no numbers."""
        together = (TOGETHER,) if reference else ()
        return tuple(reference) if self.each is not None else together

    def __call__(self, *, reference: Values, estimate: Values) -> dict[str, float]:
        """The result under each of `names`, within `[low, high]`, or NaN where it is undefined.

        Args:
            reference: the true numbers, by name.
            estimate: those of an answer. Numbers of other names do not count.

        Raises:
            ValueError: the answer lacks a number.
        """
        if lacking := sorted(reference.keys() - estimate.keys()):
            raise ValueError(f"{self.name}: expected a number {lacking[0]}, got {sorted(estimate)}")
        if self.each is not None:
            return {
                name: self.held(self.each(reference=value, estimate=estimate[name]))
                for name, value in reference.items()
            }
        assert self.together is not None
        common = {name: estimate[name] for name in reference}
        value = self.together(reference=reference, estimate=common) if reference else math.nan
        return {TOGETHER: self.held(value)}


class ValuesCard(RangedCard, total=False):
    """The arguments of the decorators; all but `ranks` must be given."""

    ranks: bool


def value_metric(**card: Unpack[ValuesCard]) -> Callable[[MeasureValue], ValuesMetric]:
    """Make a metric of a function `(*, reference, estimate)` of one number; it takes the function's
    name and docstring."""

    def decorate(measure: MeasureValue) -> ValuesMetric:
        name, description = _named(measure)
        return ValuesMetric(name=name, description=description, each=measure, **card)

    return decorate


def values_metric(**card: Unpack[ValuesCard]) -> Callable[[MeasureValues], ValuesMetric]:
    """Make a metric of a function `(*, reference, estimate)` of all numbers of an example, by name;
    it takes the function's name and docstring."""

    def decorate(measure: MeasureValues) -> ValuesMetric:
        name, description = _named(measure)
        return ValuesMetric(name=name, description=description, together=measure, **card)

    return decorate


def _named(measure: Callable[..., float]) -> tuple[str, str]:
    return plugin.name_within("metrics", measure), inspect.getdoc(measure) or ""
