"""What the exchanges share that call a program anew for each brief."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from automix_bench.isolation.wire import PROTOCOL, Message, Wire

_LAST_WORDS = 2_000


def serve_each(wire: Wire, answer: Callable[[Message, Path], Message]) -> None:
    """Answer each brief until the input ends.

    Args:
        answer: given a brief and the path of a folder, which it may make and which is removed after
            it, the message to send back.
    """
    wire.send(Message({"type": "ready", "protocol": PROTOCOL}))
    number = 0
    while True:
        brief = wire.receive()
        folder = Path.cwd() / f"brief-{number}"
        number += 1
        try:
            wire.send(answer(brief, folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def exit_message(code: int, stderr: str) -> Message:
    """The failure of a program that ended with an exit code other than 0."""
    last = stderr.strip()[-_LAST_WORDS:]
    return failure_message(f"the program ended with exit code {code}: {last}", stderr)


def failure_message(line: str, trace: str) -> Message:
    """A failure in one line, with what the program printed on standard error."""
    head = {"type": "failure", "error": " ".join(line.split()), "traceback": trace, "kind": ""}
    return Message(head)
