"""Stems and mixtures degraded as in production, to be restored to the recorded sound.

Music source restoration (Zang et al., arXiv 2505.21827; the MSR challenge, arXiv 2601.04343) asks
for the undegraded stem of a produced mixture. The degradations follow those of its corpus RawStems.
Each stem gets, with a chance of one half each and in this order: an equaliser (a graphic one of
+-6 dB, or one to five bands), a lower sample rate (8 to 32 kHz and back), compression, distortion,
reverb; at the end its RMS is restored. The mixture gets, with a chance of one half each: a limiter,
a lower sample rate, MP3. As thresholds and drives are absolute, a stem is first brought to a peak
of -6 to 0 dBFS; a mixture that is limited is brought to a peak of 0 dBFS and back.

Different from RawStems: a gain in an equaliser is the gain that is stated (the published bells and
shelves take A = 10^(g/20) where the cookbook has g/40, so that they do twice as much); every draw
has a seed by song, excerpt and stem (there, the global generator, so that no item can be made
again); splits are by artist; a mixture is an excerpt of one song with its stems at their own
levels, not tracks of several songs; filters are Butterworth filters only, not of four families,
with a notch but no band pass; the graphic equaliser has 31 bands, not 16; MP3 has a constant bit
rate of 64 to 256 kbps, not a variable one; the limiter is driven by 0 to 10 dB, where the published
one lowers its threshold.

    automix-bench make recipes/source_restoration.py OUT --set songs=~/stems --set layout=stems
"""

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Choice, Constant, LogUniform, Uniform
from automix_bench.distributions.shaped import Each
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.graphic_eq import GraphicEQ
from automix_bench.effects.high_pass import HighPass
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.limiter import Limiter
from automix_bench.effects.low_pass import LowPass
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.mp3 import Mp3
from automix_bench.effects.notch import Notch
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.rate_reduction import RateReduction
from automix_bench.effects.reverb import Reverb
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.normalisers.peak import Peak
from automix_bench.normalisers.same_rms import SameRms
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material
from automix_bench.settings import Random

__all__ = ["source_restoration"]

gain_db = Uniform(-6.0, 6.0)
q = LogUniform(0.5, 3.0)
order = Choice(("2", "4", "6", "8"))

parametric = RandomChain(
    (
        LowPass.random(frequency_hz=LogUniform(200.0, 8_000.0), order=order),
        HighPass.random(frequency_hz=LogUniform(20.0, 2_000.0), order=order),
        Notch.random(frequency_hz=LogUniform(100.0, 8_000.0), q=q),
        PeakingEQ.random(frequency_hz=LogUniform(100.0, 8_000.0), gain_db=gain_db, q=q),
        LowShelf.random(frequency_hz=LogUniform(50.0, 1_000.0), gain_db=gain_db, q=0.707),
        HighShelf.random(frequency_hz=LogUniform(1_000.0, 10_000.0), gain_db=gain_db, q=0.707),
    ),
    shuffled=True,
    count=Choice((1, 2, 3, 4, 5)),
)
equaliser = RandomChain(
    (GraphicEQ.random(gains_db=Each(gain_db, 31)), parametric), count=Constant(1)
)


def lower_rate(chance: float) -> Random:
    """A change of the sample rate to 8 to 32 kHz and back, with this chance."""
    return RateReduction.random(
        chance=chance, target_rate=Uniform(8_000.0, 32_000.0), kind="band_limited"
    )


strip = RandomChain(
    (
        Peak.random(peak_dbfs=Uniform(-6.0, 0.0), when="fixed"),
        RandomChain((equaliser,), chance=0.5),
        lower_rate(0.5),
        Compressor.random(
            chance=0.5,
            threshold_db=Uniform(-20.0, 0.0),
            ratio=Uniform(1.5, 10.0),
            knee_db=0.0,
            attack_ms=Uniform(1.0, 10.0),
            release_ms=Uniform(50.0, 200.0),
            makeup_db=0.0,
        ),
        SoftClip.random(chance=0.5, drive_db=Uniform(0.0, 5.0)),
        Reverb.random(
            chance=0.5,
            rt60_seconds=LogUniform(0.3, 8.0),
            pre_delay_ms=0.0,
            damping_hz=LogUniform(1_000.0, 15_000.0),
            wet=Uniform(0.1, 0.5),
        ),
        SameRms.random(),
    )
)
bus = RandomChain(
    (
        RandomChain(
            (
                Peak.random(peak_dbfs=0.0, when="fixed"),
                Limiter.random(
                    gain_db=Uniform(0.0, 10.0),
                    ceiling_dbtp=-1.0,
                    lookahead_ms=5.0,
                    release_ms=Uniform(50.0, 200.0),
                ),
                SameRms.random(),
            ),
            chance=0.5,
        ),
        lower_rate(0.5),
        Mp3.random(chance=0.5, bitrate_kbps=Uniform(64.0, 256.0)),
    )
)


def source_restoration(material: Material = Material(), seed: int = 20261122) -> Recipe:
    """The recipe, on any music with stems; see `Material` for the settings of the music."""
    return Recipe(
        name="source_restoration",
        version=2,
        seed=seed,
        description=(
            "Stems worn by equalisers, lower rates, compression, distortion and reverb, and their "
            "mixture by a limiter, a lower rate and MP3; to be restored."
        ),
        console=RandomConsole(default=strip, bus=bus),
        **material.settings(),
    )
