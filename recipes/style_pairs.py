"""Pairs of examples that share a mixing style, one console, but not the music.

Mixing style transfer is trained on two pieces of music through one chain of effects: Koo et al.
("Music mixing style transfer", ICASSP 2023), whose chain and ranges this recipe follows, and later
Fx-Encoder++ and ST-ITO. A style is a console with a number. The label `style` holds the number. Any
two examples of one style are a pair: of two songs (`pairs=songs`, the default), or of two
neighbouring sections of one song (`pairs=sections`).

The chain of a stem: equaliser and compressor in either order (chance 90 % each), panner (30 %) and
stereo imager (80 %) in either order, reverb (by role: drums 50 %, bass 1 %, vocals 90 %, others
70 %), and a gain of -6 to +9 dB (50 %). RMS is restored after the effects, before the gain.

Different from the paper: the chance of a reverb is what is stated (in the published code the chance
of one instrument is multiplied into that of the next); styles are disjoint between splits, as
artists are; a style has the same settings in every example, as they depend only on its number and
on the stem's name. Only the gain that restores RMS depends on the music. It is applied once (there,
after every processor).

    automix-bench make recipes/style_pairs.py OUT --set styles=50
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import DrawnConsole, RandomConsole
from automix_bench.distributions.plain import LogUniform, Uniform
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.reverb import Reverb
from automix_bench.effects.stereo_width import StereoWidth
from automix_bench.errors import UsageError
from automix_bench.normalisers.same_rms import SameRms
from automix_bench.recipe import BySplit, Recipe
from automix_bench.recipe_parts.material import Material
from automix_bench.sampling import Seed
from automix_bench.settings import Random

__all__ = ["style_pairs"]

REVERB_CHANCES = {"drums": 0.5, "bass": 0.01, "vocals": 0.9}


GAIN_DB = Uniform(-15.0, 15.0)


def bell(low_hz: float, high_hz: float) -> Random:
    """A bell centred between two frequencies."""
    return PeakingEQ.random(
        frequency_hz=LogUniform(low_hz, high_hz), gain_db=GAIN_DB, q=LogUniform(0.5, 2.0)
    )


low_shelf = LowShelf.random(frequency_hz=LogUniform(60.0, 250.0), gain_db=GAIN_DB, q=0.707)
high_shelf = HighShelf.random(frequency_hz=LogUniform(5_000.0, 12_000.0), gain_db=GAIN_DB, q=0.707)
bells = bell(150.0, 500.0), bell(500.0, 2_000.0), bell(2_000.0, 6_000.0)
equaliser = RandomChain((low_shelf, *bells, high_shelf))
compressor = Compressor.random(
    chance=0.9,
    threshold_db=Uniform(-80.0, -5.0),
    ratio=LogUniform(4.0, 40.0),
    knee_db=0.0,
    attack_ms=Uniform(1.0, 20.0),
    release_ms=Uniform(50.0, 500.0),
    makeup_db=0.0,
)
panner = Pan.random(chance=0.3, pan=Uniform(-1.0, 1.0))
imager = StereoWidth.random(chance=0.8, width=Uniform(0.0, 2.0))
level = Gain.random(chance=0.5, gain_db=Uniform(-6.0, 9.0))


def strip(reverb_chance: float) -> RandomChain:
    """The chain of an instrument, with this chance of a reverb."""
    reverb = Reverb.random(
        chance=reverb_chance,
        rt60_seconds=LogUniform(0.5, 5.0),
        pre_delay_ms=0.0,
        damping_hz=LogUniform(2_000.0, 12_000.0),
        wet=Uniform(0.0, 0.5),
    )
    tone = RandomChain((RandomChain((equaliser,), chance=0.9), compressor), shuffled=True)
    space = RandomChain((panner, imager), shuffled=True)
    return RandomChain((tone, space, reverb, SameRms.random(), level))


@dataclass(frozen=True)
class Styles:
    """A random console that draws one of some numbered consoles for each excerpt.

    Attributes:
        console: the random console that the numbered ones are drawn from.
        numbers: of the consoles.
        pairs: `songs`: every excerpt draws its own number; `sections`: excerpts 2 n and 2 n + 1 of
            a song share one.
    """

    name_in_plans: ClassVar[str] = "style_pairs@8d7260d3c0cf3b29:Styles"

    console: RandomConsole
    numbers: tuple[int, ...]
    pairs: str

    def draw(self, stems: Iterable[str], seed: Seed) -> DrawnConsole:
        """The numbered console that belongs to `seed`, with its number as the label `style`."""
        recipe, song, number, *further = (
            seed.path
        )  # further: a later console of the excerpt, or epoch
        place = int(number) // 2 if self.pairs == "sections" else int(number)
        chosen = Seed(seed.number, (recipe, song, "style", str(place), *further)).rng()
        style = self.numbers[int(chosen.integers(len(self.numbers)))]
        drawn = self.console.draw(stems, Seed(seed.number) / recipe / "style" / style)
        return DrawnConsole(drawn.strips, drawn.bus, labels={"style": style})

    def everything(self) -> Iterator[tuple[str, RandomChain]]:
        """Every chain that may be drawn, with its name."""
        yield from self.console.everything()


def style_pairs(
    material: Material = Material(),
    pairs: str = "songs",
    styles: int = 100,
    seed: int = 20261122,
) -> Recipe:
    """The recipe.

    Args:
        pairs: what a pair is: two `songs`, or two neighbouring `sections` of one song.
        styles: the number of styles: four fifths are for training, a tenth each for the others.
    """
    if pairs not in ("songs", "sections"):
        raise UsageError(f"pairs must be songs or sections, got {pairs!r}")
    if styles < 10:
        raise UsageError(f"styles must be 10 at least, so that every split has one, got {styles}")
    console = RandomConsole(
        strips={role: strip(chance) for role, chance in REVERB_CHANCES.items()},
        default=strip(0.7),
    )
    train, valid = round(0.8 * styles), round(0.9 * styles)

    def numbered(first: int, last: int) -> Styles:
        return Styles(console, tuple(range(first, last)), pairs)

    return Recipe(
        name="style_pairs",
        version=2,
        seed=seed,
        description=(
            "Stems through consoles that are shared: every example names its style, and two of one "
            "style are different music through the same console."
        ),
        console=BySplit(numbered(0, train), numbered(train, valid), numbered(valid, styles)),
        **material.settings(),
    )
