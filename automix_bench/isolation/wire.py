"""The messages between the harness and a model: a head in JSON, then samples.

    4 bytes    ABM1
    4 bytes    the length of the head, little-endian
    the head   JSON in UTF-8, an object with a `type`
    samples    of each sound that the head lists under `sounds`, in this order:
               float32, little-endian, all of the first channel, then all of the next

`docs/model-protocol.md` says what the heads hold. Whoever reads a message checks every field: the
other side may be a program in any language, or mean no good.
"""

from __future__ import annotations

import json
import os
import select
import struct
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from automix_bench.audio import HIGHEST_RATE, Audio

MAGIC = b"ABM1"
PROTOCOL = 1
_HEAD = struct.Struct("<4sI")
MOST_HEAD = 16 << 20
MOST_SOUNDS = 4_096
MOST_CHANNELS = 64
_PIPE_BYTES = 1 << 20
_SET_PIPE_SIZE = 1031
"""`fcntl.F_SETPIPE_SZ`: Python names it on some systems only."""


class WireError(Exception):
    """What came is no message of this protocol, or too large. The text is one line.

    Attributes:
        place: where in a live show it came; empty elsewhere.
    """

    place = ""


class ClosedWire(WireError):
    """The other side has ended."""


class TimedOut(WireError):
    """The other side took too long."""


@dataclass(frozen=True)
class Sound:
    """A sound in a message.

    Attributes:
        role: what it is to the receiver: `stem`, `reference`, `target`.
    """

    role: str
    name: str
    audio: Audio


@dataclass(frozen=True)
class Message:
    """A head without its list of sounds, and the sounds."""

    head: Mapping[str, Any]
    sounds: Sequence[Sound] = field(default_factory=tuple)

    @property
    def type(self) -> str:
        """What kind of message it is."""
        return str(self.head["type"])


class Wire:
    """Two pipes: messages in, messages out. A deadline is a time of `time.monotonic`.

    Args:
        incoming, outgoing: descriptors; they are closed by `close`.
        most_bytes: of samples in a message that comes in. It can be set anew.
    """

    def __init__(self, incoming: int, outgoing: int, most_bytes: int) -> None:
        self._incoming, self._outgoing, self.most_bytes = incoming, outgoing, most_bytes
        for descriptor in (incoming, outgoing):
            os.set_blocking(descriptor, False)
            _enlarge(descriptor)

    def close(self) -> None:
        """Close both pipes; the other side reads the end of its input."""
        for descriptor in (self._incoming, self._outgoing):
            if descriptor >= 0:
                os.close(descriptor)
        self._incoming = self._outgoing = -1

    def hand_over(self) -> None:
        """Give the pipes to the program that replaces this process: as its standard input and
        output."""
        for descriptor, standard in ((self._incoming, 0), (self._outgoing, 1)):
            os.set_blocking(descriptor, True)
            os.dup2(descriptor, standard)
            os.close(descriptor)

    def send(self, message: Message, deadline: float | None = None) -> None:
        """Write a message.

        Raises:
            ClosedWire, TimedOut: nobody reads it, or not in time.
        """
        listed = [
            {
                "role": sound.role,
                "name": sound.name,
                "rate": sound.audio.rate,
                "channels": sound.audio.channels,
                "samples": sound.audio.length,
            }
            for sound in message.sounds
        ]
        head = json.dumps({**message.head, "sounds": listed}, allow_nan=False).encode()
        self._write(memoryview(_HEAD.pack(MAGIC, len(head)) + head), deadline)
        for sound in message.sounds:
            samples = np.ascontiguousarray(sound.audio.samples, dtype="<f4")
            self._write(samples.data.cast("B"), deadline)

    def receive(self, deadline: float | None = None) -> Message:
        """Read a message.

        Raises:
            WireError: what comes is no message, or has more bytes than are allowed.
            ClosedWire, TimedOut: it does not come, or not in time.
        """
        magic, length = _HEAD.unpack(self._read(_HEAD.size, deadline))
        if magic != MAGIC:
            raise WireError(f"expected a message that begins with {MAGIC!r}, got {magic!r}")
        if length > MOST_HEAD:
            raise WireError(f"expected a head of at most {MOST_HEAD} bytes, got {length}")
        head = _parsed(bytes(self._read(length, deadline)))
        listed = list(_listed(head.pop("sounds", [])))
        size = sum(4 * channels * samples for _, _, _, channels, samples in listed)
        if size > self.most_bytes:
            raise WireError(f"expected at most {self.most_bytes} bytes of sound, got {size}")
        sounds = []
        for role, name, rate, channels, samples in listed:
            content = np.empty((channels, samples), dtype="<f4")
            self._fill(content.data.cast("B"), deadline)
            try:
                audio = Audio(content.astype(np.float32, copy=False), rate)
            except ValueError as error:
                raise WireError(f"sound {name[:100]!r}: {error}") from None
            sounds.append(Sound(role, name, audio))
        return Message(head, tuple(sounds))

    def _read(self, size: int, deadline: float | None) -> bytearray:
        content = bytearray(size)
        self._fill(memoryview(content), deadline)
        return content

    def _fill(self, place: memoryview, deadline: float | None) -> None:
        filled = 0
        while filled < len(place):
            try:
                size = os.readv(self._incoming, [place[filled:]])
            except BlockingIOError:
                _await(self._incoming, select.POLLIN, deadline)
                continue
            if size == 0:
                raise ClosedWire("the other side has ended")
            filled += size

    def _write(self, content: memoryview, deadline: float | None) -> None:
        written = 0
        while written < len(content):
            try:
                written += os.write(self._outgoing, content[written : written + _PIPE_BYTES])
            except BlockingIOError:
                _await(self._outgoing, select.POLLOUT, deadline)
            except BrokenPipeError:
                raise ClosedWire("the other side has ended") from None


def _await(descriptor: int, event: int, deadline: float | None) -> None:
    """Wait until a descriptor can be read or written."""
    poll = select.poll()
    poll.register(descriptor, event)
    left = None if deadline is None else max(0.0, deadline - time.monotonic())
    if not poll.poll(None if left is None else left * 1000.0):
        raise TimedOut("took too long")


def _enlarge(descriptor: int) -> None:
    """Give a pipe room for a megabyte: fewer turns between the two processes."""
    if sys.platform == "linux":
        import contextlib
        import fcntl

        with contextlib.suppress(OSError):  # no pipe, or the user has too many
            fcntl.fcntl(descriptor, _SET_PIPE_SIZE, _PIPE_BYTES)


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        head = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WireError(f"expected a head in JSON, got text that is none: {error}") from None
    if not isinstance(head, dict) or not isinstance(head.get("type"), str):
        raise WireError("expected a head that is an object with a text under type")
    return head


def _listed(listed: object) -> Iterator[tuple[str, str, int, int, int]]:
    """Role, name, rate, channels and samples of each sound of a head."""
    if not isinstance(listed, list) or len(listed) > MOST_SOUNDS:
        raise WireError(f"sounds: expected a list of at most {MOST_SOUNDS} objects")
    for place, sound in enumerate(listed):
        if not isinstance(sound, dict):
            raise WireError(f"sounds: expected objects, got another thing at {place}")
        name, role = sound.get("name"), sound.get("role", "stem")
        if not isinstance(name, str) or not isinstance(role, str):
            raise WireError(f"sounds: name and role must be texts, at {place}")
        yield (
            role,
            name,
            _whole(sound, "rate", place, HIGHEST_RATE),
            _whole(sound, "channels", place, MOST_CHANNELS),
            _whole(sound, "samples", place, 1 << 40),
        )


def _whole(sound: Mapping[str, Any], key: str, place: int, most: int) -> int:
    value = sound.get(key)
    if type(value) is not int or not 1 <= value <= most:
        raise WireError(f"sounds: {key} must be a whole number from 1 to {most}, at {place}")
    return value
