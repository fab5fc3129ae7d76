"""The contract of a metric of settings: how close one chain of effects comes to another, by its
knobs or by its sound. Two consoles are compared place by place."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, Unpack, runtime_checkable

from automix_bench import plugin
from automix_bench.console import Console
from automix_bench.consoles.console_json import Unavailable
from automix_bench.effect import Chain, Effect, Fitted
from automix_bench.metric import Ranged, RangedCard


@runtime_checkable
class MeasureSettings(Protocol):
    """Compare one chain with its reference. Keywords only."""

    def __call__(self, *, reference: Chain, estimate: Chain) -> float: ...


@runtime_checkable
class Details(Protocol):
    """The parts of a value, by name."""

    def __call__(self, *, reference: Chain, estimate: Chain) -> Mapping[str, float]: ...


@dataclass(frozen=True)
class SettingsMetric(Ranged):
    """A measurement on two chains, code and card in one.

    Attributes:
        name: the file's, with its folder's in front: `settings/…`.
        unit: of the value.
        better: "higher" or "lower".
        low, high: the range. A value beyond it is reported as its nearer end.
        perfect: the value of a chain against itself.
        source: the equation or paper that the code follows.
        description: the function's docstring.
        measure: the function. NaN means "undefined for this reference", never "failed".
        details: the parts that the value is made of; None for a value without parts.
    """

    source: str
    description: str
    measure: MeasureSettings
    details: Details | None = None

    def __call__(self, *, reference: Chain, estimate: Chain) -> float:
        """The value, within `[low, high]`, or NaN where it is undefined."""
        return self.held(self.measure(reference=reference, estimate=estimate))

    def of_consoles(self, *, reference: Console, estimate: Console) -> dict[str, float]:
        """The value at each place of either console, by its name, such as `vocals`, `group drums`
        or `bus`. A place that one console lacks is an empty chain there. The preparation of stems
        before the console does not count."""
        expected, got = _places(reference), _places(estimate)
        return {
            place: self(reference=expected.get(place, Chain()), estimate=got.get(place, Chain()))
            for place in {**expected, **got}
        }


def _places(console: Console) -> dict[str, Chain]:
    return {name: chain for name, chain in console.places() if not name.startswith("prepared ")}


class SettingsCard(RangedCard, total=False):
    """The arguments of the decorator; all but `details` must be given."""

    details: Details


def settings_metric(
    **card: Unpack[SettingsCard],
) -> Callable[[MeasureSettings], SettingsMetric]:
    """Make a metric of a function `(*, reference, estimate)` of chains; it takes the function's
    name and docstring."""

    def decorate(measure: MeasureSettings) -> SettingsMetric:
        return SettingsMetric(
            name=plugin.name_within("metrics", measure),
            description=inspect.getdoc(measure) or "",
            measure=measure,
            **card,
        )

    return decorate


@dataclass(frozen=True)
class Placed:
    """An effect in a chain.

    Attributes:
        name: its plug-in's.
        turn: 1-based index among effects of the same kind in the chain.
        place: 0-based index in the chain.
        effect: the effect itself; for a `Fitted` one, the effect inside it.
    """

    name: str
    turn: int
    place: int
    effect: Effect


def placed(chain: Chain) -> Iterator[Placed]:
    """The effects of a chain, in order."""
    turns: Counter[str] = Counter()
    for place, effect in enumerate(chain.effects):
        plain = effect.effect if isinstance(effect, Fitted) else effect
        name = (
            plain.name if isinstance(plain, Unavailable) else plugin.name_of("effects", type(plain))
        )
        turns[name] += 1
        yield Placed(name, turns[name], place, plain)


def matched(*, reference: Chain, estimate: Chain) -> list[tuple[Placed, Placed | None]]:
    """Each effect of the reference, with the effect of the estimate that has the same name and
    turn; None if there is none."""
    there = {(one.name, one.turn): one for one in placed(estimate)}
    return [(one, there.get((one.name, one.turn))) for one in placed(reference)]
