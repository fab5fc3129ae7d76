"""Find audio files that were cut short, without decoding them.

libsndfile reads a truncated WAV, AIFF or Ogg file as if it were a shorter song. These containers
state their length or mark their end, so a cut can be seen. FLAC states its length in samples:
there `automix_bench.files.decode` compares the decoder's count.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from automix_bench.files import mp3_frames

# The size that a writer states which cannot seek back, such as one at the end of a pipe.
_OPEN_SIZE = 0xFFFFFFFF
_LONGEST_OGG_PAGE = 27 + 255 + 255 * 255
_OGG_LAST_PAGE = 4


def missing_part(path: Path) -> str:
    """Which part of a WAV, RF64, AIFF, AU, Ogg or MP3 file is missing; empty if none is.

    WAV and RF64 (EBU Tech 3306): the data chunk is longer than the file. A chunk of 2**32 - 1 bytes
    has an open length, and any length is accepted. AIFF: the same for its SSND chunk. AU: for its
    data. Ogg (RFC 3533): the last page is not whole or lacks the end-of-stream flag. MP3: see
    `mp3_frames.misfit`.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(12)
        if start[:4] in (b"RIFF", b"RF64", b"BW64") and start[8:] == b"WAVE":
            return _short_chunk(file, size, "<", b"data")
        if start[:4] == b"RIFX" and start[8:] == b"WAVE":
            return _short_chunk(file, size, ">", b"data")
        if start[:4] == b"FORM" and start[8:] in (b"AIFF", b"AIFC"):
            return _short_chunk(file, size, ">", b"SSND")
        if start[:4] == b".snd" and len(start) == 12:
            offset, length = struct.unpack(">II", start[4:])
            return _short("data", length, size - offset)
        if start[:4] == b"OggS":
            return _short_ogg(file, size)
        if mp3_frames.begins_like_mp3(start):
            file.seek(0)
            return mp3_frames.misfit(file.read())
    return ""


def _short_chunk(file: BinaryIO, size: int, order: str, target: bytes) -> str:
    """Walk the chunks of an IFF-like file (name, 32-bit length, padding to even) to `target`."""
    position, long_length = 12, None
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack(f"{order}4sI", file.read(8))
        if name == b"ds64" and position + 24 <= size:
            _, long_length = struct.unpack(f"{order}QQ", file.read(16))
        if name == target:
            if length == _OPEN_SIZE and long_length is not None:
                length = long_length
            return _short(f"{target.decode()} chunk", length, size - position - 8)
        position += 8 + length + length % 2
    return f"the file ends before its {target.decode()} chunk"


def _short(part: str, promised: int, present: int) -> str:
    if promised == _OPEN_SIZE or promised <= present:
        return ""
    return f"its {part} promises {promised} bytes, {max(0, present)} are there"


def _short_ogg(file: BinaryIO, size: int) -> str:
    file.seek(max(0, size - 2 * _LONGEST_OGG_PAGE))
    tail = file.read()
    at = tail.rfind(b"OggS\0")
    head = tail[at : at + 27]
    if at < 0 or len(head) < 27:
        return "its last Ogg page is not whole"
    lengths = tail[at + 27 : at + 27 + head[26]]
    if len(lengths) < head[26] or at + 27 + len(lengths) + sum(lengths) > len(tail):
        return "its last Ogg page is not whole"
    if not head[5] & _OGG_LAST_PAGE:
        return "its last Ogg page does not end the stream"
    return ""
