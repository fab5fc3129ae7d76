"""Sound that is a row of frames without a header in front: MPEG audio, AAC (ADTS) and AC-3.

Such a file does not state where it ends, and anything may stand between two frames. The frames are
followed one by one here, so that a cut last frame is seen, and a second stream behind the first.

Layout of frames: ISO/IEC 11172-3, 2.4.2.3 and 13818-3 (MPEG audio); ISO/IEC 13818-7, 6.2 (ADTS);
ETSI TS 102 366, 4.4.1 and annex E (AC-3 and E-AC-3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from automix_bench.files.tags import TAG_STARTS

_FIRST_VERSION, _SECOND_VERSION = 3, 2
_KBPS = {
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MPEG_RATES = (44_100, 48_000, 32_000)
_MONO = 3
_AC3_KBPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
_AC3_RATES = (48_000, 44_100, 32_000)
_SEARCHED_BYTES = 65_536
# A gap of so many bytes may have been a frame, and is damage; a wider one parts two streams.
_LONGEST_FRAME = 4096
# A tag or a picture may hold, by chance, up to this many things in a row that look like frames.
STRAY_FRAMES = 8


@dataclass(frozen=True)
class Frame:
    """The header of a frame.

    Attributes:
        size: of the whole frame, in bytes.
        kind: the header's bits that are the same in all frames of a stream.
        layer: of MPEG audio, 1 to 3; 0 in other streams.
        side_bytes: in layer III, between the header and the count in a Xing frame.
    """

    size: int
    kind: int
    layer: int = 0
    side_bytes: int = 0


FrameAt = Callable[[bytes, int], Frame | None]


@dataclass(frozen=True)
class Run:
    """Frames of one kind that follow one another.

    Attributes:
        start, end: in bytes; the last frame may end beyond the file.
        kind: of each frame.
        frames: how many there are.
    """

    start: int
    end: int
    kind: int
    frames: int


def mpeg_frame(content: bytes, position: int) -> Frame | None:
    """The header of an MPEG audio frame in the four bytes at `position`; None if there is none.
    Free-format frames, which do not state their size, count as none."""
    if len(content) < position + 4:
        return None
    bits = int.from_bytes(content[position : position + 4], "big")
    version, layer = bits >> 19 & 3, 4 - (bits >> 17 & 3)
    rate_index, bit_rate_index = bits >> 10 & 3, bits >> 12 & 15
    if bits >> 21 != 0x7FF or version == 1 or layer == 4:
        return None
    if rate_index == 3 or bit_rate_index in (0, 15):
        return None
    first, padding = version == _FIRST_VERSION, bits >> 9 & 1
    rate = _MPEG_RATES[rate_index] // (1 if first else 2 if version == _SECOND_VERSION else 4)
    kbps = _KBPS[first, layer][bit_rate_index]
    if layer == 1:
        size = (12_000 * kbps // rate + padding) * 4
    else:
        size = (72_000 if layer == 3 and not first else 144_000) * kbps // rate + padding
    mono = bits >> 6 & 3 == _MONO
    side = (17 if mono else 32) if first else (9 if mono else 17)
    # Sync word, version, layer, rate, and whether it is mono: other modes change within a stream.
    return Frame(size, bits & 0xFFFE0C00 | mono, layer, side)


def adts_frame(content: bytes, position: int) -> Frame | None:
    """The header of an AAC frame with an ADTS header; None if there is none."""
    if len(content) < position + 7:
        return None
    bits = int.from_bytes(content[position : position + 7], "big")
    size = bits >> 13 & 0x1FFF
    if bits >> 44 != 0xFFF or bits >> 41 & 3 or bits >> 34 & 15 > 12 or size < 8:
        return None
    # Sync word, version, profile, rate and channels.
    return Frame(size, bits >> 28 & 0xFFFEFDC)


def ac3_frame(content: bytes, position: int) -> Frame | None:
    """The header of an AC-3 or E-AC-3 frame; None if there is none."""
    if len(content) < position + 7 or content[position : position + 2] != b"\x0b\x77":
        return None
    rate_index, stream_kind = content[position + 4] >> 6, content[position + 5] >> 3
    if stream_kind > 10:
        size = 2 * ((content[position + 2] & 7) << 8 | content[position + 3]) + 2
        return Frame(size, stream_kind << 8 | content[position + 4] & 0xCF) if size > 6 else None
    code = content[position + 4] & 63
    if rate_index == 3 or code >> 1 >= len(_AC3_KBPS):
        return None
    words = _AC3_KBPS[code >> 1] * 96_000 // _AC3_RATES[rate_index]
    odd = code & 1 if rate_index == 1 else 0
    acmod = content[position + 6] >> 5
    return Frame(2 * (words + odd), stream_kind << 8 | rate_index << 6 | acmod)


def first_frame(content: bytes, start: int, frame_at: FrameAt) -> int:
    """The first position from `start` on with two frames of a kind in a row, or with one that
    reaches to the end of the content; without one, the end of the content."""
    sync, stop = _sync(frame_at), min(start + _SEARCHED_BYTES, len(content))
    position = content.find(sync, start, stop)
    while position >= 0:
        frame = frame_at(content, position)
        if frame is not None and _continues(content, position, frame, frame_at):
            return position
        position = content.find(sync, position + 1, stop)
    return len(content)


def _sync(frame_at: FrameAt) -> bytes:
    """What every frame begins with."""
    return b"\x0b\x77" if frame_at is ac3_frame else b"\xff"


def runs(content: bytes, start: int, frame_at: FrameAt) -> list[Run]:
    """All runs of frames from `start` on. Bytes that are no frame are skipped, up to two frames of
    a kind in a row."""
    found: list[Run] = []
    position = start
    begin, kind, frames = start, 0, 0
    while position < len(content):
        frame = frame_at(content, position)
        if frame is not None and frames and frame.kind == kind:
            position, frames = position + frame.size, frames + 1
            continue
        if frames:
            found.append(Run(begin, position, kind, frames))
            frames = 0
        position = _two_frames(content, position, frame_at)
        frame = frame_at(content, position)
        if frame is None:
            break
        begin, kind, frames = position, frame.kind, 1
        position += frame.size
    return [*found, Run(begin, position, kind, frames)] if frames else found


def second_stream(content: bytes, all_runs: list[Run]) -> int | None:
    """Where a second stream begins behind the first; None if there is one alone.

    A stream is another if its frames are of another kind, or stand behind a tag or many other
    bytes.
    """
    streams = [run for run in all_runs if run.frames > STRAY_FRAMES]
    for one, other in pairwise(streams):
        gap = content[one.end : other.start]
        tagged = any(start in gap for start in TAG_STARTS)
        if one.kind != other.kind or len(gap) > _LONGEST_FRAME or tagged:
            return other.start
    return None


def damage(content: bytes, all_runs: list[Run], name: str) -> str:
    """Which frames of the first run's kind are not whole; empty if all are. Decoders leave out what
    stands between two frames and is no frame, and the sound it was."""
    same = [run for run in all_runs if run.kind == all_runs[0].kind]
    for one, other in pairwise(same):
        return f"{other.start - one.end} bytes at byte {one.end} are no frames of {name}"
    cut = bool(same) and same[-1].end > len(content)
    return f"the file ends within a frame of {name}" if cut else ""


def _continues(content: bytes, position: int, frame: Frame, frame_at: FrameAt) -> bool:
    following = frame_at(content, position + frame.size)
    ends = position + frame.size >= len(content)
    return ends or (following is not None and following.kind == frame.kind)


def _two_frames(content: bytes, start: int, frame_at: FrameAt) -> int:
    """The first position from `start` on with two frames of a kind in a row, or the end."""
    sync = _sync(frame_at)
    position = content.find(sync, start)
    while position >= 0:
        frame = frame_at(content, position)
        if frame is not None:
            following = frame_at(content, position + frame.size)
            if following is not None and following.kind == frame.kind:
                return position
        position = content.find(sync, position + 1)
    return len(content)
