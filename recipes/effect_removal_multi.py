"""Up to five effects on every stem, some to be removed and some to be kept.

This is the general task of RemFX (Rice, Steinmetz, Fazekas and Reiss, "General purpose audio effect
removal", WASPAA 2023). The effects are distortion, compressor, chorus, delay and reverb. A stem
keeps some, which are in `before` too, and others are to be removed. Loudness is brought to -20 LUFS
before the first effect and after each. The labels of every example name the effects that are kept
and those that are removed.

Different from RemFX: the number to remove is drawn evenly from 0 to 5 (there, rounding a uniform
number halves the chance of 0 and of 5), then the number to keep evenly from 0 to what is left; both
sets are shuffled (there, the removed ones are in the order of a configuration); kept effects are
applied once, to the dry stem (there, a retry applies them again to what has them already). Seeds,
splits and inaudible draws are as in `effect_removal_single`. An example with nothing to remove
stays: a model should know when to do nothing.

    automix-bench make recipes/effect_removal_multi.py OUT
    automix-bench make recipes/effect_removal_multi.py OUT --set most_kept=0 --set maker=transfer
"""

from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.effect_removal import KeptAndRemoved, by_maker, five
from automix_bench.recipe_parts.material import Material

__all__ = ["effect_removal_multi"]


def effect_removal_multi(
    material: Material = Material(),
    maker: str = "ours",
    most_kept: int = 5,
    most_removed: int = 5,
    audible_db: float = 0.5,
    stems: int | None = 1,
    seed: int = 20261122,
) -> Recipe:
    """The recipe.

    Args:
        maker: whose effects: `ours`, `theirs`, or `transfer`, as in `effect_removal_single`.
        most_kept, most_removed: the largest number of effects that a stem keeps and loses.
        audible_db: an example that its effects change by less is drawn again.
        stems: how many stems an example has; None keeps all.
    """

    def console(maker: str) -> KeptAndRemoved:
        effects = five(maker)
        return KeptAndRemoved(tuple(effects), tuple(effects.values()), most_kept, most_removed)

    return Recipe(
        name="effect_removal_multi",
        version=2,
        seed=seed,
        description=(
            "Stems that keep up to five of RemFX's effects and lose up to five others, in its "
            "ranges, at -20 LUFS after each; which are kept and which removed is in the labels."
        ),
        console=by_maker(maker, console),
        audible_db=audible_db,
        stems_kept=stems,
        **material.settings(),
    )
