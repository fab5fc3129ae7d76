"""The contract of a metric of settings: how close one chain of effects comes to another, knob by
knob or by what it does; and two consoles, place by place."""

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
    """Compare one chain with the one that was wanted. Keywords only."""

    def __call__(self, *, reference: Chain, estimate: Chain) -> float: ...


@runtime_checkable
class Details(Protocol):
    """What a value is made of, by name."""

    def __call__(self, *, reference: Chain, estimate: Chain) -> Mapping[str, float]: ...


@dataclass(frozen=True)
class SettingsMetric(Ranged):
    """A measurement on two chains, code and card in one.

    Attributes:
        name: the file's, with its folder's in front: `settings/…`.
        unit: of the value.
        better: which way is up.
        low, high: the range. A measurement beyond it is reported as its end.
        perfect: the value of a chain against itself.
        source: the equation or paper the code follows.
        description: the function's docstring.
        measure: NaN means "undefined for this reference", never "failed".
        details: what the value is made of; None of one that is made of one thing.
    """

    source: str
    description: str
    measure: MeasureSettings
    details: Details | None = None

    def __call__(self, *, reference: Chain, estimate: Chain) -> float:
        """The value, within `[low, high]`, or NaN where it is undefined."""
        return self.held(self.measure(reference=reference, estimate=estimate))

    def of_consoles(self, *, reference: Console, estimate: Console) -> dict[str, float]:
        """The value at each place of either, by its name, such as `vocals`, `group drums` or
        `bus`; a place that one of them lacks is an empty chain there. What stems went through
        before the desk is no part of it."""
        wanted, got = _places(reference), _places(estimate)
        return {
            place: self(reference=wanted.get(place, Chain()), estimate=got.get(place, Chain()))
            for place in {**wanted, **got}
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
        turn: which of its kind it is in the chain, from 1 on.
        place: its place in the chain, from 0 on.
        effect: without what was wanted of it, where its knobs were found on a sound.
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
    """Each effect of the reference, with the one of the estimate that stands for it: of those of
    its kind the one whose turn it is; None if there is none."""
    there = {(one.name, one.turn): one for one in placed(estimate)}
    return [(one, there.get((one.name, one.turn))) for one in placed(reference)]
