"""Mixtures, an instruction in words, and the mixtures with the instruction carried out.

The instructions are those of AMSS-Net (Choi et al., "AMSS-Net: audio manipulation on user-specified
sources with textual queries", ACM Multimedia 2021), on any set of sources: separate, mute, louder
or softer (twice, half), panned left or right (or completely), low- or high-passed (lightly, medium,
heavily; at the published frequencies), and reverb removed. The grammar is theirs; the wordings are
our own, several for each operation. The labels are `text`, `operation`, `targets` (sources),
`stems` (of the targets) and `shown`, the side that a model is shown: `before`, or `after` where it
has to remove what was added.

Different from the paper: filters are second-order Butterworth filters (the published ones resonate,
with sox's `q = 10`, which nobody would ask for); the gain that before and after share is stored, so
that levels compare (there, the larger peak decides it, and it is lost); panning is 0 dB at the
centre (there, 0.8 and 0.2, or 1 and 0, of the mean of both channels); reverb is a room of noise. In
one example of eight the instruction is to leave everything as it is, or names an operation only to
forbid it: `operation` is then `nothing`. A fifth of all combinations of operation and sources is
kept from training. Half of the test has such combinations; the label `unseen` is then true.

    automix-bench make recipes/text_manipulation.py OUT
    automix-bench make recipes/text_manipulation.py OUT --set songs=~/musdb18 --set layout=musdb
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.consoles.random_chain import Drawn, RandomChain
from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.effect import Effect
from automix_bench.recipe import BySplit, Recipe
from automix_bench.recipe_parts.material import Material
from automix_bench.sampling import Seed, rng_for
from automix_bench.task_parts.instructions import (
    FORBIDDEN,
    NO_OPERATION,
    NOTHING,
    WORDINGS,
    Instruction,
    listed,
    source_of,
)

__all__ = ["text_manipulation"]


def is_unseen(operation: str, targets: tuple[str, ...]) -> bool:
    """Whether a combination is kept from training: one in five, decided by its name."""
    return bool(rng_for(0, "text_manipulation", operation, *targets).random() < 0.2)


@dataclass(frozen=True)
class Instructions:
    """A random console that carries out an instruction; the labels hold its words.

    Attributes:
        unseen: the chance of a combination that training does not have.
        nothing: the chance of an instruction to do nothing.
    """

    name_in_plans: ClassVar[str] = "text_manipulation@765df16ecd09e85f:Instructions"

    unseen: float
    nothing: float

    def draw(self, stems: Iterable[str], seed: Seed) -> DrawnConsole:
        """The instruction that belongs to `seed`, about sources that the excerpt has."""
        stems, rng = tuple(stems), (seed / "instruction").rng()
        sources = sorted({source_of(stem) for stem in stems if stem != "residual"})
        operation, targets, unseen = self._combination(sources, rng)
        text = str(rng.choice(WORDINGS[operation])).format(listed(targets))
        nothing = rng.random() < self.nothing
        if nothing:
            plain = rng.random() < 0.5
            text = str(rng.choice(NOTHING if plain else FORBIDDEN)).format(text)
            operation, targets, unseen = NO_OPERATION, (), False
        chains = {stem: Drawn(_chain(operation, targets, stem)) for stem in stems}
        labels = {
            "text": text,
            "operation": operation,
            "targets": list(targets),
            "stems": sorted(
                stem for stem in stems if stem != "residual" and source_of(stem) in targets
            ),
            "shown": "after" if operation == "dry" else "before",
            "unseen": unseen,
        }
        return DrawnConsole(chains, labels=labels)

    def _combination(
        self, sources: list[str], rng: np.random.Generator
    ) -> tuple[str, tuple[str, ...], bool]:
        """An operation, its targets, and whether training has not got this combination."""
        unseen = bool(rng.random() < self.unseen)
        for _ in range(1_000):
            operation = str(rng.choice(list(WORDINGS)))
            count = int(rng.integers(1, min(3, len(sources)) + 1))
            targets = tuple(sorted(str(name) for name in rng.permutation(sources)[:count]))
            everything = operation == "separate" and len(targets) == len(sources) > 1
            if is_unseen(operation, targets) == unseen and not everything:
                return operation, targets, unseen
        # With a single source all combinations may be of the other kind.
        return operation, targets, not unseen

    def everything(self) -> Iterator[tuple[str, RandomChain]]:
        """No chain: only the operation is drawn; its effects are fixed."""
        yield from ()


def _chain(operation: str, targets: tuple[str, ...], stem: str) -> tuple[Effect, ...]:
    if stem == "residual" and operation != "separate":
        return ()
    return Instruction(operation, targets).effects(source_of(stem))


def text_manipulation(material: Material = Material(), seed: int = 20261122) -> Recipe:
    """The recipe, on any music with stems; see `Material` for the settings of the music."""
    return Recipe(
        name="text_manipulation",
        version=1,
        seed=seed,
        description=(
            "Mixtures, an instruction in words (which source, what to do with it), and the mixture "
            "with it carried out."
        ),
        console=BySplit(
            Instructions(unseen=0.0, nothing=0.125),
            Instructions(unseen=0.0, nothing=0.125),
            Instructions(unseen=0.5, nothing=0.125),
        ),
        plain_mix=True,
        **material.settings(),
    )
