"""The contract of a model: what it is shown, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from automix_bench.audio import Audio
from automix_bench.console import Console
from automix_bench.song import Stems


@dataclass(frozen=True)
class Brief:
    """All that a model is shown of one example: what the task shows, no more.

    Attributes:
        stems: all of one rate and shape. Their order means nothing.
        reference: a mix whose style is asked for.
        text: an instruction.
        console: the settings that the stems went through, where the task tells them.
    """

    stems: Stems
    reference: Audio | None = None
    text: str | None = None
    console: Console | None = None


@dataclass(frozen=True)
class Answer:
    """What a model gives back.

    Attributes:
        stems: audio, by name, of the brief's rate and shape. A mixing model returns `{"mix": …}`;
            an effect-removal model the stems it was shown, by their names.
        values: numbers, for tasks that want numbers.
        console: the settings the model used, if it can tell them.
    """

    stems: Stems = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    console: Console | None = None


@runtime_checkable
class Model(Protocol):
    """A brief in, an answer out. A function will do, and so will a class without arguments."""

    def __call__(self, brief: Brief) -> Answer: ...


@runtime_checkable
class TruthReader(Protocol):
    """A ceiling: it is shown the answer beside the brief. Never a competitor: boards mark it."""

    def knowing(self, brief: Brief, targets: Stems) -> Answer: ...
