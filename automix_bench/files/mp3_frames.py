"""The length of an MP3 file, from its frames.

An MP3 file has no header. Encoders write a count of frames and bytes into a first, silent frame,
called Xing or Info. Where it is missing, libsndfile estimates the length from the first frames and
drops everything beyond: half of a song that begins quietly. `indexed` adds the count.

Layout of frames: ISO/IEC 11172-3, 2.4.2.3 and 13818-3; of the Xing frame: the LAME project's
"MP3 Info Tag, revision 1".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_KBPS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES = (44_100, 48_000, 32_000)
_VERSION_1, _VERSION_2 = 3, 2
_LAYER_3 = 1
_MONO = 3
_SEARCHED_BYTES = 65_536
# A tag at the end of a file may hold, by chance, up to this many things that look like frames.
_STRAY_FRAMES = 8


@dataclass(frozen=True)
class Frame:
    """The header of a frame of layer III.

    Attributes:
        size: of the whole frame, in bytes.
        side_bytes: between the header and the count in a Xing frame.
        kind: the header's bits that are the same in all frames of a stream.
    """

    size: int
    side_bytes: int
    kind: int


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
    """Whether the first four bytes of a file begin an ID3 tag or a frame of layer III."""
    return start[:3] == b"ID3" or _frame(start, 0) is not None


def index(content: bytes) -> Index | None:
    """The Xing or Info frame of an MP3 file; None if none counts its frames."""
    start = _first_frame(content)
    frame = _frame(content, start)
    if frame is None:
        return None
    at = start + 4 + frame.side_bytes
    flags = int.from_bytes(content[at + 4 : at + 8], "big")
    if content[at : at + 4] not in (b"Xing", b"Info") or not flags & 1:
        return None
    frames, size = struct.unpack(">II", content[at + 8 : at + 16].ljust(8, b"\0"))
    return Index(start, frames, size if flags & 2 else 0)


def misfit(content: bytes) -> str:
    """How the index of an MP3 file disagrees with its bytes; empty if it does not.

    Without an index only a cut last frame is noticed: a file cut between two frames looks like a
    shorter song.
    """
    stated = index(content)
    if stated is None:
        ends = _walk(content, _first_frame(content))
        cut = bool(ends) and ends[-1] > len(content)
        return "the file ends within an MP3 frame" if cut else ""
    if not stated.size:
        return ""
    present = len(content) - stated.start
    if present < stated.size:
        return f"its Xing frame promises {stated.size} bytes of MP3, {present} are there"
    if len(_walk(content, stated.start + stated.size)) > _STRAY_FRAMES:
        return (
            f"its Xing frame promises {stated.size} bytes of MP3, and more frames follow them, "
            "as in files that were glued together"
        )
    return ""


def indexed(content: bytes) -> bytes:
    """An MP3 file with a Xing frame before its first frame; unchanged if it has one.

    The new frame counts the others. It holds no sound, and decoders skip it. Free-format streams,
    and layers I and II, which have one bit rate throughout, are left unchanged.
    """
    start = _first_frame(content)
    frame = _frame(content, start)
    if frame is None or index(content) is not None:
        return content
    count = len(_walk(content, start))
    silent = bytearray(content[start : start + 4].ljust(frame.size, b"\0"))
    silent[1] |= 1
    at = 4 + frame.side_bytes
    if at + 12 > frame.size:
        return content
    silent[at : at + 12] = b"Xing" + struct.pack(">II", 1, count)
    return bytes(silent) + content[start:]


def _walk(content: bytes, start: int) -> list[int]:
    """The end of each frame from `start` on; the last end may lie beyond the content.

    As decoders do, this skips bytes that are no frame, if a frame of the same kind follows.
    """
    ends: list[int] = []
    first = _frame(content, start)
    position = start
    while first is not None and position + 4 <= len(content):
        frame = _frame(content, position)
        if frame is None or frame.kind != first.kind:
            position = _next_frame(content, position + 1, first.kind)
            continue
        position += frame.size
        ends.append(position)
    return ends


def _next_frame(content: bytes, start: int, kind: int) -> int:
    """The first position from `start` on with two frames of a kind in a row, or the end."""
    position = content.find(b"\xff", start)
    while position >= 0:
        frame = _frame(content, position)
        if frame is not None and frame.kind == kind:
            following = _frame(content, position + frame.size)
            if following is not None and following.kind == kind:
                return position
        position = content.find(b"\xff", position + 1)
    return len(content)


def _first_frame(content: bytes) -> int:
    """The start of the first frame, behind any ID3v2 tags; without one, the end of the content."""
    start = 0
    while content[start : start + 3] == b"ID3" and start + 10 <= len(content):
        size = 0
        for byte in content[start + 6 : start + 10]:
            size = size << 7 | byte & 0x7F
        start += 10 + size + (10 if content[start + 5] & 0x10 else 0)
    for position in range(start, min(start + _SEARCHED_BYTES, len(content))):
        frame = _frame(content, position)
        if frame is None:
            continue
        following = _frame(content, position + frame.size)
        only = position + frame.size >= len(content)
        if only or (following is not None and following.kind == frame.kind):
            return position
    return len(content)


def _frame(content: bytes, position: int) -> Frame | None:
    """The header in the four bytes at `position`; None if it is no frame of layer III."""
    if len(content) < position + 4:
        return None
    bits = int.from_bytes(content[position : position + 4], "big")
    version, layer = bits >> 19 & 3, bits >> 17 & 3
    rate_index, bit_rate_index = bits >> 10 & 3, bits >> 12 & 15
    if bits >> 21 != 0x7FF or version == 1 or layer != _LAYER_3:
        return None
    if rate_index == 3 or bit_rate_index in (0, 15):
        return None
    first = version == _VERSION_1
    rate = _RATES[rate_index] // (1 if first else 2 if version == _VERSION_2 else 4)
    kbps = (_KBPS_1 if first else _KBPS_2)[bit_rate_index]
    size = (144_000 if first else 72_000) * kbps // rate + (bits >> 9 & 1)
    mono = bits >> 6 & 3 == _MONO
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return Frame(size, side, bits & 0xFFFE0C00)
