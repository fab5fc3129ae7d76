"""What goes from one process to another: values, classes from plug-in files, and errors.

A class or function that was loaded from a file has no module that another process could import.
It travels as that file's path and the hash of its content, and is loaded again on arrival.
"""

from __future__ import annotations

import importlib
import io
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench import plugin
from automix_bench.errors import AutomixError, BrokenPlugin, UnknownPlugin, UsageError

# What pickle raises on what cannot travel: of locals, lambdas, open files, generators.
CANNOT_TRAVEL = (pickle.PicklingError, AttributeError, TypeError)


def packed(value: Any) -> bytes:
    """A value as bytes that another process on this file system can unpack.

    Raises:
        UsageError: something in it is defined where no other process finds it.
    """
    buffer = io.BytesIO()
    try:
        _Packer(buffer, protocol=5).dump(value)
    except CANNOT_TRAVEL as error:
        raise UsageError(
            f"cannot be sent to another process ({error}): define it at the top of a file of its "
            "own, or work with one worker"
        ) from error
    return buffer.getvalue()


def unpacked(content: bytes) -> Any:
    """The value that was packed.

    Raises:
        BrokenPlugin: a plug-in file was changed since.
    """
    return pickle.loads(content)


class _Packer(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if not (isinstance(value, type) or callable(value)) or not hasattr(value, "__qualname__"):
            return NotImplemented
        if getattr(value, "__module__", None) is None:
            return NotImplemented
        name, path = plugin.name_of("effects", value), plugin.source_of(value)
        if "@" not in name or path is None:
            return NotImplemented
        return _from_file, (name, str(path.absolute()))


def _from_file(name: str, path: str) -> Any:
    try:
        return plugin.load("effects", name)
    except UnknownPlugin:
        plugin.load("effects", path)
    try:
        return plugin.load("effects", name)
    except UnknownPlugin as error:
        raise BrokenPlugin(f"{path}: was changed while it was in use: start again") from error


@dataclass(frozen=True)
class PackedError:
    """An error on its way: its type, its arguments and fields, and where it arose."""

    type: type[Exception]
    arguments: tuple[Any, ...]
    fields: dict[str, Any]
    trace: str


def packed_error(error: Exception) -> bytes:
    """An error as bytes; one that cannot travel goes as a RuntimeError that says the same."""
    trace = "".join(traceback.format_exception(error))
    try:
        arguments = error.args if isinstance(error, AutomixError) else error.__reduce__()[1]
        content = packed(PackedError(type(error), tuple(arguments), dict(vars(error)), trace))
        unpacked_error(content)
    except Exception:  # whatever a foreign error's class does when it is made again
        said = f"{type(error).__name__}: {error}"
        return packed(PackedError(RuntimeError, (said,), {}, trace))
    return content


def unpacked_error(content: bytes) -> Exception:
    """The error that was packed; one that is no `AutomixError` has a note of where it arose."""
    was: PackedError = unpacked(content)
    if issubclass(was.type, AutomixError):
        # Its constructor may make the message of other arguments than those it is kept with.
        error: Exception = was.type.__new__(was.type, *was.arguments)
    else:
        error = was.type(*was.arguments)
        error.add_note(f"In a process of its own:\n{was.trace}")
    vars(error).update({k: v for k, v in was.fields.items() if k != "__notes__"})
    return error


@dataclass(frozen=True)
class ByName:
    """A value that some module has under a name. In the process that it is sent to, it is the
    value of that name there; from the file of a plug-in only if the file is what it was.

    Raises:
        UsageError: as it is packed: no module that another process could load has it.
        BrokenPlugin: as it is unpacked: the file was changed.
    """

    value: Any

    def __reduce__(self) -> tuple[Callable[..., ByName], tuple[str, str, str]]:
        places = list(_places(self.value))
        if places:
            # Where it is offered rather than where it is imported: that file tells if it changed.
            return _found_again, max(places, key=_is_offered)
        called = getattr(self.value, "name", repr(self.value))
        raise UsageError(
            f"{called} cannot be sent to another process: define it at the top of a file of its "
            "own, or work with one worker"
        )


def _places(value: Any) -> Iterator[tuple[str, str, str]]:
    """The modules that have a value, by what name, and their files."""
    for module, loaded in list(sys.modules.items()):
        path = getattr(loaded, "__file__", None)
        if module != "__main__" and path is not None:
            for name, found in list(vars(loaded).items()):
                if found is value:
                    yield module, name, path


def _is_offered(place: tuple[str, str, str]) -> bool:
    module, name, _ = place
    return getattr(sys.modules[module], "__all__", None) == [name]


def _found_again(module: str, name: str, path: str) -> ByName:
    try:
        return ByName(getattr(importlib.import_module(module), name))
    except ModuleNotFoundError:
        if not Path(path).is_file():
            raise
    plugin.load("metrics", path)  # a plug-in's file: its module is named by its content
    if module not in sys.modules:
        raise BrokenPlugin(f"{path}: was changed while it was in use: start again")
    return ByName(getattr(sys.modules[module], name))
