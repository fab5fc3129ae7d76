"""The microphones of a drum kit, and their stereo mix.

Martinez Ramirez, Stoller and Moffat ("A deep learning approach to intelligent drum mixing with the
Wave-U-Net", JAES 69 (3), 2021) mix the eight microphones of ENST-Drums to stereo. ENST-Drums may
not be passed on, so the drums of composed songs, or of your own multitracks, take its place: up to
six pieces of the kit as mono tracks and a pair of overheads, eight tracks in all. `before.mix` is
the mix that the song's engineer made of them, or their plain sum where no console is stored. In
`after` every track has gone through a random strip: that is what a mixing model is shown.

A song needs three single pieces, kick or snare among them. One with a mixed stem `drums` is left
out, with the reason. As `before.mix` is no released mix, the task `mixing` does not read this data;
`drum_mixing` does, where an engineer made it.

Different from the paper: songs are split by band, so that no drummer is in two splits (there, the
songs of each drummer are split; in automix-toolkit the order of files decides, and every drummer is
in all splits). The overheads are the left and right of the sum of the pieces, 6 dB down, and are
not in the engineer's mix.

    automix-bench make recipes/drum_mix.py OUT
    automix-bench make recipes/drum_mix.py OUT --set songs=~/multitracks --set layout=stems
"""

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import LogUniform, Uniform
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material
from automix_bench.sources.drum_kit import DrumKit

__all__ = ["drum_mix"]

strip = RandomChain(
    (
        LowShelf.random(
            chance=0.4, frequency_hz=LogUniform(60.0, 200.0), gain_db=Uniform(-8.0, 8.0), q=0.707
        ),
        PeakingEQ.random(
            chance=0.6,
            frequency_hz=LogUniform(200.0, 6_000.0),
            gain_db=Uniform(-8.0, 8.0),
            q=LogUniform(0.5, 4.0),
        ),
        HighShelf.random(
            chance=0.4,
            frequency_hz=LogUniform(4_000.0, 12_000.0),
            gain_db=Uniform(-8.0, 8.0),
            q=0.707,
        ),
        Compressor.random(
            chance=0.5,
            threshold_db=Uniform(-40.0, -15.0),
            ratio=LogUniform(2.0, 8.0),
            knee_db=6.0,
            attack_ms=LogUniform(1.0, 30.0),
            release_ms=LogUniform(30.0, 300.0),
            makeup_db=Uniform(0.0, 6.0),
        ),
        Gain.random(gain_db=Uniform(-18.0, 6.0)),
    )
)


def drum_mix(material: Material = Material(), seed: int = 20261122) -> Recipe:
    """The recipe, on multitracks that have pieces of a drum kit among their stems."""
    music = material.settings("as_recorded")
    music["source"] = DrumKit(music["source"])
    return Recipe(
        name="drum_mix",
        version=1,
        seed=seed,
        description=(
            "Up to eight tracks of a drum kit, each left through a random strip, and the stereo "
            "mix their engineer made."
        ),
        console=RandomConsole(default=strip),
        **music,
    )
