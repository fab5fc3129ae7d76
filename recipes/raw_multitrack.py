"""True multitracks without effects, and the mix that their engineer made of them.

This is what a mixing engineer is given, and what automatic mixing is for (De Man, Reiss & Stables,
"Ten years of automatic mixing", WIMP 2017): dry tracks at the levels they were recorded at, mono or
stereo, any number of them. `before.mix` is the released mix. Composed songs have one, made by their
engineer's console, which is stored with the song; multitracks of your own need a file of the mix.
Where there is none the mix is a plain sum, and the task `mixing_raw` leaves the example out.

The console has no effects, so what leaves it is what entered it, and is not stored twice. One gain
brings the released mix of an excerpt to -23 LUFS, and the tracks with it: their levels among each
other stay as recorded. Those of composed songs peak between -12 and -3 dBFS, which is nearly a
balance already. With `input_gain_db=18` every track also has a random gain of -18 to +18 dB, as
tracks have that were recorded by different people: their levels then tell nothing.

Different from the papers' data (MedleyDB, Cambridge-MT, ENST-Drums): nothing is left out by genre
or number of tracks, and songs are split by artist.

    automix-bench make recipes/raw_multitrack.py OUT
    automix-bench make recipes/raw_multitrack.py OUT --set input_gain_db=18
    automix-bench make recipes/raw_multitrack.py OUT --set songs=~/raw --set layout=medleydb-raw
"""

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Uniform
from automix_bench.effects.gain import Gain
from automix_bench.errors import UsageError
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material

__all__ = ["raw_multitrack"]


MOST_DB = 24.0


def raw_multitrack(
    material: Material = Material(), input_gain_db: float = 0.0, seed: int = 20261122
) -> Recipe:
    """The recipe, on true multitracks with a mix; see `Material` for the settings of the music.

    Args:
        input_gain_db: each track gets a random gain within plus and minus this, in dB.
    """
    if not 0.0 <= input_gain_db <= MOST_DB:
        raise UsageError(f"input_gain_db must be from 0 to {MOST_DB:g} dB, got {input_gain_db}")
    spread = Gain.random(gain_db=Uniform(-input_gain_db, input_gain_db))
    return Recipe(
        name="raw_multitrack",
        version=1,
        seed=seed,
        description="Dry tracks as recorded, without any effect, and their released mix.",
        console=RandomConsole(default=RandomChain((spread,) if input_gain_db else ())),
        store="before",
        **material.settings("as_recorded"),
    )
