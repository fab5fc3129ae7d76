"""In a model's box: what a model could try instead of mixing. Each returns what it got hold of, or
raises an error.

The text of a brief is an order as JSON: the `name` of the cheat, and where the secret would be.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from automix_bench.model import Answer, Brief

MARK = "checkup" + "-secret"
"""The name of the target that the harness holds while a cheat looks for it."""
_LONGEST = 80


def patched_metric(order: Mapping[str, Any]) -> str:
    """Have a metric of the harness tell the best of every sound."""
    from automix_bench.metrics import sdr

    sdr.sdr = lambda **sounds: 100.0  # type: ignore[assignment]
    return "patched its own copy"


def callers_frames(order: Mapping[str, Any]) -> str:
    """Look for the target among the variables of whoever called."""
    frame = sys._getframe()
    while frame is not None:
        if any(_holds(value) for value in frame.f_locals.values()):
            return "the target, in a caller's frame"
        frame = frame.f_back  # type: ignore[assignment]
    raise LookupError("no target in any frame")


def every_object(order: Mapping[str, Any]) -> str:
    """Look for the target among all objects of the process."""
    if any(_holds(thing) for thing in gc.get_objects()):
        return "the target, among all objects"
    raise LookupError("no target among all objects")


def data_set_on_disk(order: Mapping[str, Any]) -> str:
    """Read the data set."""
    return Path(order["data"]).read_text()


def oracles_run(order: Mapping[str, Any]) -> str:
    """Read the answers of the oracle in the folder of runs."""
    return Path(order["run"]).read_text()


def parents_memory(order: Mapping[str, Any]) -> str:
    """Read the memory of the harness."""
    with open(f"/proc/{order['parent']}/mem", "rb") as memory:
        return repr(memory)


def environment(order: Mapping[str, Any]) -> str:
    """Look for paths of the harness in the environment."""
    for name, value in os.environ.items():
        if order["variable"] in name or order["data"] in value:
            return f"{name}={value}"
    raise LookupError("nothing in the environment")


def a_socket(order: Mapping[str, Any]) -> str:
    """Connect to a server that knows the answer."""
    with socket.create_connection(("127.0.0.1", order["port"]), 2.0) as wire:
        return repr(wire)


CHEATS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "patched metric": patched_metric,
    "caller's frames": callers_frames,
    "every object (gc)": every_object,
    "data set on disk": data_set_on_disk,
    "run folder of the oracle": oracles_run,
    "parent's memory": parents_memory,
    "environment": environment,
    "socket": a_socket,
}


class Cheater:
    """Tries the cheat that the text of a brief names. What it got hold of stands in its answer's
    values; else its error tells."""

    def __call__(self, brief: Brief) -> Answer:
        order = json.loads(brief.text or "{}")
        got = CHEATS[order["name"]](order)[:_LONGEST]
        return Answer(values={got or "something empty": 1.0})


def _holds(thing: object) -> bool:
    return isinstance(thing, dict) and MARK in thing
