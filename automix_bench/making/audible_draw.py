"""Draw consoles for an excerpt until one changes it audibly."""

from __future__ import annotations

from automix_bench.console import Console
from automix_bench.dsp.severity import severity_db
from automix_bench.errors import Rejected
from automix_bench.making.gain_search import render_with_headroom
from automix_bench.making.render import Rendering
from automix_bench.recipe import Chance, Recipe
from automix_bench.sampling import Seed
from automix_bench.song import Song


def audible_draw(
    recipe: Recipe, excerpt: Song, desk: Chance, seed: Seed, most_db: float = float("inf")
) -> tuple[int, Rendering]:
    """The number of the first draw that is audible, counted from 0, and its rendering.

    Without `audible_db` in the recipe, the first draw is taken.

    Args:
        most_db: the highest gain allowed.

    Raises:
        Rejected: no draw is audible, or an effect of one cannot take the excerpt.
    """
    least_db = recipe.audible_db
    for draw in range(recipe.draws):
        drawn = desk.draw(excerpt.stems, seed / "draw" / draw if draw else seed)
        rendering = render_with_headroom(recipe, excerpt, drawn, most_db)
        if least_db is None or _is_audible(rendering, least_db):
            return draw, rendering
    limit = f"{least_db:g} dB in {recipe.draws} draws"
    raise Rejected(excerpt.id, f"no console that was drawn changed it by {limit}")


def _is_audible(rendering: Rendering, least_db: float) -> bool:
    """Whether the console changes by `least_db` or more each stem that has effects in its strip,
    and the mix where groups, auxes or the bus have effects. A console without effects passes: it
    has nothing that must be audible."""
    before, after = rendering.before, rendering.after
    strips = rendering.console.strips.items()
    names = [name for name, chain in strips if chain and name in before.stems]
    pairs = [(before.stems[name], after.stems[name]) for name in names]
    if _has_shared_effects(rendering.console):
        pairs.append((before.mix, after.mix))
    return all(severity_db(one, other) >= least_db for one, other in pairs)


def _has_shared_effects(console: Console) -> bool:
    """Whether there is an effect that several stems go through."""
    has_group_effects = any(group.chain for group in console.groups.values())
    return bool(console.bus or console.auxes) or has_group_effects
