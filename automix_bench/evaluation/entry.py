"""A model that enters a benchmark: how it is named, made and made again in a worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automix_bench import plugin
from automix_bench.errors import BrokenPlugin, MissingPart, UsageError
from automix_bench.files.atomic import file_sha256
from automix_bench.metric import Metric
from automix_bench.model import Model, TruthReader


@dataclass(frozen=True)
class Entry:
    """A model as it competes.

    Attributes:
        title: its name on boards.
        code: the sha256 of the file it is written in: an edited model is another model. What that
            file loads (weights, other modules) is not part of it. Empty for a model without a
            file, typed into a notebook: its answers are never kept for a later run.
        name: the plug-in's, by which another process makes the model again. Without one the model
            itself is sent there, if it can be.
    """

    title: str
    model: Model | TruthReader
    code: str = ""
    name: str = ""

    def __reduce__(self) -> tuple[Callable[..., Entry], tuple[object, ...]]:
        if self.name:
            return _made_again, (self.title, self.code, self.name)
        return Entry, (self.title, self.model, self.code)


def entry(name: str) -> Entry:
    """The model that a plug-in's name stands for.

    Raises:
        UnknownPlugin: there is no such model.
        UsageError: what the name stands for is no model.
    """
    offered = plugin.load("models", name)
    source = Path(name) if name.endswith(".py") else plugin.source_of(offered)
    title = Path(name).name if name.endswith(".py") else name
    found = str(Path(name).absolute()) if name.endswith(".py") else name
    return Entry(title, instance(name, offered), file_sha256(source) if source else "", found)


def model_named(name: str) -> Model | TruthReader:
    """The model of a name, or of the path of a file: something to call with a `Brief`.

        mix = ab.model("equal_loudness")(ab.Brief(stems=example.after.stems)).stems["mix"]

    Raises:
        UnknownPlugin: there is no such model.
        UsageError: what the name stands for is no model.
    """
    return entry(name).model


def _made_again(title: str, code: str, name: str) -> Entry:
    made = entry(name)
    if made.code != code:
        raise BrokenPlugin(f"{name}: was changed while it was in use: start again")
    return replace(made, title=title)


def instance(name: str, model: Any) -> Model | TruthReader:
    """A model from what a plug-in offers: a class is called without arguments, a function is
    taken as it is.

    Raises:
        UsageError: the class wants arguments, or the object is no model.
    """
    if isinstance(model, type):
        try:
            model = model()
        except MissingPart:
            raise
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise UsageError(f"model {name}: cannot be made without arguments: {said}") from error
    if not isinstance(model, Model | TruthReader) or isinstance(model, Metric):
        raise UsageError(f"model {name}: wanted something to call with a Brief, got {model!r}")
    return model
