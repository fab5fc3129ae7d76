"""Error of the knobs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from automix_bench.answer_metrics.settings_metric import Placed, matched, settings_metric
from automix_bench.effect import Chain, Effect
from automix_bench.settings import Knob, Option

__all__ = ["knob_error"]

_BY_RATIO = ("Hz", "ms", "s", "dB in per dB out", "dB out per dB in", "kbps")


def _in_natural_units(*, reference: Chain, estimate: Chain) -> Mapping[str, float]:
    """The error of each knob in its own unit, by names such as `compressor-1.threshold_db`: for a
    row of numbers the mean, for a word 0 or 1. NaN for all knobs of an effect that the estimate
    lacks."""
    differences = {}
    for one, other in matched(reference=reference, estimate=estimate):
        for name, spec in one.effect.settings().items():
            apart = math.nan if other is None else _apart(spec, name, one.effect, other.effect)
            differences[f"{one.name}-{one.turn}.{name}"] = apart
    return differences


@settings_metric(
    unit="of the range",
    better="lower",
    low=0.0,
    high=1.0,
    perfect=0.0,
    source="mean absolute error of normalised parameters, as in Steinmetz et al., Style transfer "
    "of audio effects with differentiable signal processing, JAES 70(9), 2022",
    details=_in_natural_units,
)
def knob_error(*, reference: Chain, estimate: Chain) -> float:
    """Mean absolute error of the knobs, each as a part of its range.

        mean over knobs k of | p(e_k) - p(r_k) |
        p(x) = (x - low) / (high - low), or log(x / low) / log(high / low)

    The knobs are those of the reference's effects. p is the place in the range that the effect
    declares. It is logarithmic for frequencies, times, ratios and bit rates whose range begins
    above 0, and linear for all other knobs. A knob that is a row of numbers counts once, by their
    mean. A word counts 0 if it is the same, else 1. Every knob of an effect that the estimate lacks
    counts 1. Effects that only the estimate has do not count: use `settings/effect_presence_f1` for
    them. Effects are matched as in `settings/order_tau`. `details` gives each knob in its own unit.

    Undefined (NaN) for a reference whose effects have no knobs here: it has no effects, or none
    that is installed.
    """
    errors = [
        error
        for one, other in matched(reference=reference, estimate=estimate)
        for error in _errors(one, other)
    ]
    return math.fsum(errors) / len(errors) if errors else math.nan


def _errors(one: Placed, other: Placed | None) -> Iterator[float]:
    for name, spec in one.effect.settings().items():
        yield 1.0 if other is None else _off(spec, name, one.effect, other.effect)


def _off(spec: Knob | Option, name: str, one: Effect, other: Effect) -> float:
    if isinstance(spec, Option):
        return float(getattr(one, name) != getattr(other, name))
    rows = [[_part(spec, value) for value in _row(getattr(knobs, name))] for knobs in (one, other)]
    return _mean_apart(*rows)


def _apart(spec: Knob | Option, name: str, one: Effect, other: Effect) -> float:
    if isinstance(spec, Option):
        return float(getattr(one, name) != getattr(other, name))
    return _mean_apart(_row(getattr(one, name)), _row(getattr(other, name)))


def _part(spec: Knob, value: float) -> float:
    if spec.high == spec.low:
        return 0.0
    if spec.unit in _BY_RATIO and spec.low > 0.0:
        return math.log(value / spec.low) / math.log(spec.high / spec.low)
    return (value - spec.low) / (spec.high - spec.low)


def _row(value: Any) -> list[float]:
    return list(value) if isinstance(value, tuple) else [value]


def _mean_apart(one: list[float], other: list[float]) -> float:
    return math.fsum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)
