"""One effect on every stem, to be removed.

The single-effect half of RemFX (Rice, Steinmetz, Fazekas and Reiss, "General purpose audio effect
removal", WASPAA 2023): distortion, compressor, chorus, delay or reverb in the published ranges, and
a loudness of -20 LUFS before and after. Its effects are one maker's, pedalboard's. Here they are
ours by default, so that settings and equations are known, and `maker=` chooses: `ours`, `theirs`,
or `transfer`: trained on ours, tested on theirs.

Mended and named: every draw has a seed of its own (there, workers share one); splits are by artist,
not by the order in which a folder lists its files; the gain that levels loudness is stored as a
number, so it can be undone; a draw that cannot be heard is drawn again and counted. Different:
stereo at the song's own rate, not mono at 48 kHz; the sources are whatever stems the music has, one
of them in an example unless `stems` says other.

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


def desk(maker: str, effect: str) -> RandomConsole:
    """One effect of the five, or the one that is asked for, on every stem."""
    if effect not in (*NAMES, "any"):
        raise UsageError(f"no effect {effect!r}{did_you_mean(effect, (*NAMES, 'any'))}")
    offered = five(maker)
    chosen = tuple(offered.values()) if effect == "any" else (offered[effect],)
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
    """The recipe with one effect a stem: `any` of the five, evenly, or the one named."""
    return Recipe(
        name="effect_removal_single",
        version=2,
        seed=seed,
        description=(
            "Stems at -20 LUFS, each through one effect of RemFX's five, in its ranges, and "
            "brought to -20 LUFS again; the effect is to be removed."
        ),
        console=by_maker(maker, lambda of: desk(of, effect)),
        audible_db=audible_db,
        stems_kept=stems,
        **material.settings(),
    )
