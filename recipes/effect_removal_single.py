"""One effect on every stem, to be removed.

This is the single-effect task of RemFX (Rice, Steinmetz, Fazekas and Reiss, "General purpose audio
effect removal", WASPAA 2023): distortion, compressor, chorus, delay or reverb in the published
ranges, and a loudness of -20 LUFS before and after. RemFX takes all effects from one maker,
pedalboard. The default here is the effects of this package, whose settings and equations are known.
`maker=` chooses: `ours`, `theirs` (pedalboard's), or `transfer`, which trains on ours and tests on
theirs.

Different from RemFX: every draw has a seed of its own (there, workers share one); splits are by
artist, not by the order in which a folder lists its files; the gain that sets the loudness is
stored as a number, so that it can be undone; a draw that cannot be heard is drawn again, and
counted. Sound is in stereo at the song's own rate, not mono at 48 kHz. The sources are the stems of
the music, one of them in an example unless `stems` is set.

    automix-bench make recipes/effect_removal_single.py OUT --set effect=reverb
    automix-bench make recipes/effect_removal_single.py OUT --set maker=transfer
"""

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Constant
from automix_bench.errors import UsageError
from automix_bench.plugin import did_you_mean
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.effect_removal import LEVEL, NAMES, by_maker, five
from automix_bench.recipe_parts.material import Material

__all__ = ["effect_removal_single"]


def removal(maker: str, effect: str) -> RandomConsole:
    """A console with one effect on every stem: the one named, or `any` of the five."""
    if effect not in (*NAMES, "any"):
        raise UsageError(f"no effect {effect!r}{did_you_mean(effect, (*NAMES, 'any'))}")
    effects = five(maker)
    chosen = tuple(effects.values()) if effect == "any" else (effects[effect],)
    one = RandomChain(chosen, count=Constant(1))
    return RandomConsole(default=RandomChain((one, LEVEL)), prepared=RandomChain((LEVEL,)))


def effect_removal_single(
    material: Material = Material(),
    maker: str = "ours",
    effect: str = "any",
    audible_db: float = 0.5,
    stems: int | None = 1,
    seed: int = 20261122,
) -> Recipe:
    """The recipe.

    Args:
        maker: whose effects: `ours`, `theirs`, or `transfer`.
        effect: the effect on every stem, by name; `any` draws one of the five evenly.
        audible_db: an example that its effect changes by less is drawn again.
        stems: how many stems an example has; None keeps all.
    """
    return Recipe(
        name="effect_removal_single",
        version=2,
        seed=seed,
        description=(
            "Stems at -20 LUFS, each through one effect of RemFX's five, in its ranges, and "
            "brought to -20 LUFS again; the effect is to be removed."
        ),
        console=by_maker(maker, lambda maker: removal(maker, effect)),
        audible_db=audible_db,
        stems_kept=stems,
        **material.settings(),
    )
