"""Pickle what goes from one process to another: values, plug-ins from files, and errors.

A class or function that was loaded from a file has no module that another process could import.
It is pickled as the path of the file and the hash of its content, and loaded again on arrival.
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

# What pickle raises on local functions, lambdas, open files and generators.
CANNOT_TRAVEL = (pickle.PicklingError, AttributeError, TypeError)


def packed(value: Any) -> bytes:
    """A value as bytes, for another process that sees the same files.

    Raises:
        UsageError: a part of the value is defined where no other process can import it.
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
    """The value of these bytes.

    Raises:
        BrokenPlugin: a plug-in file was changed after the value was packed.
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
    """An error as it is sent: its type, its arguments and fields, and its traceback as text."""

    type: type[Exception]
    arguments: tuple[Any, ...]
    fields: dict[str, Any]
    trace: str


def packed_error(error: Exception) -> bytes:
    """An error as bytes. One that cannot be pickled becomes a RuntimeError with its message."""
    trace = "".join(traceback.format_exception(error))
    try:
        arguments = error.args if isinstance(error, AutomixError) else error.__reduce__()[1]
        content = packed(PackedError(type(error), tuple(arguments), dict(vars(error)), trace))
        unpacked_error(content)
    except Exception:  # the class of a foreign error may raise anything when it is made again
        message = f"{type(error).__name__}: {error}"
        return packed(PackedError(RuntimeError, (message,), {}, trace))
    return content


def unpacked_error(content: bytes) -> Exception:
    """The error of these bytes. One that is no `AutomixError` has its traceback as a note."""
    record: PackedError = unpacked(content)
    if issubclass(record.type, AutomixError):
        # Its constructor may take other arguments than `args`, and make the message of them.
        error: Exception = record.type.__new__(record.type, *record.arguments)
    else:
        error = record.type(*record.arguments)
        error.add_note(f"In a process of its own:\n{record.trace}")
    vars(error).update({k: v for k, v in record.fields.items() if k != "__notes__"})
    return error


@dataclass(frozen=True)
class ByName:
    """A value that is pickled as the name of a module and a name in it, such as a metric, which is
    a function that a decorator has replaced. The receiving process takes the value from there.

    Raises:
        UsageError: on packing: no module that another process could import has the value.
        BrokenPlugin: on unpacking: the plug-in's file was changed.
    """

    value: Any

    def __reduce__(self) -> tuple[Callable[..., ByName], tuple[str, str, str]]:
        places = list(_places(self.value))
        if places:
            # The module that offers it rather than one that imports it: only of that file can we
            # tell whether it has changed.
            return _by_name, max(places, key=_is_offered)
        name = getattr(self.value, "name", repr(self.value))
        raise UsageError(
            f"{name} cannot be sent to another process: define it at the top of a file of its "
            "own, or work with one worker"
        )


def _places(value: Any) -> Iterator[tuple[str, str, str]]:
    """Where a value stands: module, name in the module, file of the module."""
    for module, loaded in list(sys.modules.items()):
        path = getattr(loaded, "__file__", None)
        if module != "__main__" and path is not None:
            for name, other in list(vars(loaded).items()):
                if other is value:
                    yield module, name, path


def _is_offered(place: tuple[str, str, str]) -> bool:
    module, name, _ = place
    return getattr(sys.modules[module], "__all__", None) == [name]


def _by_name(module: str, name: str, path: str) -> ByName:
    try:
        return ByName(getattr(importlib.import_module(module), name))
    except ModuleNotFoundError:
        if not Path(path).is_file():
            raise
    plugin.load("metrics", path)  # a plug-in's module is named after the content of its file
    if module not in sys.modules:
        raise BrokenPlugin(f"{path}: was changed while it was in use: start again")
    return ByName(getattr(sys.modules[module], name))
