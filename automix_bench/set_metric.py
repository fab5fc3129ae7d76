"""The contract of a metric of two sets of sounds, and the decorator that turns a function into one.
A metric compares one sound with its reference. A set metric compares all answers with all targets,
through an embedding."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypedDict, Unpack, runtime_checkable

import numpy as np
from jaxtyping import Float

from automix_bench import plugin
from automix_bench.errors import UsageError

Set = Float[np.ndarray, "_ _"]  # (vectors, dimensions)


@runtime_checkable
class Distance(Protocol):
    """Compare two sets of vectors of equal dimensions. Keywords only: the two are never swapped."""

    def __call__(self, *, reference: Set, estimate: Set) -> float: ...


@dataclass(frozen=True)
class SetMetric:
    """A distance of two sets of vectors, code and card in one.

    Attributes:
        name: the file's, with its folder's in front: `sets/…`.
        unit: of the value.
        better: "higher" or "lower".
        perfect: the expected value for two large sets of one distribution.
        symmetric: whether swapping the sets leaves the value as it is.
        source: the paper that the code follows.
        description: the function's docstring.
        distance: the function. It gets only sets of at least `least` vectors.
        least: the number of vectors that a set must have.
        license: of the code that it uses.
    """

    name: str
    unit: str
    better: Literal["higher", "lower"]
    perfect: float
    symmetric: bool
    source: str
    description: str
    distance: Distance
    least: int = 2
    license: str = "Apache-2.0"

    def __call__(self, *, reference: Set, estimate: Set) -> float:
        """The value.

        Raises:
            ValueError: the dimensions differ, a vector is not finite, or a set has too few.
        """
        for side, vectors in (("reference", reference), ("estimate", estimate)):
            if len(vectors) < self.least:
                raise ValueError(
                    f"{self.name}: wanted {self.least} vectors or more of the {side}, "
                    f"got {len(vectors)}: give it more sound"
                )
            if not np.isfinite(vectors).all():
                raise ValueError(f"{self.name}: a vector of the {side} is not finite")
        if reference.shape[1] != estimate.shape[1]:
            raise ValueError(
                f"{self.name}: wanted vectors of {reference.shape[1]} dimensions, "
                f"got {estimate.shape[1]}"
            )
        return float(
            self.distance(
                reference=reference.astype(np.float64), estimate=estimate.astype(np.float64)
            )
        )


class _Optional(TypedDict, total=False):
    least: int
    license: str


class SetCard(_Optional):
    """The arguments of the decorator; those that `SetMetric` has a default for may be left out."""

    unit: str
    better: Literal["higher", "lower"]
    perfect: float
    symmetric: bool
    source: str


def set_metric(**card: Unpack[SetCard]) -> Callable[[Distance], SetMetric]:
    """Make a set metric of a function `(*, reference, estimate)`. It takes the function's name and
    docstring; the sets are passed as float64."""

    def decorate(distance: Distance) -> SetMetric:
        return SetMetric(
            name=plugin.name_within("metrics", distance),
            description=inspect.getdoc(distance) or "",
            distance=distance,
            **card,
        )

    return decorate


def set_metric_named(name: str) -> SetMetric:
    """The set metric with a plug-in's name; `fad` is short for `sets/fad`.

    Raises:
        UnknownPlugin: there is no such plug-in.
        UsageError: the plug-in is not a set metric.
    """
    known = plugin.names("metrics")
    full = f"sets/{name}" if name not in known and f"sets/{name}" in known else name
    offered = plugin.load("metrics", full)
    if not isinstance(offered, SetMetric):
        sets = ", ".join(one.removeprefix("sets/") for one in known if one.startswith("sets/"))
        raise UsageError(f"metric {name}: compares no sets of sounds; of sets there are {sets}")
    return offered
