"""A model as it enters a benchmark: its name, its code, and how a worker constructs it again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from automix_bench import plugin
from automix_bench.errors import BrokenPlugin, MissingPart, UsageError
from automix_bench.evaluation.model_code import (
    NONE,
    UNKNOWN,
    changed_since_import,
    code_sha256,
    unload,
    weights_sha256,
)
from automix_bench.metric import Metric
from automix_bench.model import Model, TruthReader


@dataclass(frozen=True)
class Entry:
    """A model as it competes.

    Attributes:
        title: its name on boards.
        code: the sha256 of the file it is written in and of the modules of its own that it
            imports: an edited model is another model. Empty for a model without a file, such as
            one typed into a notebook: its answers are never reused.
        name: the plug-in's name, by which another process constructs the model. Without a name
            the model itself is pickled, if it can be.
        weights: the sha256 of its `fingerprint` and of the files that it names with `ab.weights`:
            new weights are another model. `unknown` if it does neither; `none` for built-in models.

    Raises:
        UsageError: the model's `fingerprint` is not a text, or raises.
    """

    title: str
    model: Model | TruthReader
    code: str = ""
    name: str = ""
    weights: str = ""

    def __post_init__(self) -> None:
        if not self.weights:
            source = plugin.source_of(self.model)
            object.__setattr__(self, "weights", weights_sha256(self.title, self.model, source))

    @property
    def key(self) -> str:
        """Eight letters that stand for its code and its weights, for names of folders."""
        if self.weights in (NONE, UNKNOWN):
            return self.code[:8] or "unfiled"
        return hashlib.sha256(f"{self.code} {self.weights}".encode()).hexdigest()[:8]

    def __reduce__(self) -> tuple[Callable[..., Entry], tuple[object, ...]]:
        if self.name:
            return _constructed_again, (self.title, self.code, self.name, self.weights)
        return Entry, (self.title, self.model, self.code, "", self.weights)


def entry(name: str) -> Entry:
    """The model that a plug-in's name stands for.

    Raises:
        UnknownPlugin: there is no such model.
        UsageError: what the name stands for is not a model.
    """
    offered = plugin.load("models", name)
    path = Path(name).absolute() if name.endswith(".py") else None
    source = path or plugin.source_of(offered)
    if source and changed_since_import(source):
        unload(source)
        offered = plugin.load("models", name)
    model = instance(name, offered)
    code = code_sha256(source) if source else ""
    weights = weights_sha256(name, model, source)
    if path:
        return Entry(path.name, model, code, str(path), weights)
    return Entry(name, model, code, name, weights)


def as_entry(model: str | Path | Entry | Model | TruthReader) -> Entry:
    """The entry of a model: of a plug-in by its name or path, of a function under its own name.

    Raises:
        UnknownPlugin: there is no model of this name.
        UsageError: the object, or what the name stands for, is not a model.
    """
    if isinstance(model, Entry):
        return model
    if isinstance(model, str | Path):
        return entry(str(model))
    title = str(getattr(model, "__name__", type(model).__name__))
    return Entry(title, instance(title, model))


def model_named(name: str) -> Model | TruthReader:
    """The model that a name or the path of a `.py` file stands for.

        mix = ab.model("equal_loudness")(ab.Brief(stems=example.after.stems)).stems["mix"]

    Raises:
        UnknownPlugin: there is no such model.
        UsageError: what the name stands for is not a model.
    """
    return entry(name).model


def _constructed_again(title: str, code: str, name: str, weights: str) -> Entry:
    again = entry(name)
    if (again.code, again.weights) != (code, weights):
        raise BrokenPlugin(f"{name}: was changed while it was in use: start again")
    return replace(again, title=title)


def instance(name: str, offered: object) -> Model | TruthReader:
    """A model from what a plug-in offers: a class is called without arguments, a function is
    taken as it is.

    Raises:
        UsageError: the class needs arguments, or the object is not a model.
    """
    model = offered
    if isinstance(offered, type):
        try:
            model = offered()
        except MissingPart:
            raise
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
            raise UsageError(
                f"model {name}: cannot be made without arguments: {message}"
            ) from error
    if not isinstance(model, Model | TruthReader) or isinstance(model, Metric):
        raise UsageError(f"model {name}: wanted something to call with a Brief, got {model!r}")
    return model
