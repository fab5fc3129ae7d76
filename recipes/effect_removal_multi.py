"""Up to five effects on every stem, some to be removed and some to be kept.

The general half of RemFX (Rice, Steinmetz, Fazekas and Reiss, "General purpose audio effect
removal", WASPAA 2023): of distortion, compressor, chorus, delay and reverb a stem keeps some, which
`before` has too, and loses others; loudness is brought to -20 LUFS before the first and after each.
Which are kept and which removed stands in every example's labels.

Mended and named: the number to be removed is drawn evenly from 0 to 5 (there, rounding a uniform
number halves the chance of 0 and of 5), then the number kept evenly from 0 to what is left; both
sets are shuffled (there, the removed ones come in the
order of a configuration); what is kept is applied once, to the dry stem (there, a retry applies it
to what has it already); seeds, splits and draws that cannot be heard as in
`effect_removal_single`. An example with nothing to remove stays: a model should know when to do
nothing.

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
    """The recipe; `maker` as in `effect_removal_single`."""

    def desk(of: str) -> KeptAndRemoved:
        offered = five(of)
        return KeptAndRemoved(tuple(offered), tuple(offered.values()), most_kept, most_removed)

    return Recipe(
        name="effect_removal_multi",
        version=2,
        seed=seed,
        description=(
            "Stems that keep up to five of RemFX's effects and lose up to five others, in its "
            "ranges, at -20 LUFS after each; which are kept and which removed is in the labels."
        ),
        console=by_maker(maker, desk),
        audible_db=audible_db,
        stems_kept=stems,
        **material.settings(),
    )
