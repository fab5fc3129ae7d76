"""Carry out an instruction in words: take the mix apart, change the sources it names, sum."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.audio import Audio, total
from automix_bench.dsp.restoration.late_reverb import without_late_reverb
from automix_bench.effect import Chain
from automix_bench.model import Answer, Brief
from automix_bench.task_parts.instructions import (
    NO_OPERATION,
    Instruction,
    instruction_in,
    source_of,
)
from automix_bench.task_parts.one_after_another import separated

__all__ = ["TextBySeparation"]


@dataclass(frozen=True)
class TextBySeparation:
    """Read the instruction by its grammar, separate the mix, and change what it names.

    What the separators make of a source is subtracted from the mix and added again as changed, so
    that all else stays in the mix as it was. Reverberation is subtracted in the spectrum (Lebart et
    al., 2001). The separators are those of the model `separate`: what comes with the package and
    runs on a CPU. Another choice, in a file of yours:

        demucs = TextBySeparation(("demucs",))

    A brief without an instruction asks for nothing.

    Attributes:
        separators: names of separators or paths of their files, one after another.

    Raises:
        ValueError: an instruction is of another grammar.
    """

    separators: tuple[str, ...] = ("spleeter", "harmonic_percussive")

    def __call__(self, brief: Brief) -> Answer:
        instruction = (
            Instruction(NO_OPERATION) if brief.text is None else instruction_in(brief.text)
        )
        mix = total(brief.stems[name] for name in sorted(brief.stems))
        if not instruction.targets or not mix.samples.any():
            return Answer(stems={"mix": mix})
        for name, stem in separated(mix, self.separators).items():
            if instruction.changes(source_of(name)):
                mix = mix + stem.scaled(-1.0) + _changed(stem, instruction, source_of(name))
        return Answer(stems={"mix": mix})


def _changed(stem: Audio, instruction: Instruction, source: str) -> Audio:
    """A separated source as it is wanted."""
    if instruction.operation == "dry":
        return without_late_reverb(stem)
    return Chain(instruction.effects(source))(stem)
