"""Effects left to chance: one, and a chain of them; and how what was drawn meets its sound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.effect import Chain, Effect, Fitted
from automix_bench.errors import UsageError
from automix_bench.normaliser import Normaliser
from automix_bench.sampling import Bounded, Constant, Sampler, Seed
from automix_bench.settings import Knob

Kind = type[Effect] | type[Normaliser]


@dataclass(frozen=True)
class Random:
    """An effect, or a normaliser, that is there with probability `chance`, its settings not yet
    drawn.

    Attributes:
        knobs: a sampler for each setting that is drawn by itself.
        jointly: draws several settings at once, as a mapping; those are not in `knobs`.
    """

    effect: Kind
    knobs: Mapping[str, Sampler[Any]]
    chance: float = 1.0
    jointly: Sampler[Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.chance <= 1.0:
            name = self.effect.__name__
            raise ValueError(f"{name}: a chance lies from 0 to 1, got {self.chance}")

    def sample(self, rng: np.random.Generator) -> Effect | Normaliser | None:
        # Draw the knobs even when the effect is skipped, so that changing one effect's
        # chance leaves every later draw as it was.
        settings = {name: sampler.sample(rng) for name, sampler in self.knobs.items()}
        if self.jointly is not None:
            settings |= self.jointly.sample(rng)
        played = rng.random() < self.chance
        try:
            effect = self.effect(**settings)
        except (ValueError, TypeError) as error:
            raise UsageError(f"a recipe drew what its effect refuses: {error}") from error
        return effect if played else None


def randomly(
    kind: Kind,
    settings: Mapping[str, Any],
    *,
    chance: float = 1.0,
    jointly: Sampler[Mapping[str, Any]] | None = None,
) -> Random:
    """`kind` with its settings left to chance: each is a sampler, or a value that it always has.
    Those with a default may be left out, and those that `jointly` draws must be.

    Raises:
        TypeError: a setting is missing, or there is none of that name.
        ValueError: a value, or an end of a sampler that knows its ends, is out of its range; or
            the chance is not from 0 to 1.
    """
    known = kind.settings()
    missing = kind.required() - settings.keys() if jointly is None else set()
    if missing or settings.keys() - known.keys():
        raise TypeError(f"{kind.__name__} has the knobs {sorted(known)}, got {sorted(settings)}")
    samplers = {}
    for name, spec in known.items():
        if name not in settings:
            continue
        value = settings[name]
        if not isinstance(value, Sampler):
            samplers[name] = Constant(spec.settled(kind, name, value))
            continue
        samplers[name] = value
        if isinstance(value, Bounded):
            for end in value.ends():
                _demand(kind, name, spec, end)
    return Random(kind, samplers, chance, jointly)


def _demand(kind: Kind, name: str, spec: Any, end: Any) -> None:
    if isinstance(spec, Knob) and spec.count and not isinstance(end, tuple):
        end = (end,) * spec.count
    spec.settled(kind, name, end)


@dataclass(frozen=True)
class Drawn:
    """A strip as it was drawn, before it meets its sound: some places may hold normalisers."""

    places: tuple[Effect | Normaliser, ...] = ()

    def settled(self, audio: Audio) -> tuple[Chain, Audio]:
        """The chain with every normaliser's place taken by the effects it finds, and the sound
        that leaves it.

        Raises:
            Unsuitable: an effect cannot take its audio, or a normaliser finds none that can.
        """
        came_in, effects = audio, list[Effect]()
        for place in self.places:
            found = _found(place, audio, came_in) if isinstance(place, Normaliser) else (place,)
            for effect in found:
                audio = effect(audio)
            effects.extend(found)
        return Chain(tuple(effects)), audio

    @property
    def fixed(self) -> bool:
        """Whether no place waits for its sound."""
        return not any(isinstance(place, Normaliser) for place in self.places)


def _found(wanted: Normaliser, audio: Audio, came_in: Audio) -> tuple[Effect, ...]:
    by, said = plugin.name_of("normalise", type(wanted)), tuple(asdict(wanted).items())
    chain = wanted.fitted(audio, came_in)
    return tuple(Fitted(effect, by, said) for effect in chain.effects)


@dataclass(frozen=True)
class RandomChain:
    """Random effects in series: in the order given, or shuffled.

    Attributes:
        effects: each an effect, a normaliser, or a chain within the chain, which keeps together
            when this one is shuffled.
        shuffled: the order is drawn too.
        count: how many of the places are kept, chosen evenly among all of them; None keeps all.
            The chances of the effects hold on top of that.
    """

    effects: tuple[Random | RandomChain, ...] = ()
    shuffled: bool = False
    count: Sampler[int] | None = None

    def draw(self, seed: Seed) -> Drawn:
        """The strip that belongs to `seed`. Each effect has a generator of its own, named by its
        place in the list, so adding one at the end leaves the others as they were."""
        drawn = [
            _drawn(effect, seed / place / _name(effect))
            for place, effect in enumerate(self.effects)
        ]
        order = np.arange(len(drawn))
        if self.shuffled:
            order = (seed / "order").rng().permutation(len(drawn))
        if self.count is not None:
            rng = (seed / "count").rng()
            kept = rng.permutation(len(drawn))[: self.count.sample(rng)]
            order = np.array([place for place in order if place in kept], dtype=np.int64)
        return Drawn(tuple(effect for place in order for effect in drawn[place]))

    def everything(self) -> Iterator[Random]:
        """Every random effect in it, in the order given, those of inner chains among them."""
        for effect in self.effects:
            yield from effect.everything() if isinstance(effect, RandomChain) else (effect,)


def _name(effect: Random | RandomChain) -> str:
    return "chain" if isinstance(effect, RandomChain) else effect.effect.__name__


def _drawn(effect: Random | RandomChain, seed: Seed) -> tuple[Effect | Normaliser, ...]:
    if isinstance(effect, RandomChain):
        return effect.draw(seed).places
    one = effect.sample(seed.rng())
    return () if one is None else (one,)
