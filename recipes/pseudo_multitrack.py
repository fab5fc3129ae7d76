"""Mixed music separated into stems; every stem through a random strip of effects.

The main recipe of this package. It turns any folder of mixed music, or MUSDB18, into a data set for
mixing and for effect removal. The separated stems are `before`; the same stems through random
strips are `after`; the mix as released is the target of a mixing model. Learning from separated
stems goes back to Ward et al. (2017). The ranges are our own, wide enough to be audible and narrow
enough to be realistic.

    automix-bench make recipes/pseudo_multitrack.py OUT --set songs=~/music
    automix-bench make recipes/pseudo_multitrack.py OUT --set songs=~/music --set separator=spleeter
    automix-bench make recipes/pseudo_multitrack.py OUT --set songs=~/music \
        --set model=mine --set repo=~/demucs-models
    automix-bench make recipes/pseudo_multitrack.py OUT --set songs=~/musdb18 --set layout=musdb
    automix-bench make recipes/pseudo_multitrack.py OUT --set songs=~/multitracks \
        --set layout=stems --set separator=as_recorded

The last one keeps the stems that the songs were recorded in: true multitracks in the same form.
You state the licence of your songs: `--set license=CC-BY-4.0` writes it into every example.
"""

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import LogUniform, Uniform
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.delay import Delay
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.reverb import Reverb
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material

__all__ = ["pseudo_multitrack"]

low_shelf = LowShelf.random(
    chance=0.35, frequency_hz=LogUniform(60.0, 300.0), gain_db=Uniform(-9.0, 9.0), q=0.707
)
peak = PeakingEQ.random(
    chance=0.6,
    frequency_hz=LogUniform(150.0, 6_000.0),
    gain_db=Uniform(-10.0, 10.0),
    q=LogUniform(0.5, 4.0),
)
high_shelf = HighShelf.random(
    chance=0.35, frequency_hz=LogUniform(2_500.0, 10_000.0), gain_db=Uniform(-9.0, 9.0), q=0.707
)
compression = Compressor.random(
    chance=0.5,
    threshold_db=Uniform(-40.0, -18.0),
    ratio=LogUniform(1.5, 10.0),
    knee_db=Uniform(0.0, 9.0),
    attack_ms=LogUniform(1.0, 50.0),
    release_ms=LogUniform(30.0, 500.0),
    makeup_db=Uniform(0.0, 6.0),
)
saturation = SoftClip.random(chance=0.2, drive_db=Uniform(3.0, 15.0))
echo = Delay.random(
    chance=0.15,
    delay_ms=LogUniform(60.0, 600.0),
    feedback=Uniform(0.05, 0.5),
    wet=Uniform(0.1, 0.4),
)
room = Reverb.random(
    chance=0.35,
    rt60_seconds=LogUniform(0.3, 3.0),
    pre_delay_ms=Uniform(0.0, 40.0),
    damping_hz=LogUniform(2_000.0, 12_000.0),
    wet=Uniform(0.05, 0.4),
)
level = Gain.random(gain_db=Uniform(-12.0, 6.0))
place = Pan.random(chance=0.7, pan=Uniform(-0.8, 0.8))

strip = RandomChain(
    (low_shelf, peak, high_shelf, compression, saturation, echo, room, level, place)
)

bus = RandomChain(
    (
        PeakingEQ.random(
            chance=0.5, frequency_hz=LogUniform(60.0, 8_000.0), gain_db=Uniform(-4.0, 4.0), q=0.7
        ),
        Compressor.random(
            chance=0.5,
            threshold_db=Uniform(-30.0, -15.0),
            ratio=Uniform(1.2, 3.0),
            knee_db=6.0,
            attack_ms=LogUniform(5.0, 50.0),
            release_ms=LogUniform(80.0, 500.0),
            makeup_db=Uniform(0.0, 3.0),
        ),
    )
)


def pseudo_multitrack(material: Material = Material(), seed: int = 20261122) -> Recipe:
    """The recipe, on any music; see `Material` for the settings of the music."""
    return Recipe(
        name="pseudo_multitrack",
        version=2,
        seed=seed,
        description=(
            "Pseudo-multitracks: mixed music separated into stems, every stem played through a "
            "strip of random effects and their sum through a random bus, every knob stored."
        ),
        console=RandomConsole(default=strip, bus=bus),
        **material.settings(),
    )
