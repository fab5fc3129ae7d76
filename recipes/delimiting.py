"""Finished mixes driven loud by a limiter, to be made dynamic again.

Jeon and Lee, "Music de-limiter networks via sample-wise gain inversion" (WASPAA 2023), bring random
mixes of MUSDB18-HQ to a loudness drawn from a normal distribution around -8 LUFS with a deviation
of 1 LU, with a commercial maximiser. The loudness here is the same, reached by the look-ahead
limiter of this package. Its drive is found for each excerpt and stored, so that the gain is known
for every sample. A second step, also stored, brings the loudness back to that of the input, so that
a model cannot tell the limited mix by its level; `matched=false` leaves it loud.

Different from the paper: no phase shift and no swapped channels, which its authors report in the
published data (erratum of June 2024); a test holds the limiter to a latency of 0 samples.

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
    """The recipe, on whole mixes unless `separator` is set.

    Args:
        matched: bring the loudness back to that of the input.
    """
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
