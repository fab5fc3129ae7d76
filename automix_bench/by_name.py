"""What a decorator put in the place of a function goes to another process by that place's name.

Pickle looks for a function under its own name, and finds there what the decorator made of it: a
metric holds its function, and cannot be sent with it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench import plugin
from automix_bench.errors import BrokenPlugin, UsageError


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
