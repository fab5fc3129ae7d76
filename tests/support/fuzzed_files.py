"""Files that were cut or damaged, and how reading each of them ends."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

from automix_bench.errors import Rejected
from automix_bench.files.decode import decode, probe

_HEAD_BYTES = 160


def cuts(content: bytes) -> Iterator[bytes]:
    """The content, cut at every tenth."""
    return (content[: len(content) * tenth // 10] for tenth in range(1, 10))


def flips(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    """The content with one to four bits reversed; every other time in its first 160 bytes."""
    draw = random.Random(seed)
    for number in range(count):
        damaged = bytearray(content)
        end = min(_HEAD_BYTES, len(content)) if number % 2 else len(content)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(end)] ^= 1 << draw.randrange(8)
        yield bytes(damaged)


def outcome(path: Path) -> tuple[int, str, float]:
    """How reading a file ends: its length or 0, the refusal or nothing, and the seconds taken.

    Whatever is raised that is no refusal ends the test.
    """
    begun, refusal = time.perf_counter(), None
    try:
        header, audio = probe(path), decode(path)
    except Rejected as error:
        refusal = error
    seconds = time.perf_counter() - begun
    if refusal is not None:
        assert "\n" not in str(refusal), str(refusal)
        assert str(path.parent) not in str(refusal), str(refusal)
        return 0, refusal.reason, seconds
    assert (header.length, header.channels) == (audio.length, audio.channels)
    return audio.length, "", seconds
