"""The length of an MP3 file, from its frames.

An MP3 file has no header. Encoders write a count of frames and bytes into a first, silent frame,
called Xing or Info. Where it is missing, libsndfile estimates the length from the first frames and
drops everything beyond: half of a song that begins quietly. `indexed` adds the count.

Layout of the Xing frame: the LAME project's "MP3 Info Tag, revision 1". See `frame_streams` for
that of frames.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from automix_bench.files.frame_streams import (
    STRAY_FRAMES,
    Frame,
    Run,
    damage,
    first_frame,
    mpeg_frame,
    runs,
    second_stream,
)
from automix_bench.files.tags import after_id3

_LAYER_3 = 3
_COUNTED = (b"Xing", b"Info")


@dataclass(frozen=True)
class Index:
    """The Xing or Info frame.

    Attributes:
        start: its position in the file, in bytes.
        frames: how many follow it.
        size: of all frames in bytes, this one included; 0 if it is not stated.
    """

    start: int
    frames: int
    size: int


def begins_like_mp3(start: bytes) -> bool:
    """Whether a file's first bytes, behind any ID3v2 tags, begin a frame of layer III."""
    return _layer_3(start, 0) is not None


def index(content: bytes) -> Index | None:
    """The Xing or Info frame of an MP3 file; None if none counts its frames."""
    return _index_at(content, _first(content))


def misfit(content: bytes) -> str:
    """How the index of an MP3 file disagrees with its bytes; empty if it does not.

    Without an index only a damaged frame or a cut last one is noticed: a file cut between two
    frames looks like a shorter song.
    """
    start = _first(content)
    stated = _index_at(content, start)
    if stated is not None and stated.size:
        present = len(content) - stated.start
        if present < stated.size:
            return f"its Xing frame promises {stated.size} bytes of MP3, {present} are there"
        content = content[: stated.start + stated.size]
    wrong = damage(content, _streams(content, start), "MP3")
    return wrong if stated is None or "ends within" not in wrong else ""


def glued(content: bytes) -> int | None:
    """Where a second MP3 begins behind the first, in bytes; None if there is one alone."""
    start = _first(content)
    stated = _index_at(content, start)
    if stated is not None and stated.size:
        behind = runs(content, stated.start + stated.size, mpeg_frame)
        return next((run.start for run in behind if run.frames > STRAY_FRAMES), None)
    all_runs = runs(content, start, mpeg_frame)
    other = second_stream(content, all_runs)
    return _second_index(content, start, all_runs) if other is None else other


def end(content: bytes) -> int:
    """Where the frames of an MP3 end, in bytes; at most the end of the content."""
    start = _first(content)
    stated = _index_at(content, start)
    if stated is not None and stated.size:
        return min(stated.start + stated.size, len(content))
    return min(max([run.end for run in _streams(content, start)], default=start), len(content))


def indexed(content: bytes) -> bytes:
    """An MP3 file with a Xing frame before its first frame; unchanged if it has one.

    The new frame counts the others. It holds no sound, and decoders skip it. Tags are left out, as
    libsndfile prints a note on each that it meets behind the frames. Free-format streams,
    and layers I and II, which have one bit rate throughout, are left unchanged.
    """
    start = _first(content)
    frame = _layer_3(content, start)
    if frame is None or index(content) is not None:
        return content
    same = _streams(content, start)
    count = sum(run.frames for run in same)
    silent = bytearray(content[start : start + 4].ljust(frame.size, b"\0"))
    silent[1] |= 1
    at = 4 + frame.side_bytes
    if at + 12 > frame.size:
        return content
    silent[at : at + 12] = b"Xing" + struct.pack(">II", 1, count)
    return bytes(silent) + content[start : same[-1].end]


def _first(content: bytes) -> int:
    """The start of the first frame, behind any ID3v2 tags; without one, the end of the content."""
    return first_frame(content, after_id3(content), _layer_3)


def _layer_3(content: bytes, position: int) -> Frame | None:
    frame = mpeg_frame(content, position)
    return frame if frame is not None and frame.layer == _LAYER_3 else None


def _index_at(content: bytes, start: int) -> Index | None:
    frame = _layer_3(content, start)
    if frame is None:
        return None
    at = start + 4 + frame.side_bytes
    flags = int.from_bytes(content[at + 4 : at + 8], "big")
    if content[at : at + 4] not in _COUNTED or not flags & 1:
        return None
    frames, size = struct.unpack(">II", content[at + 8 : at + 16].ljust(8, b"\0"))
    return Index(start, frames, size if flags & 2 else 0)


def _streams(content: bytes, start: int) -> list[Run]:
    """The runs of the first frame's kind."""
    first = _layer_3(content, start)
    every = runs(content, start, mpeg_frame)
    return [run for run in every if first is not None and run.kind == first.kind]


def _second_index(content: bytes, start: int, all_runs: list[Run]) -> int | None:
    """Where a Xing, Info or VBRI frame stands behind the first frame."""
    for name in (*_COUNTED, b"VBRI"):
        at = content.find(name, start + 4)
        while at >= 0:
            for side in (32, 17, 9):
                position = at - 4 - side
                inside = any(run.start <= position < run.end for run in all_runs)
                if position > start and inside and _starts_a_frame(content, position, all_runs):
                    return position
            at = content.find(name, at + 4)
    return None


def _starts_a_frame(content: bytes, position: int, all_runs: list[Run]) -> bool:
    """Whether a frame begins at `position`, in the row of the frames before it."""
    run = next(run for run in all_runs if run.start <= position < run.end)
    frame_start = run.start
    while frame_start < position:
        frame = mpeg_frame(content, frame_start)
        if frame is None:
            return False
        frame_start += frame.size
    return frame_start == position
