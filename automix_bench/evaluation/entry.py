"""A model as it enters a benchmark: its name, its code, its weights, and where it answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from os.path import relpath
from pathlib import Path

from automix_bench import plugin
from automix_bench.errors import BrokenPlugin, UnknownPlugin, UsageError
from automix_bench.evaluation.model_code import (
    NONE,
    UNKNOWN,
    changed_since_import,
    code_files,
    code_sha256,
    file_of_module,
    package_of,
    stated_weights_sha256,
    unload,
    weights_sha256,
)
from automix_bench.files.atomic import file_sha256
from automix_bench.files.canonical_json import canonical
from automix_bench.isolation.commands import read_command
from automix_bench.isolation.description import demand_own, described
from automix_bench.isolation.live import AnyModel
from automix_bench.isolation.loading import instance
from automix_bench.isolation.reads import files_of_model
from automix_bench.isolation.running import ModelPlace, Ready
from automix_bench.model import TruthReader

_BUILT_IN = "automix_bench.models."
_BUILT_IN_FOLDER = Path(__file__).resolve().parents[1] / "models"


@dataclass(frozen=True)
class Entry:
    """A model as it competes.

    Attributes:
        title: its name on boards.
        model: the model itself, if it answers in this process, where it shares its memory with the
            targets: one typed into a notebook, and built-in models that are told the answer. None:
            it answers in a process of its own.
        code: the sha256 of the file it is written in and of the modules of its own that it
            imports: an edited model is another model. Empty for a model without a file, such as
            one typed into a notebook: its answers are never reused.
        name: the plug-in's name, by which another process constructs the model. Without a name
            the model itself is pickled, if it can be.
        weights: the sha256 of its `fingerprint` and of the files that it names with `ab.weights`:
            new weights are another model. `unknown` if it does neither; `none` for built-in models.
        told_the_answer: it is a `TruthReader`.
        place: where its own process finds it, and what that may read; None if it answers here.

    Raises:
        UsageError: the model's `fingerprint` is not a text, or raises.
    """

    title: str
    model: AnyModel | None
    code: str = ""
    name: str = ""
    weights: str = ""
    told_the_answer: bool = False
    place: ModelPlace | None = None

    def __post_init__(self) -> None:
        if self.model is not None:
            object.__setattr__(self, "told_the_answer", isinstance(self.model, TruthReader))
        if not self.weights:
            source = plugin.source_of(self.model)
            object.__setattr__(self, "weights", weights_sha256(self.title, self.model, source))

    @property
    def key(self) -> str:
        """Eight letters that stand for its code and its weights, for names of folders."""
        if self.weights in (NONE, UNKNOWN):
            return self.code[:8] or "unfiled"
        return hashlib.sha256(f"{self.code} {self.weights}".encode()).hexdigest()[:8]

    def demand_unchanged(self, ready: Ready) -> None:
        """Refuse a model whose code or weights have changed since it was entered.

        Args:
            ready: what its process says.

        Raises:
            BrokenPlugin: they have.
        """
        named = ready.weights
        if self.name.endswith(".toml"):
            named = read_command(Path(self.name)).weights
        weights = self.weights
        if weights != NONE:
            weights = stated_weights_sha256(ready.fingerprint, named)
        if (_code_of(self.name), weights) != (self.code, self.weights):
            raise BrokenPlugin(f"{self.name}: was changed while it was in use: start again")

    def __reduce__(self) -> tuple[Callable[..., Entry], tuple[object, ...]]:
        if self.model is not None and self.name:
            return _constructed_again, (self.title, self.code, self.name, self.weights)
        code, name = self.code, self.name if self.model is None else ""
        fields = (code, name, self.weights, self.told_the_answer, self.place)
        return Entry, (self.title, self.model, *fields)


def entry(name: str, forbidden: Sequence[Path] = (), reads: Sequence[Path] = ()) -> Entry:
    """The model that a plug-in's name stands for, to answer in a process of its own.

    No code of a model is run in this process, except of built-in ones.

    Args:
        forbidden: what it may not read, even where it loads its code.
        reads: further files and folders that it may read.

    Raises:
        UnknownPlugin: there is no such model.
        UsageError: what the name stands for is not a model, or it lies in a forbidden folder.
    """
    if name.endswith(".toml"):
        return _program(name, reads)
    source = _source(name)
    if source is None or source.is_relative_to(_BUILT_IN_FOLDER):
        here = _in_process(name)
        if here.told_the_answer:
            return here
        return replace(here, model=None, place=ModelPlace(name, here.title, tuple(reads)))
    for folder in forbidden:
        if source.resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"model {name}: lies in {folder}, which no model may read: move it")
    title, at = (source.name, str(source)) if name.endswith(".py") else (name, name)
    code = code_files(source)
    own = files_of_model(source, code, package_of(source))
    folders = _folders_of(source.resolve().parent, code)
    place, ready = described(ModelPlace(at, title, (*own, *reads), folders), forbidden, reads=reads)
    weights = stated_weights_sha256(ready.fingerprint, ready.weights)
    return Entry(title, None, code_sha256(source), at, weights, ready.told_the_answer, place)


def _folders_of(beside: Path, code: Sequence[Path]) -> tuple[Path, ...]:
    """The folders of a model's code, and those between them and that of its file."""
    folders = {path.parent for path in code}
    between = {above for folder in folders for above in folder.parents if beside in above.parents}
    return tuple(sorted(folders | between))


def _program(name: str, reads: Sequence[Path]) -> Entry:
    """A model that is a program, described by a `model.toml`.

    Raises:
        UnknownPlugin: there is no such file.
        UsageError: it describes no program, or wants to read what lies elsewhere.
    """
    path = Path(name).absolute()
    if not path.is_file():
        raise UnknownPlugin(f"no plug-in file at {path}")
    command = read_command(path)
    place = ModelPlace(
        str(path),
        command.title,
        (*command.read, *reads),
        (path.resolve().parent,),
        command.words,
        command.exchange,
        command.container,
    )
    for wanted in command.weights:
        demand_own(wanted, place, reads)
    place = replace(place, read=(*place.read, *command.weights))
    weights = stated_weights_sha256("", command.weights)
    return Entry(command.title, None, _code_of(str(path)), str(path), weights, False, place)


def _code_of(name: str) -> str:
    """The hash of the code of a model that answers in a process of its own; empty if it has no
    file."""
    if name.endswith(".toml"):
        files = read_command(Path(name)).files
        folder = Path(name).resolve().parent
        lines = [[relpath(file, folder), file_sha256(file)] for file in files]
        return hashlib.sha256(canonical(lines).encode()).hexdigest()
    source = _source(name)
    return code_sha256(source) if source else ""


def _in_process(name: str) -> Entry:
    """The model that a name stands for, loaded into this process."""
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


def _source(name: str) -> Path | None:
    """The file of a model, found without running it; None if there is none, or no such model."""
    if name.endswith(".py"):
        path = Path(name).absolute()
        return path if path.is_file() else None
    if "@" in name:
        return None
    if ":" in name:
        return file_of_module(name.partition(":")[0])
    built_in = file_of_module(f"{_BUILT_IN}{name.replace('/', '.')}")
    if built_in is not None:
        return built_in
    published = {each.name: each for each in entry_points(group="automix_bench.models")}
    return file_of_module(published[name].module) if name in published else None


def as_entry(
    model: str | Path | Entry | AnyModel,
    forbidden: Sequence[Path] = (),
    reads: Sequence[Path] = (),
) -> Entry:
    """The entry of a model: of a plug-in by its name or path, of a function under its own name. A
    function answers in this process.

    Args:
        forbidden, reads: see `entry`.

    Raises:
        UnknownPlugin: there is no model of this name.
        UsageError: the object, or what the name stands for, is not a model.
    """
    if isinstance(model, Entry):
        return model
    if isinstance(model, str | Path):
        return entry(str(model), forbidden, reads)
    title = str(getattr(model, "__name__", type(model).__name__))
    return Entry(title, instance(title, model))


def model_named(name: str) -> AnyModel:
    """The model that a name or the path of a `.py` file stands for.

        mix = ab.model("equal_loudness")(ab.Brief(stems=example.after.stems)).stems["mix"]

    Raises:
        UnknownPlugin: there is no such model.
        UsageError: what the name stands for is not a model.
    """
    model = _in_process(name).model
    assert model is not None
    return model


def _constructed_again(title: str, code: str, name: str, weights: str) -> Entry:
    again = _in_process(name)
    if (again.code, again.weights) != (code, weights):
        raise BrokenPlugin(f"{name}: was changed while it was in use: start again")
    return replace(again, title=title)
