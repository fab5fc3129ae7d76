"""Finished mixes with one to three faults that mastering repairs.

The families of faults are those of SonicMaster (arXiv 2508.03448): equalisation (a random one in
ten bands, or a common complaint: too bright, dark, airy, boomy, muddy, warm, unclear, without
vocals, through a cheap microphone), dynamics (squashed, or transients dulled), reverb (small or big
rooms), amplitude (clipped, or far too quiet), stereo (narrowed to mono). Of seven examples four
have one family, two have two, one has three. Families are distinct, in the fixed order dynamics,
equalisation, reverb, stereo, amplitude. The console stores every setting; the label `families`
names the faults.

Different from SonicMaster: a bell of so many dB is that many (the published one does twice); a
narrowed mix keeps the level of its middle (the published one sums the channels, +6 dB) and up to
0.3 of its side; rooms are numbered, made of noise with dry sound beside them, and disjoint between
splits (the published ones are simulated, and hold all of the sound); the squashing compressor's
make-up gain restores the loudness, as a step that is stored; clipping is drawn by its SDR, not by
its drive. Where the paper leaves the frequencies and slopes of a complaint open, they are our
choice.

    automix-bench make recipes/mastering_degradations.py OUT --set songs=~/music
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.consoles.random_chain import Drawn, RandomChain
from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.distributions.plain import Choice, LogUniform, Uniform
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_pass import HighPass
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.low_pass import LowPass
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.noise_reverb import NoiseReverb
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.stereo_width import StereoWidth
from automix_bench.effects.transient_shaper import TransientShaper
from automix_bench.normalisers.input_sdr import InputSdr
from automix_bench.normalisers.same_loudness import SameLoudness
from automix_bench.recipe import BySplit, Recipe
from automix_bench.recipe_parts.material import Material
from automix_bench.recipe_parts.room_numbers import ROOMS
from automix_bench.sampling import Seed
from automix_bench.settings import Random

__all__ = ["mastering_degradations"]

Members = Mapping[str, tuple[float, Random | RandomChain]]

BANDS_HZ = (40.0, 78.0, 151.0, 295.0, 573.0, 1_116.0, 2_171.0, 4_225.0, 8_222.0, 16_000.0)
"""Centres of the ten bands, evenly spaced in the logarithm."""

LOW_DB, HIGH_DB, MILD_DB = Uniform(-20.0, -10.0), Uniform(10.0, 20.0), Uniform(6.0, 15.0)


def low(hz: float, gain_db: Uniform) -> Random:
    """A low shelf."""
    return LowShelf.random(frequency_hz=hz, gain_db=gain_db, q=0.707)


def high(hz: float, gain_db: Uniform) -> Random:
    """A high shelf."""
    return HighShelf.random(frequency_hz=hz, gain_db=gain_db, q=0.707)


def bell(hz: float, gain_db: Uniform) -> Random:
    """A bell an octave and a half wide."""
    return PeakingEQ.random(frequency_hz=hz, gain_db=gain_db, q=0.9)


def band(hz: float) -> Random:
    """One of the ten bands: a bell as wide as the bands are apart."""
    return PeakingEQ.random(frequency_hz=hz, gain_db=Uniform(-6.0, 6.0), q=1.47)


EQUALISATION: Members = {
    "bands": (7.0, RandomChain(tuple(band(hz) for hz in BANDS_HZ))),
    "microphone": (
        5.0,
        RandomChain(
            (
                HighPass.random(frequency_hz=LogUniform(150.0, 400.0), order="2"),
                LowPass.random(frequency_hz=LogUniform(3_000.0, 6_000.0), order="2"),
            )
        ),
    ),
    "bright": (3.0, high(6_000.0, MILD_DB)),
    "dark": (3.0, high(6_000.0, LOW_DB)),
    "airy": (2.0, high(10_000.0, HIGH_DB)),
    "boomy": (2.0, low(120.0, HIGH_DB)),
    "unclear": (3.0, bell(4_000.0, LOW_DB)),
    "muddy": (3.0, bell(300.0, MILD_DB)),
    "warm": (3.0, low(400.0, MILD_DB)),
    "no vocals": (4.0, bell(2_000.0, LOW_DB)),
}
DYNAMICS: Members = {
    "squashed": (
        2.5,
        RandomChain(
            (
                Compressor.random(
                    threshold_db=Uniform(-45.0, -38.0),
                    ratio=Uniform(6.0, 45.0),
                    knee_db=0.0,
                    attack_ms=LogUniform(3.0, 150.0),
                    release_ms=Uniform(80.0, 250.0),
                    makeup_db=0.0,
                ),
                SameLoudness.random(),
            )
        ),
    ),
    "dull": (
        1.0,
        TransientShaper.random(
            attack_db=Uniform(-18.0, -6.0), sustain_db=0.0, attack_ms=20.0, sustain_ms=300.0
        ),
    ),
}
AMPLITUDE: Members = {
    "clipped": (3.0, InputSdr.random(sdr_db=Uniform(3.0, 15.0))),
    "quiet": (1.0, Gain.random(gain_db=Choice((-60.0, -50.0, -40.0, -26.0)))),
}
STEREO: Members = {"narrow": (1.0, StereoWidth.random(width=Choice((0.0, 0.15, 0.3))))}
SHARES = {
    "dynamics": 0.125,
    "equalisation": 0.4,
    "reverb": 0.225,
    "stereo": 0.125,
    "amplitude": 0.125,
}


def reverb(split: str) -> Members:
    """The small and big rooms of a split."""

    def room(rt60_seconds: LogUniform) -> Random:
        return NoiseReverb.random(
            rt60_low_seconds=rt60_seconds,
            rt60_mid_seconds=rt60_seconds,
            rt60_high_seconds=LogUniform(0.2, 1.0),
            pre_delay_ms=Uniform(0.0, 40.0),
            wet=Uniform(0.3, 0.8),
            room=Uniform(*ROOMS[split]),
        )

    return {
        "small": (1.0, room(LogUniform(0.2, 0.8))),
        "big": (1.0, room(LogUniform(1.2, 4.0))),
    }


@dataclass(frozen=True)
class Families:
    """A random console with one to three families of faults, one member of each.

    Attributes:
        members: by family, in the order of application: the weight and the effects of each member,
            by its name.
        shares: the chance of each family to be drawn first.
        counts: numbers of families, of which one is drawn evenly.
    """

    name_in_plans: ClassVar[str] = "mastering_degradations@7670bafaf45a633e:Families"

    members: Mapping[str, Members]
    shares: Mapping[str, float]
    counts: tuple[int, ...]

    def draw(self, stems: Iterable[str], seed: Seed) -> DrawnConsole:
        """The faults that belong to `seed`: the same on every stem, none on the residual."""
        rng, names = (seed / "families").rng(), list(self.members)
        count = self.counts[int(rng.integers(len(self.counts)))]
        share = [self.shares[name] for name in names]
        chosen = rng.choice(len(names), size=count, replace=False, p=share)
        done = {names[place]: self._member(names[place], seed) for place in sorted(chosen)}
        chain = RandomChain(tuple(self.members[name][member][1] for name, member in done.items()))
        strips = {s: Drawn() if s == "residual" else chain.draw(seed / "chain") for s in stems}
        return DrawnConsole(strips, labels={"families": done})

    def _member(self, family: str, seed: Seed) -> str:
        members = self.members[family]
        weights = [weight for weight, _ in members.values()]
        picked = (seed / family).rng().choice(len(weights), p=[w / sum(weights) for w in weights])
        return list(members)[int(picked)]

    def everything(self) -> Iterator[tuple[str, RandomChain]]:
        """Every chain that may be drawn, with its name."""
        for family, members in self.members.items():
            for name, (_, drawn) in members.items():
                yield f"{family}: {name}", RandomChain((drawn,))


def families(split: str) -> Families:
    """The five families, with the rooms of a split."""
    members: dict[str, Members] = {
        "dynamics": DYNAMICS,
        "equalisation": EQUALISATION,
        "reverb": reverb(split),
        "stereo": STEREO,
        "amplitude": AMPLITUDE,
    }
    return Families(members, SHARES, (1, 1, 1, 1, 2, 2, 3))


def mastering_degradations(material: Material = Material(), seed: int = 20261122) -> Recipe:
    """The recipe, on whole mixes unless `separator` is set."""
    return Recipe(
        name="mastering_degradations",
        version=2,
        seed=seed,
        description=(
            "Finished mixes with one to three faults: equalisation, dynamics, reverb, stereo, "
            "amplitude; which, is in the labels."
        ),
        console=BySplit(families("train"), families("valid"), families("test")),
        audible_db=0.1,
        **material.settings("whole"),
    )
