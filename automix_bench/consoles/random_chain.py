"""Chains of random effects, and drawn chains whose normalisers are not yet fitted to a sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.effect import Chain, Effect, Fitted, through
from automix_bench.errors import BrokenPlugin
from automix_bench.normaliser import Normaliser
from automix_bench.sampling import Sampler, Seed
from automix_bench.settings import Random


@dataclass(frozen=True)
class Drawn:
    """A drawn strip. Its normalisers are not yet fitted to a sound.

    Attributes:
        places: the effects and normalisers, in order.
    """

    places: tuple[Effect | Normaliser, ...] = ()

    def settled(self, audio: Audio, lowered_db: float = 0.0) -> tuple[Chain, Audio]:
        """Play a sound through the strip, and fit each normaliser to the sound at its place.

        Args:
            audio: the sound that enters the strip.
            lowered_db: by how much the example was lowered for its headroom, in dB, 0 or less.

        Returns:
            The chain, with effects in the places of the normalisers, and the sound that leaves it.

        Raises:
            Unsuitable: an effect cannot process its audio, or a normaliser finds no effect that
                can.
            BrokenPlugin: an effect or a normaliser returned a result of the wrong kind.
        """
        came_in, effects = audio, list[Effect]()
        for place in self.places:
            played: tuple[Effect, ...] = (place,) if isinstance(place, Effect) else ()
            if isinstance(place, Normaliser):
                played = _fitted(place, place.fitted(audio, came_in, lowered_db))
            for effect in played:
                audio = through(effect, audio)
            effects.extend(played)
        return Chain(tuple(effects)), audio

    @property
    def chain(self) -> Chain:
        """The strip as a chain, if it has no normaliser.

        Raises:
            TypeError: it has a normaliser.
        """
        if not self.fixed:
            raise TypeError(
                "a strip with a normaliser is a chain only after it was fitted to a sound"
            )
        return Chain(tuple(place for place in self.places if isinstance(place, Effect)))

    @property
    def fixed(self) -> bool:
        """Whether the strip has only effects and no normaliser."""
        return not any(isinstance(place, Normaliser) for place in self.places)


def _fitted(normaliser: Normaliser, chain: Any) -> tuple[Effect, ...]:
    """The effects that a normaliser returned, each with the normaliser and its settings."""
    if not isinstance(chain, Chain):
        name = type(normaliser).__name__
        raise BrokenPlugin(f"the normaliser {name} must return a Chain, got {chain!r}")
    by = plugin.name_of("normalisers", type(normaliser))
    settings = tuple(asdict(normaliser).items())
    return tuple(Fitted(effect, by, settings) for effect in chain.effects)


@dataclass(frozen=True)
class RandomChain:
    """Random effects in series: in the given order, or shuffled.

    Attributes:
        effects: each is an effect, a normaliser, or an inner chain, which stays together when this
            one is shuffled.
        shuffled: whether the order is drawn too.
        count: how many of the places stay; all are equally likely. None: all stay. The chances of
            the effects apply in addition.
        chance: the probability that the chain is not empty.
    """

    effects: tuple[Random | RandomChain, ...] = ()
    shuffled: bool = False
    count: Sampler[int] | None = None
    chance: float = 1.0

    def draw(self, seed: Seed) -> Drawn:
        """The strip that belongs to `seed`. Each effect has its own generator, named by its place
        in the list, so adding an effect at the end does not change the others."""
        if self.chance < 1.0 and (seed / "chance").rng().random() >= self.chance:
            return Drawn()
        drawn = [
            _drawn(effect, seed / place / _name(effect))
            for place, effect in enumerate(self.effects)
        ]
        order = np.arange(len(drawn))
        if self.shuffled:
            order = (seed / "order").rng().permutation(len(drawn))
        if self.count is not None:
            rng = (seed / "count").rng()
            chosen = rng.permutation(len(drawn))[: self.count.sample(rng)]
            order = np.array([place for place in order if place in chosen], dtype=np.int64)
        return Drawn(tuple(effect for place in order for effect in drawn[place]))

    def everything(self) -> Iterator[Random]:
        """Every random effect in the chain and its inner chains, in the given order."""
        for effect in self.effects:
            yield from effect.everything() if isinstance(effect, RandomChain) else (effect,)


def _name(effect: Random | RandomChain) -> str:
    """The effect's name in its seed. A renamed class uses its `name_in_plans` here too, so that its
    draws stay the same."""
    if isinstance(effect, RandomChain):
        return "chain"
    return str(vars(effect.effect).get("name_in_plans", effect.effect.__name__))


def _drawn(effect: Random | RandomChain, seed: Seed) -> tuple[Effect | Normaliser, ...]:
    if isinstance(effect, RandomChain):
        return effect.draw(seed).places
    one = effect.sample(seed.rng())
    return () if one is None else (one,)
