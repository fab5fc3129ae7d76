"""Hard clipping at a stated input SDR, to be undone.

How declipping is graded in the literature of audio restoration: Zaviska, Rajmic, Ozerov and
Rencker, "A survey and an extensive evaluation of popular audio declipping methods" (IEEE JSTSP 15
(1), 2021), clip to input SDRs of 1, 3, 5, 7, 10, 15 and 20 dB. The same grades here, on music; the
threshold is found for each excerpt and stored, so samples below it are known to be right.

Mended and named: SDR is over both channels together, so the stereo image is clipped as one master
would be; the whole grid is drawn evenly in every split.

    automix-bench make recipes/declipping.py OUT --set songs=~/music
"""

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Choice
from automix_bench.normalisers.input_sdr import InputSdr
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material

__all__ = ["declipping"]

GRADES_DB = (1.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0)


def declipping(material: Material = Material(), seed: int = 20261122) -> Recipe:
    """The recipe, on whole mixes unless a separator is asked for."""
    clip = InputSdr.random(sdr_db=Choice(GRADES_DB))
    return Recipe(
        name="declipping",
        version=1,
        seed=seed,
        description=(
            "Music, hard-clipped to an input SDR of 1, 3, 5, 7, 10, 15 or 20 dB; what was above "
            "the threshold is to be found again."
        ),
        console=RandomConsole(default=RandomChain((clip,))),
        **material.settings("whole"),
    )
