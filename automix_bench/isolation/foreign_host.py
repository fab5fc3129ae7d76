"""Serve a model in a Python of its own: any from 3.7 on, with numpy and nothing of this package.

    python foreign_host.py model.py

`model.py` defines `answer(brief)`. `brief.stems` holds arrays of float32, `(channels, samples)`, by
name; `brief.rate` is in Hz; `brief.reference`, `brief.text` and `brief.console` are None where the
task gives none; `brief.seed` is for what is drawn at random. It returns arrays by name, or a tuple
of arrays by name and numbers by name.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

MAGIC = b"ABM1"


class Brief:
    """What a task shows of one example; see the head of this file."""

    def __init__(self, head: dict[str, Any], sounds: list[tuple[str, str, np.ndarray]]) -> None:
        self.stems = {name: samples for role, name, samples in sounds if role == "stem"}
        references = [samples for role, _, samples in sounds if role == "reference"]
        rates = [sound["rate"] for sound in head["sounds"]]
        self.rate = rates[0] if rates else 0
        self.reference = references[0] if references else None
        self.text = head.get("text")
        self.console = head.get("console")
        self.seed = head.get("seed", 0)


def receive(stream: BinaryIO) -> Brief | None:
    """The next brief; None at the end."""
    start = stream.read(8)
    if len(start) < 8:
        return None
    magic, length = struct.unpack("<4sI", start)
    if magic != MAGIC:
        raise ValueError(f"this is no message of the protocol: {magic!r}")
    head = json.loads(stream.read(length).decode("utf-8"))
    sounds = []
    for sound in head["sounds"]:
        shape = sound["channels"], sound["samples"]
        content = stream.read(4 * shape[0] * shape[1])
        samples = np.frombuffer(content, dtype="<f4").reshape(shape)
        sounds.append((sound["role"], sound["name"], samples))
    return Brief(head, sounds)


def send(
    stream: BinaryIO, head: dict[str, Any], stems: dict[str, Any] | None = None, rate: int = 0
) -> None:
    """Write a message."""
    arrays = []
    listed = []
    for name, samples in (stems or {}).items():
        array = np.ascontiguousarray(samples, dtype="<f4")
        if array.ndim != 2:
            raise ValueError(f"{name}: expected (channels, samples), got {array.shape}")
        arrays.append(array)
        listed.append(
            {
                "role": "stem",
                "name": str(name),
                "rate": int(rate),
                "channels": array.shape[0],
                "samples": array.shape[1],
            }
        )
    content = json.dumps(dict(head, sounds=listed)).encode("utf-8")
    stream.write(struct.pack("<4sI", MAGIC, len(content)) + content)
    for array in arrays:
        stream.write(array.tobytes())
    stream.flush()


def reply(answer: Callable[[Brief], Any], brief: Brief, stream: BinaryIO) -> None:
    """Ask the model, and send what it returns or raises."""
    try:
        answered = answer(brief)
        stems, values = answered if isinstance(answered, tuple) else (answered, {})
        if not isinstance(stems, dict):
            raise TypeError(f"answer: expected arrays by name, got {type(stems).__name__}")
        values = {str(name): float(value) for name, value in values.items()}
        send(stream, {"type": "answer", "values": values, "console": None}, stems, brief.rate)
    except Exception as error:
        line = f"{type(error).__name__}: {error}"
        trace = traceback.format_exc()
        send(stream, {"type": "failure", "error": line, "traceback": trace, "kind": ""})


def main(path: str) -> None:
    """Load the model and answer until the input ends."""
    messages_in, messages_out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the model prints must not come between the messages
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    space: dict[str, Any] = {"__name__": "model", "__file__": path}
    with open(path, "rb") as file:
        exec(compile(file.read(), path, "exec"), space)
    answer = space["answer"]
    send(messages_out, {"type": "ready", "protocol": 1})
    while True:
        brief = receive(messages_in)
        if brief is None:
            return
        np.random.seed(brief.seed)  # noqa: NPY002 (what models use)
        reply(answer, brief, messages_out)


if __name__ == "__main__":
    main(sys.argv[1])
