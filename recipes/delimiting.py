"""Finished mixes through a limiter that drives them loud, to be made dynamic again.

Jeon and Lee, "Music de-limiter networks via sample-wise gain inversion" (WASPAA 2023), bring random
mixes of MUSDB18-HQ with a commercial maximiser to a loudness drawn from a normal distribution
around -8 LUFS with a deviation of 1. The same loudness here, reached by our own look-ahead limiter,
whose drive is found for each excerpt and stored: so the gain that was applied is known sample by
sample. Loudness is then brought back to that of the input as a step of its own, also stored, so
that level gives nothing away (`matched=false` leaves it loud).

Mended and named: no phase shift and no swapped channels (their erratum of June 2024 reports both in
the published data), as a test holds the limiter to a latency of 0 samples.

    automix-bench make recipes/delimiting.py OUT --set songs=~/music
"""

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import LogUniform
from automix_bench.distributions.shaped import Normal
from automix_bench.normalisers.limited_loudness import LimitedLoudness
from automix_bench.normalisers.same_loudness import SameLoudness
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material

__all__ = ["delimiting"]

limiting = LimitedLoudness.random(
    lufs=Normal(-8.0, 1.0, -12.0, -6.5),
    ceiling_dbtp=-1.5,
    release_ms=LogUniform(5.0, 30.0),
    lookahead_ms=1.5,
)


def delimiting(
    material: Material = Material(), matched: bool = True, seed: int = 20261122
) -> Recipe:
    """The recipe, on whole mixes unless a separator is asked for."""
    steps = (limiting, SameLoudness.random()) if matched else (limiting,)
    return Recipe(
        name="delimiting",
        version=1,
        seed=seed,
        description=(
            "Finished mixes, limited to a loudness around -8 LUFS by a look-ahead limiter with "
            "known drive; the dynamics are to be brought back."
        ),
        console=RandomConsole(default=RandomChain(steps)),
        **material.settings("whole"),
    )
