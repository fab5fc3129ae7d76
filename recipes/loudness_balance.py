"""Mixtures of sources with known loudness, at most 24 LU apart, to be estimated.

Ward et al. ("Estimating the loudness balance of musical mixtures using audio source separation",
WIMP 2017) estimate the loudness of each source relative to the mixture, from the mixture alone. We
found no publication of how their excerpts were made. Here every stem is brought to a loudness drawn
evenly from -42 to -18 LUFS, which is +-12 LU about the middle; the mixture is their sum. The stored
console holds the loudness of each stem (within 0.01 LU, integrated over the excerpt by ITU-R
BS.1770-5).

The residual of separated stems stays in the mixture at its own level, far below. Separated stems
leak into each other, which raises the loudness of quiet sources. True multitracks are the better
truth, and the default.

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
    """The recipe; a mixture has `stems` sources, all of them if None."""
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
