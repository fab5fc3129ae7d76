"""The five effects of RemFX, and a random console that keeps some and is to lose others.

The effects and their ranges are those of Rice, Steinmetz, Fazekas and Reiss, "General purpose audio
effect removal", WASPAA 2023. The published ones are pedalboard's: `five("theirs")` returns them.
`five("ours")` returns effects of this package, whose equations and settings are known, in the same
ranges as far as their knobs mean the same:

* distortion: the same curve, a hyperbolic tangent, up to its level, which is set afterwards;
* compressor: the same four knobs, without a knee; a published time is 2 pi time constants of the
  level, here it is one time constant of the gain reduction, so ours is the slower of two with the
  same numbers;
* chorus, delay: a published mix m, which lowers the dry sound to 1 - m, is a wet of m / (1 - m)
  here, where the dry sound keeps its level; again up to the level. A published depth of the chorus
  is 10 ms times as much each way, and its feedback has the opposite sign;
* reverb: the published one is a Freeverb with a room size of 0.3 to 1, which decays in 0.85 to
  10 s; that is the range of `rt60_seconds` here, cut at 8 s.
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
"""A maker for recipes: ours for training and validation, theirs for the test."""

LEVEL = Loudness.random(lufs=-20.0)
"""The loudness that RemFX sets before the first effect and after each."""


def five(maker: str) -> dict[str, Random]:
    """The five effects of one of the `MAKERS`, with random settings, by RemFX's names.

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
    # Loaded by name: pedalboard is under GPL-3.0 and no dependency of this package.
    def pedalboard(name: str) -> type[Effect]:
        effect: type[Effect] = plugin.load("effects", f"pedalboard_{name}")
        return effect

    return {
        "distortion": pedalboard("distortion").random(drive_db=Uniform(8.0, 25.0)),
        "compressor": pedalboard("compressor").random(
            threshold_db=Uniform(-42.0, -20.0),
            ratio=Uniform(1.5, 6.0),
            attack_ms=Uniform(1.0, 50.0),
            release_ms=Uniform(10.0, 250.0),
        ),
        "chorus": pedalboard("chorus").random(
            rate_hz=Uniform(0.25, 1.5),
            depth=Uniform(0.2, 0.6),
            centre_delay_ms=Uniform(5.0, 10.0),
            feedback=Uniform(0.1, 0.4),
            mix=Uniform(0.15, 0.4),
        ),
        "delay": pedalboard("delay").random(
            delay_ms=LogUniform(100.0, 1_000.0), feedback=Uniform(0.05, 0.3), mix=Uniform(0.1, 0.35)
        ),
        "reverb": pedalboard("reverb").random(
            room_size=Uniform(0.3, 1.0),
            damping=Uniform(0.2, 1.0),
            width=Uniform(0.2, 1.0),
            jointly=WetAndDry(Uniform(0.2, 0.6)),
        ),
    }


def by_maker(maker: str, console: Callable[[str], Chance]) -> Chance | BySplit:
    """The random console of a maker, or for `TRANSFER` those of both makers, by split.

    Args:
        console: returns the random console of one of the `MAKERS`.

    Raises:
        UsageError: `maker` is none of the `MAKERS`, nor `TRANSFER`.
    """
    if maker == TRANSFER:
        return BySplit(console("ours"), console("ours"), console("theirs"))
    if maker not in MAKERS:
        raise UsageError(f"no maker {maker!r}{plugin.did_you_mean(maker, (*MAKERS, TRANSFER))}")
    return console(maker)


@dataclass(frozen=True)
class WetAndDry:
    """Draws the two levels of a reverb, whose sum is 1, by one number: `wet_level`."""

    wet: Uniform

    @property
    def names(self) -> tuple[str, ...]:
        """The settings that are drawn."""
        return "wet_level", "dry_level"

    def sample(self, rng: np.random.Generator) -> dict[str, float]:
        wet = self.wet.sample(rng)
        return {"wet_level": wet, "dry_level": 1.0 - wet}

    def marginal(self, name: str) -> Uniform:
        """The distribution of one of them."""
        return self.wet if name == "wet_level" else Uniform(1.0 - self.wet.high, 1.0 - self.wet.low)


@dataclass(frozen=True)
class KeptAndRemoved:
    """A random console: every stem keeps some effects, and goes through others, to be removed.

    Kept effects are applied to the stem before the console, so that `before` has them too. The two
    sets of a stem are disjoint; the labels `kept` and `removed` name their effects.

    Attributes:
        names: of the effects, for the labels.
        effects: with random settings, in the order of `names`.
        most_kept, most_removed: the largest numbers per stem. The number to remove is drawn evenly
            from 0 to `most_removed`, then the number to keep evenly from 0 to `most_kept` or to
            the number of effects that are left.
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
        """The console that belongs to `seed`; the residual has no effect."""
        strips, prepared = {}, {}
        labels: dict[str, dict[str, list[str]]] = {"kept": {}, "removed": {}}
        for stem in stems:
            own = seed / "strip" / stem
            rng = own.rng()
            order = [int(place) for place in rng.permutation(len(self.effects))]
            removed = int(rng.integers(self.most_removed + 1))
            last = removed + int(rng.integers(min(self.most_kept, len(order) - removed) + 1))
            if stem == "residual":
                strips[stem] = Drawn()
                continue
            strips[stem] = self._chain(order[:removed], own)
            prepared[stem] = self._chain(order[removed:last], own, level=True)
            labels["removed"][stem] = [self.names[place] for place in order[:removed]]
            labels["kept"][stem] = [self.names[place] for place in order[removed:last]]
        return DrawnConsole(strips, prepared=prepared, labels=labels)

    def _chain(self, places: list[int], seed: Seed, level: bool = False) -> Drawn:
        steps = [LEVEL.sample(seed.rng())] if level else []
        for place in places:
            effect = self.effects[place].sample((seed / self.names[place]).rng())
            steps += [effect, LEVEL.sample(seed.rng())]
        return Drawn(tuple(steps))

    def everything(self) -> Iterator[tuple[str, RandomChain]]:
        """Every chain that may be drawn, with its name."""
        yield "every stem", RandomChain(self.effects, shuffled=True)
