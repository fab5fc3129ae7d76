"""Serve a model in a Python of its own: any from 3.7 on, with numpy and nothing of this package.

    python foreign_host.py model.py

`model.py` defines `answer(brief)`, `live(show)`, or both. `brief.stems` holds arrays of float32,
`(channels, samples)`, by name; `brief.rate` is in Hz; `brief.reference`, `brief.text` and
`brief.console` are None where the task gives none; `brief.seed` is for what is drawn at random. It
returns arrays by name, or a tuple of arrays by name and numbers by name.

`live(show)` is for live tasks. `show.stems` are the names of the stems, `show.rate`,
`show.channels` and `show.frame_samples` say what a frame is. It returns a function, which is called
with one frame after another, arrays by name, and returns the frame of the mix, an array of the same
shape. The function may have an attribute `latency_samples`.
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


class Show:
    """What a live model knows before the first frame; see the head of this file."""

    def __init__(self, head: dict[str, Any]) -> None:
        self.stems = list(head["stems"])
        self.rate = head["rate"]
        self.channels = head["channels"]
        self.frame_samples = head["frame_samples"]
        self.seed = head.get("seed", 0)


Sounds = Any
"""A list of role, name and samples of each sound."""


def receive(stream: BinaryIO) -> tuple[dict[str, Any], Sounds] | None:
    """The head and the sounds of the next message; None at the end."""
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
    return head, sounds


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


class Model:
    """What `model.py` defines, and the show that it plays."""

    def __init__(self, answer: Callable[[Brief], Any] | None, live: Any, stream: BinaryIO) -> None:
        self.answer = answer
        self.live = live
        self.stream = stream
        self.mix_frame: Any = None
        self.rate = 0

    def reply(self, head: dict[str, Any], sounds: Sounds) -> None:
        """Ask the model, and send what it returns or raises."""
        mix_frame, self.mix_frame = self.mix_frame, None
        try:
            if head["type"] == "show":
                self.begin(Show(head))
            elif head["type"] == "frame":
                mixed = mix_frame({name: samples for _, name, samples in sounds})
                send(self.stream, {"type": "frame"}, {"mix": mixed}, self.rate)
                self.mix_frame = mix_frame
            else:
                self.whole(Brief(head, sounds))
        except Exception as error:
            line = f"{type(error).__name__}: {error}"
            trace = traceback.format_exc()
            send(self.stream, {"type": "failure", "error": line, "traceback": trace, "kind": ""})

    def begin(self, show: Show) -> None:
        """Begin a show."""
        np.random.seed(show.seed)  # noqa: NPY002 (what models use)
        if self.live is None:
            raise TypeError("this model has no function live(show), which mixes frame by frame")
        mix_frame = self.live(show)
        latency = int(getattr(mix_frame, "latency_samples", 0))
        send(self.stream, {"type": "playing", "latency_samples": latency})
        self.mix_frame, self.rate = mix_frame, show.rate

    def whole(self, brief: Brief) -> None:
        """Answer a whole brief."""
        np.random.seed(brief.seed)  # noqa: NPY002 (what models use)
        if self.answer is None:
            raise TypeError("this model has no function answer(brief)")
        answered = self.answer(brief)
        stems, values = answered if isinstance(answered, tuple) else (answered, {})
        if not isinstance(stems, dict):
            raise TypeError(f"answer: expected arrays by name, got {type(stems).__name__}")
        values = {str(name): float(value) for name, value in values.items()}
        send(self.stream, {"type": "answer", "values": values, "console": None}, stems, brief.rate)


def main(path: str) -> None:
    """Load the model and answer until the input ends."""
    messages_in, messages_out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the model prints must not come between the messages
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    space: dict[str, Any] = {"__name__": "model", "__file__": path}
    with open(path, "rb") as file:
        exec(compile(file.read(), path, "exec"), space)
    answer, live = space.get("answer"), space.get("live")
    if answer is None and live is None:
        raise ValueError(f"{path}: expected a function answer(brief) or live(show), got neither")
    model = Model(answer, live, messages_out)
    send(messages_out, {"type": "ready", "protocol": 1, "live": live is not None})
    while True:
        message = receive(messages_in)
        if message is None:
            return
        model.reply(*message)


if __name__ == "__main__":
    main(sys.argv[1])
