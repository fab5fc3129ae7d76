"""Mixtures, and the same with some sources louder or softer on request.

The Cadenza challenges (Roa Dabike et al., "The first Cadenza challenges", 2024) and remixing by
separation (Wierstorf, Ward et al., "Perceptual evaluation of source separation for remixing music",
AES 143, 2017) ask for this: change the level of one source or of a few by so many decibels, and
leave the rest. `before.mix` is the sum of the stems, `after.mix` the sum after the change. The
label `request_db` holds the request, in dB by stem.

Different from those: the mixture is exactly the sum of its parts, so that an answer is compared
with the truth and not with another mix. One request in ten asks for nothing; the answer should then
be the mixture itself.

    automix-bench make recipes/remix.py OUT
    automix-bench make recipes/remix.py OUT --set songs=~/music --set separator=demucs
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.consoles.random_chain import Drawn, RandomChain
from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.distributions.plain import Uniform
from automix_bench.effects.gain import Gain
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material
from automix_bench.sampling import Seed

__all__ = ["remix"]


@dataclass(frozen=True)
class Requests:
    """A random console that changes the level of some stems, from one to half of them.

    Attributes:
        gain_db: the change, rounded to 0.1 dB; drawn again while its size is below `least_db`.
        least_db: the smallest change.
        nothing: the chance that no change is requested.
    """

    name_in_plans: ClassVar[str] = "remix@4a89a6299c161a5d:Requests"

    gain_db: Uniform
    least_db: float
    nothing: float

    def draw(self, stems: Iterable[str], seed: Seed) -> DrawnConsole:
        """The request that belongs to `seed`, as a console; the residual is never changed."""
        stems, rng = tuple(stems), (seed / "request").rng()
        named = sorted(stem for stem in stems if stem != "residual")
        asked = rng.random() >= self.nothing
        count = int(rng.integers(1, max(1, len(named) // 2) + 1))
        chosen = [str(stem) for stem in rng.permutation(named)[:count]] if asked else []
        request = {stem: self._change(seed / stem) for stem in sorted(chosen)}
        strips = {
            stem: Drawn((Gain(request[stem]),)) if stem in request else Drawn() for stem in stems
        }
        return DrawnConsole(strips, labels={"request_db": request})

    def _change(self, seed: Seed) -> float:
        rng = seed.rng()
        while abs(gain_db := round(self.gain_db.sample(rng), 1)) < self.least_db:
            pass
        return gain_db

    def everything(self) -> Iterator[tuple[str, RandomChain]]:
        """Every chain that may be drawn, with its name."""
        yield "the stems of a request", RandomChain((Gain.random(gain_db=self.gain_db),))


def remix(material: Material = Material(), seed: int = 20261122) -> Recipe:
    """The recipe, on any music with stems; see `Material` for the settings of the music."""
    return Recipe(
        name="remix",
        version=1,
        seed=seed,
        description=(
            "Mixtures, and the same with the level of some stems changed by a request between "
            "-12 and +12 dB; the request is in the labels."
        ),
        console=Requests(Uniform(-12.0, 12.0), least_db=1.0, nothing=0.1),
        plain_mix=True,
        **material.settings(),
    )
