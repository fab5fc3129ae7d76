"""Models whose network sets a console for tracks, and hears nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from automix_bench.model import Answer, Brief
from automix_bench.model_parts.console_knobs import knobs_of
from automix_bench.model_parts.console_mix import Parts, answer_of
from automix_bench.weights.store import file_of, sha256_of

__all__ = ["ConsoleModel"]


@dataclass(frozen=True)
class ConsoleModel:
    """A `MixingConsoleNetwork` with its weights, and which parts of its console are used."""

    weights: str
    compression: bool = True
    equaliser: bool = True
    panning: bool = True
    reverb: bool = True
    target_lufs: float = -23.0

    def fingerprint(self) -> str:
        """The sha256 of the weights."""
        return sha256_of(file_of(self.weights))

    def called(self, name: str) -> str:
        """The name by which the network knows a track: in training, its first word is its role."""
        return name

    def __call__(self, brief: Brief) -> Answer:
        parts = Parts(self.compression, self.equaliser, self.panning, self.reverb)
        set_knobs = partial(knobs_of, file_of(self.weights), called=self.called)
        return answer_of(brief.stems, set_knobs, parts, self.target_lufs)
