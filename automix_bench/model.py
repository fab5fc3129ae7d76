"""The contract of a model: a brief in, an answer out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from automix_bench.audio import Audio
from automix_bench.console import Console
from automix_bench.song import Stems


@dataclass(frozen=True)
class Brief:
    """What a task shows a model of one example.

    Attributes:
        stems: by name; all have the same rate and shape. Their order has no meaning.
        reference: a mix whose style the answer should have, if the task gives one.
        text: an instruction, if the task gives one.
        console: the settings that the stems went through, if the task tells them.
    """

    stems: Stems
    reference: Audio | None = None
    text: str | None = None
    console: Console | None = None


@dataclass(frozen=True)
class Answer:
    """What a model returns.

    Attributes:
        stems: audio by name, of the brief's rate and shape. A mixing model returns `{"mix": …}`.
            An effect-removal model returns the stems that it was shown, under their names.
        values: finite numbers by name, for tasks that ask for numbers.
        console: the settings that the model used, if it can tell them, or that a task asks for.
    """

    stems: Stems = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    console: Console | None = None


@runtime_checkable
class Model(Protocol):
    """A function from a brief to an answer, or an object that can be called like one.

    As a plug-in it may also be a class that is constructed without arguments. It may have a
    `fingerprint`, a text or a method that returns one, which changes with its weights.
    """

    def __call__(self, brief: Brief) -> Answer: ...


@runtime_checkable
class TruthReader(Protocol):
    """A model that is also shown what is wanted, for the ceiling of a board. It is never ranked."""

    def knowing(self, brief: Brief, wanted: Answer) -> Answer:
        """The answer, given the wanted one."""
