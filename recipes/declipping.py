"""Hard clipping to a stated input SDR, to be undone.

The literature of audio restoration grades declipping this way: Zaviska, Rajmic, Ozerov and Rencker,
"A survey and an extensive evaluation of popular audio declipping methods" (IEEE JSTSP 15 (1),
2021), clip to input SDRs of 1, 3, 5, 7, 10, 15 and 20 dB. The grades here are the same, on music.
The threshold is found for each excerpt and stored, so that the samples below it are known to be
right.

Different from the survey: the SDR is that of both channels together, as a stereo master is clipped
as one; every split has all grades, drawn evenly.

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
    """The recipe, on whole mixes unless `separator` is set."""
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
