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
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_pass import HighPass
from automix_bench.effects.low_pass import LowPass
from automix_bench.effects.mono import Mono
from automix_bench.effects.mute import Mute
from automix_bench.effects.noise_reverb import NoiseReverb
from automix_bench.effects.pan import Pan
from automix_bench.recipe import BySplit, Recipe
from automix_bench.recipe_parts.material import Material
from automix_bench.sampling import Seed, rng_for
from automix_bench.song import role

__all__ = ["text_manipulation"]

SOURCES = {
    "drums": ("drums", "kick", "snare", "hihat", "toms", "cymbals", "percussion"),
    "bass": ("bass",),
    "vocals": ("vocals", "voice", "choir", "lead_vox", "backing_vocals"),
}
"""The roles of the stems of each source; a stem of another role belongs to `other`."""

TWICE_DB = 6.0206
LOW_HZ = {"lightly": 1_378.0, "medium": 689.0, "heavily": 344.0}
HIGH_HZ = {"lightly": 1_378.0, "medium": 2_756.0, "heavily": 5_512.0}
BASS_LOW_HZ = {"lightly": 172.0, "medium": 86.0, "heavily": 43.0}
BASS_HIGH_HZ = {"lightly": 86.0, "medium": 172.0, "heavily": 344.0}
HALL = NoiseReverb(2.5, 2.5, 1.5, 32.0, 0.5, 7.0)

WORDINGS = {
    "separate": ("separate the {}", "give me only the {}", "isolate the {}"),
    "mute": ("mute the {}", "take the {} out", "remove the {}"),
    "louder": ("make the {} louder", "turn the {} up", "increase the volume of the {}"),
    "softer": ("make the {} softer", "turn the {} down", "decrease the volume of the {}"),
    "left": ("pan the {} to the left", "move the {} left"),
    "right": ("pan the {} to the right", "move the {} right"),
    "completely left": ("pan the {} completely to the left", "put the {} hard left"),
    "completely right": ("pan the {} completely to the right", "put the {} hard right"),
    "low-pass lightly": ("apply a light low-pass to the {}", "darken the {} a little"),
    "low-pass medium": ("apply a medium low-pass to the {}", "darken the {}"),
    "low-pass heavily": ("apply a heavy low-pass to the {}", "darken the {} a lot"),
    "high-pass lightly": ("apply a light high-pass to the {}", "thin the {} out a little"),
    "high-pass medium": ("apply a medium high-pass to the {}", "thin the {} out"),
    "high-pass heavily": ("apply a heavy high-pass to the {}", "thin the {} out a lot"),
    "dry": ("remove the reverb from the {}", "make the {} dry", "take the room off the {}"),
}
NOTHING = ("leave everything as it is", "do nothing", "change nothing at all")
FORBIDDEN = ("whatever you do, do not {}", "please don't {}")
"""Each is completed with the wording of an operation."""


def source_of(stem: str) -> str:
    """The source that a stem belongs to."""
    return next((name for name, roles in SOURCES.items() if role(stem) in roles), "other")


def effects_of(operation: str, source: str) -> tuple[Effect, ...]:
    """The effects of an operation on a stem of a source that it names."""
    match operation.split():
        case ["mute"]:
            return (Mute(),)
        case ["louder"]:
            return (Gain(TWICE_DB),)
        case ["softer"]:
            return (Gain(-TWICE_DB),)
        case ["completely", side]:
            return Mono(), Pan(-1.0 if side == "left" else 1.0)
        case ["left" | "right" as side]:
            # The published 0.8 and 0.2 are this position on a linear law.
            return Mono(), Pan(-0.6 if side == "left" else 0.6, "linear")
        case ["low-pass", how]:
            return (LowPass((BASS_LOW_HZ if source == "bass" else LOW_HZ)[how], "2"),)
        case ["high-pass", how]:
            return (HighPass((BASS_HIGH_HZ if source == "bass" else HIGH_HZ)[how], "2"),)
        case ["dry"]:
            return (HALL,)
    return ()


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
        text = str(rng.choice(WORDINGS[operation])).format(_listed(targets))
        nothing = rng.random() < self.nothing
        if nothing:
            plain = rng.random() < 0.5
            text = str(rng.choice(NOTHING if plain else FORBIDDEN)).format(text)
            operation, targets, unseen = "nothing", (), False
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
    named = source_of(stem) in targets
    if operation == "separate":
        return () if named else (Mute(),)
    return effects_of(operation, source_of(stem)) if named and stem != "residual" else ()


def _listed(names: tuple[str, ...]) -> str:
    words = [f"{name} instruments" if name == "other" else name for name in names]
    return words[0] if len(words) == 1 else f"{', the '.join(words[:-1])} and the {words[-1]}"


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
