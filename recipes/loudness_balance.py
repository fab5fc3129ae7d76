"""Mixtures whose sources have known loudness, 24 LU apart at most: how loud is each?

Ward et al. ("Estimating the loudness balance of musical mixtures using audio source separation",
WIMP 2017) ask, from a mixture alone, for the loudness of each
source relative to it. How their excerpts were made is not published in what we could find; here
every stem is brought to a loudness drawn evenly from -42 to -18 LUFS, that is +-12 LU about the
middle, and the mixture is the sum. The stored console says what each stem was brought to (within
0.01 LU, integrated over the excerpt after ITU-R BS.1770-5).

On separated stems the residual stays in, at its own level, far below. Separated stems leak, which
raises the loudness of quiet sources: true multitracks are the better truth, and the default.

    automix-bench make recipes/loudness_balance.py OUT
    automix-bench make recipes/loudness_balance.py OUT --set songs=~/musdb18 --set layout=musdb
"""

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Uniform
from automix_bench.normalisers.loudness import Loudness
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material

__all__ = ["loudness_balance"]

level = Loudness.random(lufs=Uniform(-42.0, -18.0))


def loudness_balance(
    material: Material = Material(), stems: int | None = None, seed: int = 20261122
) -> Recipe:
    """The recipe; `stems` is how many sources a mixture has, all of them if none is given."""
    return Recipe(
        name="loudness_balance",
        version=1,
        seed=seed,
        description=(
            "Mixtures of stems, each brought to a loudness between -42 and -18 LUFS; the loudness "
            "of each in the mixture is known and to be estimated."
        ),
        console=RandomConsole(default=RandomChain((level,))),
        stems_kept=stems,
        plain_mix=True,
        **material.settings(),
    )
