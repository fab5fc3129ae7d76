"""The data set of the demo: real mixed music, separated, and composed songs with true stems.

There are three kinds of song, so that a board says something about each:

* mixed music, separated by the pretrained two-stem Spleeter that a Python package brings: your own
  folder, or the real clip that comes with those weights;
* released mixes of composed songs, separated in the same way: mixed music whose true stems exist;
* composed songs as true multitracks, with the mix of their engineer.

    automix-bench make recipes/quickstart.py OUT
    automix-bench make recipes/quickstart.py OUT --set songs=~/music
"""

from pathlib import Path

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import LogUniform, Uniform
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.reverb import Reverb
from automix_bench.errors import UsageError
from automix_bench.recipe import Recipe
from automix_bench.separation.example_clip import ATTRIBUTION, LICENSE, example_clip
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.separators.spleeter import Spleeter
from automix_bench.source import Source
from automix_bench.sources.composed import Composed
from automix_bench.sources.few import Few
from automix_bench.sources.folder import Folder
from automix_bench.sources.mixes import Mixes
from automix_bench.sources.together import Together

__all__ = ["quickstart"]

strip = RandomChain(
    (
        PeakingEQ.random(
            chance=0.7,
            frequency_hz=LogUniform(200.0, 5_000.0),
            gain_db=Uniform(-10.0, 10.0),
            q=LogUniform(0.5, 3.0),
        ),
        Compressor.random(
            chance=0.5,
            threshold_db=Uniform(-40.0, -20.0),
            ratio=LogUniform(2.0, 8.0),
            knee_db=6.0,
            attack_ms=LogUniform(2.0, 30.0),
            release_ms=LogUniform(50.0, 300.0),
            makeup_db=Uniform(0.0, 4.0),
        ),
        Reverb.random(
            chance=0.3,
            rt60_seconds=LogUniform(0.4, 2.0),
            pre_delay_ms=Uniform(0.0, 30.0),
            damping_hz=LogUniform(3_000.0, 10_000.0),
            wet=Uniform(0.1, 0.35),
        ),
        Gain.random(gain_db=Uniform(-12.0, 6.0)),
        Pan.random(chance=0.7, pan=Uniform(-0.8, 0.8)),
    )
)


def quickstart(
    songs: Path | None = None,
    license: str | None = None,
    most: int = 5,
    multitracks: int = 6,
    mixes: int = 4,
    seconds: float = 5.0,
    per_song: int = 2,
    rate: int | None = None,
    seed: int = 20261122,
) -> Recipe:
    """The recipe.

    Args:
        songs: a folder of mixed music; None takes the clip that comes with Spleeter's weights.
        license: of your songs, SPDX; None is `LicenseRef-unknown`.
        most: the largest number of your songs.
        multitracks: the number of composed songs with their true stems.
        mixes: the number of composed songs of which only the mix is used, separated.
        seconds: the length of an excerpt.
        per_song: the number of excerpts of a song.
        rate: songs of other rates are resampled to this one, in Hz; composed songs have 44100.
    """
    if songs is None and license is not None:
        raise UsageError(
            f"quickstart: license {license} is for songs of yours: give songs=FOLDER, or leave "
            "license away"
        )
    if songs is None:
        real: Source = Folder(example_clip().parent, license=LICENSE, attribution=ATTRIBUTION)
    else:
        real = Few(Folder(songs, license=license or "LicenseRef-unknown"), most)
    true = Composed(count=multitracks, seconds=30.0)
    mixed = Mixes(Composed(count=mixes, first=100, seconds=30.0))
    return Recipe(
        name="quickstart",
        version=1,
        seed=seed,
        description=(
            "Real mixed music and the released mixes of composed songs, separated into vocals and "
            "accompaniment, beside composed songs with their true tracks; every stem through a "
            "strip of random effects, every knob stored."
        ),
        source=Together((real, mixed, true)),
        separator=AsRecorded(otherwise=Spleeter()),
        console=RandomConsole(default=strip),
        excerpt_seconds=seconds,
        excerpts_per_song=per_song,
        rate=rate,
        examples_per_shard=8,
    )
