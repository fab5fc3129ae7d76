"""The containers of coded sound: what is missing in them, and where a second sound may begin.

Each function takes an open file, its size and the place where the container begins, in bytes. It
returns `(missing, searched_from, second)`, the first three fields of `containers.Layout`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import BinaryIO

from automix_bench.files.tags import TAG_STARTS

Stated = tuple[str, int, int | None]

_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_OGG_FIRST_PAGE, _OGG_LAST_PAGE = 2, 4
_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_SEARCHED_BYTES = 1 << 20
_SEGMENT = b"\x18\x53\x80\x67"
_WAVPACK_INITIAL_BLOCK = 0x800


def ogg(file: BinaryIO, size: int, base: int) -> Stated:
    """Pages that begin a stream stand first, each page has its checksum and its number, and the
    last page ends its stream. Decoders leave out a page whose checksum is wrong."""
    file.seek(base)
    content = file.read()
    position, begun, flags, missing = 0, True, 0, ""
    behind_beginnings = 0
    numbers: dict[bytes, int] = {}
    while position >= 0 and not missing:
        page = _ogg_page(content, position)
        if not page:
            return "its last Ogg page is not whole", size, None
        flags, serial, number = page[5], page[14:18], int.from_bytes(page[18:22], "little")
        begun = begun and bool(flags & _OGG_FIRST_PAGE)
        if flags & _OGG_FIRST_PAGE and not begun:
            return "", size, base + position
        if _ogg_checksum(page) != page[22:26]:
            missing = f"its Ogg page at byte {base + position} is damaged"
        if number != numbers.get(serial, -1) + 1 and not flags & _OGG_FIRST_PAGE:
            missing = f"an Ogg page before byte {base + position} is missing"
        numbers[serial] = number
        position += len(page)
        behind_beginnings = position if begun else behind_beginnings
        position = content.find(b"OggS\0", position)
    if not missing and not flags & _OGG_LAST_PAGE:
        missing = "its last Ogg page does not end the stream"
    return missing, base + behind_beginnings, None


def _ogg_page(content: bytes, position: int) -> bytes:
    """The page at `position`; empty if it is not whole."""
    head = content[position : position + 27]
    lengths = content[position + 27 : position + 27 + head[26]] if len(head) == 27 else b""
    end = position + 27 + len(lengths) + sum(lengths)
    whole = len(head) == 27 and len(lengths) == head[26] and end <= len(content)
    return content[position:end] if whole else b""


def _ogg_checksum(page: bytes) -> bytes:
    """CRC-32 with the polynomial of zlib's, but over bits in the other order and from zero."""
    blank = page[:22] + bytes(4) + page[26:]
    reflected = ~zlib.crc32(blank.translate(_REVERSED_BITS), 0xFFFFFFFF) & 0xFFFFFFFF
    return reflected.to_bytes(4, "big").translate(_REVERSED_BITS)


def flac(file: BinaryIO, size: int, base: int) -> Stated:
    """Its metadata blocks, which may hold pictures, must be whole."""
    position, last = base + 4, False
    while not last:
        file.seek(position)
        head = file.read(4)
        if len(head) < 4:
            return "the file ends within its metadata", size, None
        last = bool(head[0] & 0x80)
        position += 4 + int.from_bytes(head[1:], "big")
    return ("the file ends within its metadata" if position > size else ""), position, None


def mp4(file: BinaryIO, size: int, base: int) -> Stated:
    """Its boxes must end where the file does; only one of them is `ftyp`."""
    position = base
    while position + 8 <= size:
        file.seek(position)
        head = file.read(8)
        length, name = struct.unpack(">I4s", head)
        if head.startswith(TAG_STARTS):
            return "", position, None
        if length == 1:
            long_length = file.read(8)
            if len(long_length) < 8:
                return "the file ends within a box of MP4", size, None
            length = int.from_bytes(long_length, "big")
        if name == b"ftyp" and position > base:
            return "", size, position
        if length == 0:
            return "", base + 8, None
        if length < 8 or not all(32 <= byte < 127 or byte == 0xA9 for byte in name):
            return "", position, None
        position += length
        if position > size:
            text = name.decode("latin-1")
            present = size - position + length
            missing = f"its {text} box promises {length} bytes, {present} are there"
            return missing, position - length, None
    return "", position, None


def matroska(file: BinaryIO, size: int, base: int) -> Stated:
    """Its segment must not end beyond the file. A stream's segment has no stated length."""
    file.seek(base + 4)
    head_size, at = _vint(file.read(8))
    segment = base + 4 + at + (head_size or 0)
    file.seek(segment)
    if head_size is None or file.read(4) != _SEGMENT:
        return "", base + 16, None
    length, at = _vint(file.read(8))
    begin = segment + 4 + at
    if length is None:
        return "", begin, None
    if begin + length > size:
        return f"its segment promises {length} bytes, {size - begin} are there", size, None
    return "", begin + length, None


def _vint(content: bytes) -> tuple[int | None, int]:
    """A number of variable length of EBML (RFC 8794), and how many bytes it takes; None for the
    number that stands for an unknown size."""
    if not content or not content[0]:
        return None, 1
    width = 9 - content[0].bit_length()
    value = int.from_bytes(content[:width], "big") & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), width


def asf(file: BinaryIO, size: int, base: int) -> Stated:
    """Its header states the size of the whole file; 0 while it is written."""
    file.seek(base)
    head = file.read(_ASF_SEARCHED_BYTES)
    at = head.find(_ASF_FILE_PROPERTIES)
    stated = int.from_bytes(head[at + 40 : at + 48], "little") if at >= 0 else 0
    if stated > size - base:
        return f"its header promises {stated} bytes, {size - base} are there", size, None
    return "", base + stated if stated else base + 16, None


def wavpack(file: BinaryIO, size: int, base: int) -> Stated:
    """Its blocks count the samples before them, and the first states how many there are in all."""
    position, total, reached = base, -1, 0
    while position + 32 <= size:
        file.seek(position)
        head = file.read(32)
        name, length, _, _, high, stated, index, samples, flags = struct.unpack(
            "<4sIHBBIIII", head[:28]
        )
        if name != b"wvpk":
            break
        if index == 0 and reached and flags & _WAVPACK_INITIAL_BLOCK:
            return "", size, position
        if position == base and stated != 0xFFFFFFFF and not high:
            total = stated
        position += 8 + length
        reached = max(reached, index + samples)
    if total >= 0 and (reached < total or position > size):
        return f"its header promises {total} samples, whole blocks for fewer are there", size, None
    return ("the file ends within a block" if position > size else ""), position, None


def tta(file: BinaryIO, size: int, base: int) -> Stated:
    """Its header states the number of samples, and a table the size of each frame."""
    file.seek(base)
    head = file.read(22)
    if len(head) < 22:
        return "the file ends within its header", size, None
    rate, samples = struct.unpack("<II", head[10:18])
    frame_length = 256 * rate // 245
    frames = -(-samples // frame_length) if frame_length else 0
    if 4 * frames > size:
        return f"its header promises {samples} samples, more than the file can hold", size, None
    table = file.read(4 * frames)
    if len(table) < 4 * frames:
        return "the file ends within its table of frames", size, None
    end = base + 22 + 4 * frames + 4 + sum(struct.unpack(f"<{frames}I", table))
    if end > size:
        return f"its table promises {end - base} bytes, {size - base} are there", size, None
    return "", end, None


def unsized(file: BinaryIO, size: int, base: int) -> Stated:
    """A container whose sizes are left to its decoder."""
    return "", base + 16, None


WHOLE: dict[bytes, Callable[[BinaryIO, int, int], Stated]] = {
    b"fLaC": flac,
    b"\x1a\x45\xdf\xa3": matroska,
    _ASF_HEADER: asf,
    b"wvpk": wavpack,
    b"TTA1": tta,
    b"TTA2": unsized,
    b"MAC ": unsized,
    b"MPCK": unsized,
    b"MP+": unsized,
}
"""Containers by their first bytes."""
