"""Tell an audio file that was cut short from a whole one, without decoding it.

libsndfile reads a WAV, AIFF or Ogg file that breaks off as if it were a shorter song. These
containers say how long they are, or where they end, so the cut can be seen. FLAC says it in
samples: there the decoder's own count decides (`automix_bench.files.decode`).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from automix_bench.files import mp3_frames

# A writer that cannot go back, such as one at the end of a pipe, leaves the size open like this.
_OPEN_SIZE = 0xFFFFFFFF
_LONGEST_OGG_PAGE = 27 + 255 + 255 * 255
_OGG_LAST_PAGE = 4


def missing_part(path: Path) -> str:
    """What shows that a WAV, RF64, AIFF, AU, Ogg or MP3 file is cut short; empty if nothing does.

    WAV and RF64 (EBU Tech 3306): the data chunk is longer than the file. A chunk of 2**32 - 1 bytes
    is one whose length was left open, and taken as it is. AIFF: likewise its SSND chunk. AU: its
    data. Ogg (RFC 3533): the last page is not whole or lacks the end-of-stream flag. MP3:
    `mp3.misfit`.
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


def _short_chunk(file: BinaryIO, size: int, order: str, wanted: bytes) -> str:
    """Walk the chunks of an IFF-like file (name, 32-bit length, padding to even) to `wanted`."""
    position, long_length = 12, None
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack(f"{order}4sI", file.read(8))
        if name == b"ds64" and position + 24 <= size:
            _, long_length = struct.unpack(f"{order}QQ", file.read(16))
        if name == wanted:
            if length == _OPEN_SIZE and long_length is not None:
                length = long_length
            return _short(f"{wanted.decode()} chunk", length, size - position - 8)
        position += 8 + length + length % 2
    return f"the file ends before its {wanted.decode()} chunk"


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
