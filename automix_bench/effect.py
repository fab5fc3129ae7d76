"""The contract of an effect; effects in a chain; effects left to chance.

An effect object is a processor with its knobs set. A knob's legal range and unit are declared
once, on the field; a recipe narrows it with a sampler; a shard stores the number that was drawn.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.errors import UsageError
from automix_bench.sampling import Bounded, Constant, Sampler, Seed


class Unsuitable(ValueError):
    """Audio that an effect with these knobs cannot take: mono for a pan, a rate too low for a
    filter's frequency. The message says what was wanted, what came and what to do."""


@dataclass(frozen=True)
class Knob:
    """The legal range of one parameter, both ends included, and its unit."""

    low: float
    high: float
    unit: str

    def demand(self, effect: type, name: str, value: float) -> None:
        """Refuse a value out of the range.

        Raises:
            ValueError: it is.
        """
        if not self.low <= value <= self.high:
            raise ValueError(
                f"{effect.__name__}.{name} must lie in [{self.low}, {self.high}] {self.unit}, "
                f"got {value}"
            )


def knob(low: float, high: float, unit: str) -> Any:
    """Declare a dataclass field that is a knob."""
    return field(metadata={"knob": Knob(low, high, unit)})


@dataclass(frozen=True)
class Effect(ABC):
    """A processor with its knobs set. Calling it returns new audio of the same rate and shape,
    or raises `Unsuitable`.

    Class attributes:
        irreversible: why `inverse` is None, in one line; empty where there is an inverse.
    """

    irreversible: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for name, spec in self.knobs().items():
            value = getattr(self, name)
            spec.demand(type(self), name, value)
            object.__setattr__(self, name, float(value))

    @classmethod
    def knobs(cls) -> dict[str, Knob]:
        """Every knob of this effect, by name, in the order declared."""
        return {f.name: f.metadata["knob"] for f in fields(cls) if "knob" in f.metadata}

    @classmethod
    def random(cls, *, chance: float = 1.0, **knobs: float | Sampler[float]) -> Random:
        """This effect with its knobs left to chance; every knob gets a sampler or a number.

        Raises:
            TypeError: a knob is missing, or there is none of that name.
            ValueError: a number, or an end of a sampler that knows its ends, is out of its knob's
                range; or the chance is not from 0 to 1.
        """
        if knobs.keys() != cls.knobs().keys():
            raise TypeError(
                f"{cls.__name__} has the knobs {sorted(cls.knobs())}, got {sorted(knobs)}"
            )
        for name, spec in cls.knobs().items():
            value = knobs[name]
            ends = value.ends() if isinstance(value, Bounded) else (value, value)
            for end in ends:
                if isinstance(end, int | float):
                    spec.demand(cls, name, end)
        samplers = {
            name: Constant(float(value)) if isinstance(value, int | float) else value
            for name, value in knobs.items()
        }
        return Random(cls, samplers, chance)

    @abstractmethod
    def __call__(self, audio: Audio) -> Audio: ...

    @abstractmethod
    def inverse(self) -> Effect | None:
        """The effect that undoes this one, or None where information is lost."""


@dataclass(frozen=True)
class Chain:
    """Effects in series. The empty chain changes nothing."""

    effects: tuple[Effect, ...] = ()

    def __call__(self, audio: Audio) -> Audio:
        for effect in self.effects:
            audio = effect(audio)
        return audio

    def inverse(self) -> Chain | None:
        """Each effect undone, last first; None if any of them cannot be."""
        undone = [effect.inverse() for effect in reversed(self.effects)]
        known = tuple(effect for effect in undone if effect is not None)
        return Chain(known) if len(known) == len(undone) else None


@dataclass(frozen=True)
class Random:
    """An effect that is there with probability `chance`, its knobs not yet set."""

    effect: type[Effect]
    knobs: Mapping[str, Sampler[float]]
    chance: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.chance <= 1.0:
            name = self.effect.__name__
            raise ValueError(f"{name}: a chance lies from 0 to 1, got {self.chance}")

    def sample(self, rng: np.random.Generator) -> Effect | None:
        # Draw the knobs even when the effect is skipped, so that changing one effect's
        # chance leaves every later draw as it was.
        settings = {name: sampler.sample(rng) for name, sampler in self.knobs.items()}
        played = rng.random() < self.chance
        try:
            effect = self.effect(**settings)
        except ValueError as error:
            raise UsageError(f"a recipe drew what its effect refuses: {error}") from error
        return effect if played else None


@dataclass(frozen=True)
class RandomChain:
    """Random effects in series: in the order given, or shuffled."""

    effects: tuple[Random, ...] = ()
    shuffled: bool = False

    def draw(self, seed: Seed) -> Chain:
        """The chain that belongs to `seed`. Each effect has a generator of its own, named by its
        place in the list, so adding one at the end leaves the others as they were."""
        drawn = [
            effect.sample((seed / place / effect.effect.__name__).rng())
            for place, effect in enumerate(self.effects)
        ]
        order = np.arange(len(drawn))
        if self.shuffled:
            order = (seed / "order").rng().permutation(len(drawn))
        return Chain(tuple(effect for i in order if (effect := drawn[i]) is not None))
