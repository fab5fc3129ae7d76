"""True multitracks through whole random consoles: strips, groups, sends and a bus.

Mixing systems are trained so where true stems exist: Steinmetz et al. ("Automatic multitrack mixing
with a differentiable mixing console of neural audio effects", ICASSP 2021) and Martinez Ramirez et
al. ("Deep learning for automatic mixing", WASPAA 2021) render multitracks through random consoles;
MEGAMI and Diff-MST do so on MedleyDB. This recipe takes any number of recorded stems, draws a chain
of effects for each and everything behind them.

Different from those: every setting is stored, with sends and groups; chains are drawn by role, each
with a seed of its own; nothing clips, as one stored gain keeps the headroom; the pan law has unity
gain at the centre.

    automix-bench make recipes/wet_multitrack.py OUT
    automix-bench make recipes/wet_multitrack.py OUT --set songs=~/multitracks --set layout=stems

Without `songs` it mixes composed songs.
"""

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomAux, RandomConsole, RandomGroup
from automix_bench.distributions.plain import LogUniform, Uniform
from automix_bench.distributions.shaped import Normal, Triangular
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.delay import Delay
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_pass import HighPass
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.limiter import Limiter
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.reverb import Reverb
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material
from automix_bench.settings import Random

__all__ = ["wet_multitrack"]

DRUMS = ("kick", "snare", "hihat", "toms", "cymbals", "percussion", "drums")
STILL = ("kick", "snare", "bass", "vocals")
"""Roles that stay in the centre."""


def compression(chance: float, attack_ms: LogUniform) -> Random:
    """Gentle to firm compression, with attack times that suit the instrument."""
    return Compressor.random(
        chance=chance,
        threshold_db=Uniform(-40.0, -15.0),
        ratio=LogUniform(1.5, 8.0),
        knee_db=Uniform(0.0, 12.0),
        attack_ms=attack_ms,
        release_ms=LogUniform(40.0, 500.0),
        makeup_db=Uniform(0.0, 6.0),
    )


GAIN_DB = Uniform(-9.0, 9.0)


def bell(low_hz: float, high_hz: float) -> Random:
    """A bell centred between two frequencies."""
    return PeakingEQ.random(
        chance=0.6,
        frequency_hz=LogUniform(low_hz, high_hz),
        gain_db=GAIN_DB,
        q=LogUniform(0.5, 4.0),
    )


low_shelf = LowShelf.random(
    chance=0.4, frequency_hz=LogUniform(60.0, 300.0), gain_db=GAIN_DB, q=0.707
)
high_shelf = HighShelf.random(
    chance=0.4, frequency_hz=LogUniform(2_500.0, 12_000.0), gain_db=GAIN_DB, q=0.707
)
equalisers = RandomChain((low_shelf, bell(150.0, 1_500.0), bell(1_000.0, 8_000.0), high_shelf))
level = Gain.random(gain_db=Normal(0.0, 4.0, -12.0, 12.0))
place = Pan.random(chance=0.8, pan=Triangular(-1.0, 0.0, 1.0))
saturation = SoftClip.random(chance=0.15, drive_db=Uniform(3.0, 12.0))
echo = Delay.random(
    chance=0.1, delay_ms=LogUniform(80.0, 600.0), feedback=Uniform(0.0, 0.5), wet=Uniform(0.1, 0.4)
)
high_pass = HighPass.random(chance=0.4, frequency_hz=LogUniform(40.0, 200.0), order="2")

drum_strip = RandomChain((equalisers, compression(0.5, LogUniform(3.0, 40.0)), level, place))
still_strip = RandomChain((equalisers, compression(0.6, LogUniform(3.0, 60.0)), saturation, level))
tone = RandomChain((equalisers, compression(0.4, LogUniform(5.0, 60.0))), shuffled=True)
other_strip = RandomChain((high_pass, tone, saturation, echo, level, place))

glue = Compressor.random(
    chance=0.6,
    threshold_db=Uniform(-30.0, -12.0),
    ratio=Uniform(1.2, 3.0),
    knee_db=6.0,
    attack_ms=LogUniform(10.0, 60.0),
    release_ms=LogUniform(80.0, 500.0),
    makeup_db=Uniform(0.0, 3.0),
)
limiter = Limiter.random(
    chance=0.5,
    gain_db=Uniform(0.0, 6.0),
    ceiling_dbtp=-1.0,
    lookahead_ms=5.0,
    release_ms=LogUniform(50.0, 300.0),
)

room = Reverb.random(
    rt60_seconds=LogUniform(0.3, 3.0),
    pre_delay_ms=Uniform(0.0, 40.0),
    damping_hz=LogUniform(2_000.0, 12_000.0),
    wet=1.0,
)
plate = Reverb.random(
    rt60_seconds=LogUniform(0.4, 1.5),
    pre_delay_ms=Uniform(0.0, 80.0),
    damping_hz=LogUniform(4_000.0, 15_000.0),
    wet=1.0,
)
no_bass = HighPass.random(frequency_hz=LogUniform(150.0, 500.0), order="2")

console = RandomConsole(
    strips={role: still_strip if role in STILL else drum_strip for role in (*DRUMS, *STILL)},
    default=other_strip,
    groups={"drums": RandomGroup(DRUMS, RandomChain((glue,)))},
    auxes={
        "room": RandomAux(RandomChain((room,)), send_db=Uniform(-30.0, -10.0), chance=0.6),
        "plate": RandomAux(
            RandomChain((no_bass, plate)), send_db=Uniform(-30.0, -12.0), chance=0.25
        ),
    },
    bus=RandomChain((glue, limiter)),
)


def wet_multitrack(material: Material = Material(), seed: int = 20261122) -> Recipe:
    """The recipe, on true multitracks; see `Material` for the settings of the music."""
    return Recipe(
        name="wet_multitrack",
        version=1,
        seed=seed,
        description=(
            "True multitracks through whole random consoles: a strip for each stem by its role, a "
            "drum group, sends to a room and a plate, a bus with glue and limiter; all stored."
        ),
        console=console,
        **material.settings("as_recorded"),
    )
