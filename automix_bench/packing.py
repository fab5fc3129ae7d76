"""What goes from one process to another: values, classes from plug-in files, and errors.

A class or function that was loaded from a file has no module that another process could import.
It travels as that file's path and the hash of its content, and is loaded again on arrival.
"""

from __future__ import annotations

import io
import pickle
import traceback
from dataclasses import dataclass
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
