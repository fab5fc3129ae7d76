"""Carry out an instruction in words: take the mix apart, change the sources it names, sum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from automix_bench.audio import Audio, total
from automix_bench.dsp.restoration.late_reverb import without_late_reverb
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.model import Answer, Brief
from automix_bench.task_parts.four_stems import FOUR_STEMS
from automix_bench.task_parts.instructions import Instruction, instruction_in
from automix_bench.task_parts.one_after_another import separated
from automix_bench.task_parts.remix_requests import request_in

__all__ = ["TextBySeparation"]


@dataclass(frozen=True)
class TextBySeparation:
    """Read the instruction by its grammar, separate the mix, and change what it names.

    What the separators make of a source is subtracted from the mix and added again as changed, so
    that all else stays in the mix as it was. Reverberation is subtracted in the spectrum (Lebart et
    al., 2001). The separators are those of the model `separate`: what comes with the package and
    runs on a CPU. Another choice, in a file of yours:

        demucs = TextBySeparation(("demucs",))

    Requests of gains, such as `drums -6.0 dB`, are carried out too, for whole sources: a part of
    one, such as the snare drum, is not separated and stays as it is. A brief without an instruction
    asks for nothing.

    Attributes:
        separators: names of separators or paths of their files, one after another.

    Raises:
        ValueError: an instruction is of another grammar.
    """

    separators: tuple[str, ...] = ("spleeter", "harmonic_percussive")

    def __call__(self, brief: Brief) -> Answer:
        changes = _changes(brief.text)
        mix = total(brief.stems[name] for name in sorted(brief.stems))
        if not changes or not mix.samples.any():
            return Answer(stems={"mix": mix})
        for name, stem in separated(mix, self.separators).items():
            if name in changes:
                mix = mix + stem.scaled(-1.0) + changes[name](stem)
        return Answer(stems={"mix": mix})


Change = Callable[[Audio], Audio]


def _changes(text: str | None) -> dict[str, Change]:
    """What is to be done to each source; those that stay as they are are left out.

    Raises:
        ValueError: the text is no instruction.
    """
    if text is None:
        return {}
    try:
        request_db = request_in(text)
    except ValueError:
        return _changes_of(instruction_in(text))
    return {name: Gain(gain_db) for name, gain_db in request_db.items() if name in FOUR_STEMS}


def _changes_of(instruction: Instruction) -> dict[str, Change]:
    changed = [source for source in FOUR_STEMS if instruction.changes(source)]
    if instruction.operation == "dry":
        return dict.fromkeys(changed, without_late_reverb)
    return {source: Chain(instruction.effects(source)) for source in changed}
