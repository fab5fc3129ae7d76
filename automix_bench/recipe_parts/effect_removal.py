"""Five effects to remove, as RemFX has them, and a desk that keeps some and asks for the others.

The effects and their ranges are those of Rice, Steinmetz, Fazekas and Reiss, "General purpose audio
effect removal", WASPAA 2023. Published, they are pedalboard's; `five("theirs")` gives those.
`five("ours")` gives effects of this package whose equations and settings are known, in the same
ranges as far as their knobs mean the same:

* distortion: the same curve, a hyperbolic tangent, up to its level, which is set afterwards;
* compressor: the same four knobs, without a knee; a published time is 2 pi time constants of the
  level, here it is one of the reduction, so ours is the slower of two with the same numbers;
* chorus, delay: a published mix m (the dry sound falls to 1 - m) is a wet of m / (1 - m) here,
  where the dry sound stays; again up to the level. A published depth of the chorus is 10 ms times
  as much each way, and its feedback comes back with the other sign;
* reverb: a room size of 0.3 to 1 of the published one, a Freeverb, decays in 0.85 to 10 s, which is
  the range of `rt60_seconds` here, cut at 8 s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from automix_bench import plugin
from automix_bench.consoles.random_chain import Drawn, RandomChain
from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.distributions.plain import LogUniform, Uniform
from automix_bench.effect import Effect
from automix_bench.effects.chorus import Chorus
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.delay import Delay
from automix_bench.effects.reverb import Reverb
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.errors import UsageError
from automix_bench.normalisers.loudness import Loudness
from automix_bench.recipe import BySplit, Chance
from automix_bench.sampling import Seed
from automix_bench.settings import Random

NAMES = ("distortion", "compressor", "chorus", "delay", "reverb")
MAKERS = ("ours", "theirs")
TRANSFER = "transfer"
"""Trained on ours, tested on theirs."""

LEVEL = Loudness.random(lufs=-20.0)
"""What RemFX does before the first effect and after every one."""


def five(maker: str) -> dict[str, Random]:
    """The five effects, left to chance, by RemFX's names, of one of the `MAKERS`.

    Raises:
        UsageError: there is no such maker.
    """
    if maker not in MAKERS:
        raise UsageError(f"no maker {maker!r}{plugin.did_you_mean(maker, MAKERS)}")
    return _ours() if maker == "ours" else _theirs()


def _ours() -> dict[str, Random]:
    return {
        "distortion": SoftClip.random(drive_db=Uniform(8.0, 25.0)),
        "compressor": Compressor.random(
            threshold_db=Uniform(-42.0, -20.0),
            ratio=Uniform(1.5, 6.0),
            knee_db=0.0,
            attack_ms=Uniform(1.0, 50.0),
            release_ms=Uniform(10.0, 250.0),
            makeup_db=0.0,
        ),
        "chorus": Chorus.random(
            speed_hz=Uniform(0.25, 1.5),
            depth_ms=Uniform(2.0, 6.0),
            delay_ms=Uniform(5.0, 10.0),
            feedback=Uniform(-0.4, -0.1),
            wet=Uniform(0.18, 0.67),
            phase_degrees=Uniform(0.0, 360.0),
            spread_degrees=0.0,
        ),
        "delay": Delay.random(
            delay_ms=LogUniform(100.0, 1_000.0),
            feedback=Uniform(0.05, 0.3),
            wet=Uniform(0.11, 0.54),
        ),
        "reverb": Reverb.random(
            rt60_seconds=LogUniform(0.85, 8.0),
            pre_delay_ms=0.0,
            damping_hz=LogUniform(2_000.0, 12_000.0),
            wet=Uniform(0.2, 0.6),
        ),
    }


def _theirs() -> dict[str, Random]:
    # By name: the package they are in is GPL-3.0 and no dependency of this one.
    def of(name: str) -> type[Effect]:
        effect: type[Effect] = plugin.load("effects", f"pedalboard_{name}")
        return effect

    return {
        "distortion": of("distortion").random(drive_db=Uniform(8.0, 25.0)),
        "compressor": of("compressor").random(
            threshold_db=Uniform(-42.0, -20.0),
            ratio=Uniform(1.5, 6.0),
            attack_ms=Uniform(1.0, 50.0),
            release_ms=Uniform(10.0, 250.0),
        ),
        "chorus": of("chorus").random(
            rate_hz=Uniform(0.25, 1.5),
            depth=Uniform(0.2, 0.6),
            centre_delay_ms=Uniform(5.0, 10.0),
            feedback=Uniform(0.1, 0.4),
            mix=Uniform(0.15, 0.4),
        ),
        "delay": of("delay").random(
            delay_ms=LogUniform(100.0, 1_000.0), feedback=Uniform(0.05, 0.3), mix=Uniform(0.1, 0.35)
        ),
        "reverb": of("reverb").random(
            room_size=Uniform(0.3, 1.0),
            damping=Uniform(0.2, 1.0),
            width=Uniform(0.2, 1.0),
            jointly=WetAndDry(Uniform(0.2, 0.6)),
        ),
    }


def by_maker(maker: str, desk: Callable[[str], Chance]) -> Chance | BySplit:
    """The desk of a maker, or of both: ours for training and validation, theirs for the test.

    Raises:
        UsageError: it is none of the `MAKERS`, nor `TRANSFER`.
    """
    if maker == TRANSFER:
        return BySplit(desk("ours"), desk("ours"), desk("theirs"))
    if maker not in MAKERS:
        raise UsageError(f"no maker {maker!r}{plugin.did_you_mean(maker, (*MAKERS, TRANSFER))}")
    return desk(maker)


@dataclass(frozen=True)
class WetAndDry:
    """The two levels of a reverb that add up to 1, drawn by one number: `wet_level`."""

    wet: Uniform

    @property
    def names(self) -> tuple[str, ...]:
        """What is drawn."""
        return "wet_level", "dry_level"

    def sample(self, rng: np.random.Generator) -> dict[str, float]:
        wet = self.wet.sample(rng)
        return {"wet_level": wet, "dry_level": 1.0 - wet}

    def marginal(self, name: str) -> Uniform:
        """What is drawn for one of them."""
        return self.wet if name == "wet_level" else Uniform(1.0 - self.wet.high, 1.0 - self.wet.low)


@dataclass(frozen=True)
class KeptAndRemoved:
    """Every stem is prepared with some of the effects, which it keeps, and goes through others,
    which are to be removed. The two sets of a stem are disjoint, and stored as labels.

    Attributes:
        names: of the effects, in the labels.
        effects: each left to chance.
        most_kept, most_removed: how many at most; the number removed is drawn evenly from 0 to
            that, then the number kept from 0 to that or to what is left.
    """

    names: tuple[str, ...]
    effects: tuple[Random, ...]
    most_kept: int
    most_removed: int

    def __post_init__(self) -> None:
        for name in ("most_kept", "most_removed"):
            if not 0 <= getattr(self, name) <= len(self.effects):
                raise UsageError(
                    f"{name} must be from 0 to {len(self.effects)}, got {getattr(self, name)}"
                )

    def draw(self, stems: Iterable[str], seed: Seed) -> DrawnConsole:
        """The console that belongs to `seed`; the residual goes through nothing."""
        strips, prepared = {}, {}
        labels: dict[str, dict[str, list[str]]] = {"kept": {}, "removed": {}}
        for stem in stems:
            own = seed / "strip" / stem
            rng = own.rng()
            order = [int(place) for place in rng.permutation(len(self.effects))]
            removed = int(rng.integers(self.most_removed + 1))
            kept = int(rng.integers(min(self.most_kept, len(order) - removed) + 1))
            if stem == "residual":
                strips[stem] = Drawn()
                continue
            strips[stem] = self._chain(order[:removed], own)
            prepared[stem] = self._chain(order[removed : removed + kept], own, level=True)
            labels["removed"][stem] = [self.names[place] for place in order[:removed]]
            labels["kept"][stem] = [self.names[p] for p in order[removed : removed + kept]]
        return DrawnConsole(strips, prepared=prepared, labels=labels)

    def _chain(self, places: list[int], seed: Seed, level: bool = False) -> Drawn:
        found = [LEVEL.sample(seed.rng())] if level else []
        for place in places:
            effect = self.effects[place].sample((seed / self.names[place]).rng())
            found += [effect, LEVEL.sample(seed.rng())]
        return Drawn(tuple(found))

    def everything(self) -> Iterator[tuple[str, RandomChain]]:
        """Every chain in it, by the name of its place."""
        yield "every stem", RandomChain(self.effects, shuffled=True)
