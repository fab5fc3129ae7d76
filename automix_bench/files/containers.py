"""What an audio file's container states about where the sound lies, compared with the file.

Decoders read a file that was cut as a shorter song, and only the first of several sounds that stand
one behind the other. Containers state sizes, or mark their end, so both can be seen without
decoding:

* WAV, RF64 (EBU Tech 3306), AIFF, AIFF-C, W64, CAF: the chunk of the samples; AU: its header;
* FLAC: its metadata blocks (the decoder counts its samples); Ogg (RFC 3533): its last page;
* MP4: its boxes; Matroska: its segment; ASF: the size of the file in its header;
* WavPack and TTA: the number of samples and the sizes of their blocks;
* MPEG audio, AAC (ADTS) and AC-3: their frames (`mp3_frames` and `frame_streams`).

A writer at the end of a pipe cannot go back to write a size. It leaves 0, -1 or a size of nearly
2 or 4 GiB, and the sound then goes on to the end of the file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from automix_bench.files import coded_containers, frame_streams, mp3_frames
from automix_bench.files.tags import after_id3, id3_size

# Marks that writers leave who do not know the size; 0x7FFFF000 is 4 KiB under the second.
_OPEN_MARKS = (0x7F000000, 1 << 31, 1 << 32)
_OPEN_WITHIN = 4096
_OPEN_64 = 1 << 62
_W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
_W64_RIFF = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")


@dataclass(frozen=True)
class Layout:
    """Where the sound in a file lies.

    Attributes:
        missing: which part is missing; empty if none is.
        searched_from: in bytes: from here on, no second sound may begin.
        second: where a second sound was seen to begin, in bytes; None if none was.
        size_at, size: an open size: where in the file it stands, and the bytes of the right one.
        ends: whether the first sound ends there, as its container states.
        stop: what follows from this byte on must be hidden from decoders, which take it for sound
            or for damage; 0 if nothing must.
        frames_only: whether the file is MPEG audio of layer I or II, which libsndfile's estimate of
            the length does not fit.
        flac_at: where a FLAC stream begins, in bytes; -1 if it is none.
    """

    missing: str = ""
    searched_from: int = 0
    second: int | None = None
    size_at: int = 0
    size: bytes = b""
    ends: bool = False
    stop: int = 0
    frames_only: bool = False
    flac_at: int = -1

    @property
    def fault(self) -> str:
        """What is wrong with a file of which something is missing, in a word or two."""
        cut = any(word in self.missing for word in ("promises", "ends ", "not whole", "not end"))
        return "cut short" if cut else "damaged"


def layout(path: Path) -> Layout:
    """What the container of a file states. A file of no known container has an empty layout.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(10)
        base = 0
        while start[:3] == b"ID3" and len(start) == 10 and base < size:
            base += id3_size(start)
            file.seek(base)
            start = file.read(10)
        file.seek(base)
        head = file.read(64)
        if head[:4] in (b"RIFF", b"RF64", b"BW64", b"RIFX") and head[8:12] == b"WAVE":
            return _chunks(file, size, base, ">" if head[:4] == b"RIFX" else "<", b"data")
        if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
            return _chunks(file, size, base, ">", b"SSND")
        if head[:16] == _W64_RIFF:
            return _w64(file, size, base)
        if head[:4] == b"caff":
            return _caf(file, size, base)
        if head[:4] in (b".snd", b"dns.") and len(head) >= 24:
            return _au(head, size, base)
        if head[:4] == b"OggS":
            return Layout(*coded_containers.ogg(file, size, base))
        for begins, read in coded_containers.WHOLE.items():
            if head.startswith(begins):
                stated = Layout(*read(file, size, base))
                if begins == b"fLaC":
                    return replace(stated, flac_at=base)
                return _behind_wavpack(file, stated) if begins == b"wvpk" else stated
        if head[4:8] == b"ftyp":
            return Layout(*coded_containers.mp4(file, size, base))
        file.seek(0)
        return _frames(file.read(), base) if _may_be_frames(head, base) else Layout()


def _behind_wavpack(file: BinaryIO, stated: Layout) -> Layout:
    """ffmpeg reads an APE tag behind the last block, and takes all else for a damaged block."""
    file.seek(stated.searched_from)
    head = file.read(16)
    ape = 32 + int.from_bytes(head[12:16], "little") if head[:8] == b"APETAGEX" else 0
    return replace(stated, stop=stated.searched_from + ape)


def _may_be_frames(head: bytes, base: int) -> bool:
    # Behind a tag there may be padding before the first frame.
    return base > 0 or head[:1] == b"\xff" or head[:2] == b"\x0b\x77"


def _frames(content: bytes, base: int) -> Layout:
    """MPEG audio, AAC or AC-3."""
    start = frame_streams.first_frame(content, after_id3(content), frame_streams.mpeg_frame)
    first = frame_streams.mpeg_frame(content, start)
    if first is not None and first.layer == 3:
        return Layout(
            mp3_frames.misfit(content), mp3_frames.end(content), mp3_frames.glued(content)
        )
    for frame_at, name in (
        (frame_streams.mpeg_frame, "MPEG audio"),
        (frame_streams.adts_frame, "AAC"),
        (frame_streams.ac3_frame, "AC-3"),
    ):
        begin = frame_streams.first_frame(content, base, frame_at)
        all_runs = frame_streams.runs(content, begin, frame_at) if begin < len(content) else []
        if any(run.frames > frame_streams.STRAY_FRAMES for run in all_runs):
            return Layout(
                frame_streams.damage(content, all_runs, name),
                all_runs[-1].end,
                frame_streams.second_stream(content, all_runs),
                stop=all_runs[-1].end,
                frames_only=frame_at is frame_streams.mpeg_frame,
            )
    return Layout()


def _open_32(length: int) -> bool:
    return any(abs(length - mark) <= _OPEN_WITHIN for mark in _OPEN_MARKS)


def _chunks(file: BinaryIO, size: int, base: int, order: str, target: bytes) -> Layout:
    """Walk the chunks of an IFF-like file (name, 32-bit length, padding to even) to `target`."""
    position, long_at, long_length = base + 12, 0, None
    stated = struct.unpack(order + "I", _bytes_at(file, base + 4, 4))[0]
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack(f"{order}4sI", file.read(8))
        if name == b"ds64" and position + 24 <= size:
            stated, long_length = struct.unpack(f"{order}QQ", file.read(16))
            long_at = position + 16
        if name == target:
            begin, size_at, width = position + 8, position + 4, "I"
            if length == 0xFFFFFFFF and long_length is not None:
                length, size_at, width = long_length, long_at, "Q"
            unsaid = length >= _OPEN_64 if width == "Q" else _open_32(length)
            if length <= (8 if target == b"SSND" else 0):
                unsaid = not _only_chunks(file, size, begin + length, order)
            elif length <= size - begin:
                unsaid = False
            part = f"{target.decode()} chunk"
            if unsaid:
                present = struct.pack(order + width, min(size - begin, 0xFFFFFFFF))
                return Layout("", begin, None, size_at, present)
            declared = _declared(part, length, begin, size, wraps=width == "I")
            end = base + 8 + stated
            if begin + length + 8 <= end <= size and not _only_chunks(
                file, end, begin + length + length % 2, order
            ):
                rest = f"{end - begin - length} bytes of no chunk follow it"
                return replace(declared, missing=f"its {part} states {length} bytes, and {rest}")
            return declared
        position += 8 + length + length % 2
    return Layout(f"the file ends before its {target.decode()} chunk", size)


def _bytes_at(file: BinaryIO, position: int, count: int) -> bytes:
    file.seek(position)
    return file.read(count)


def _only_chunks(file: BinaryIO, size: int, position: int, order: str) -> bool:
    """Whether chunks, or nothing, stand from `position` to the end of the file."""
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack(f"{order}4sI", file.read(8))
        if not all(32 <= byte < 127 for byte in name):
            return False
        position += 8 + length + length % 2
    return position - 1 <= size <= position + 1


def _w64(file: BinaryIO, size: int, base: int) -> Layout:
    """Walk the chunks of a Sony Wave64 file: a GUID, and a 64-bit length that counts its head."""
    position = base + 40
    while position + 24 <= size:
        file.seek(position)
        guid, length = struct.unpack("<16sQ", file.read(24))
        if guid == b"data" + _W64_TAIL:
            begin, present = position + 24, size - position
            if length >= _OPEN_64 or (length <= 24 and present > 48):
                return Layout("", begin, None, position + 16, struct.pack("<Q", present))
            declared = _declared("data chunk", max(0, length - 24), begin, size)
            return replace(declared, stop=begin + max(0, length - 24))
        if length < 24:
            break
        position += length + -length % 8
    return Layout("the file ends before its data chunk", size)


def _caf(file: BinaryIO, size: int, base: int) -> Layout:
    """Walk the chunks of a Core Audio file: a name, and a signed 64-bit length."""
    position = base + 8
    while position + 12 <= size:
        file.seek(position)
        name, length = struct.unpack(">4sq", file.read(12))
        if name == b"data":
            begin, present = position + 12, size - position - 12
            if length < 0 or (length <= 4 and not _only_caf_chunks(file, size, begin + length)):
                return Layout("", begin, None, position + 4, struct.pack(">q", present))
            return _declared("data chunk", length, begin, size)
        if length < 0:
            break
        position += 12 + length
    return Layout("the file ends before its data chunk", size)


def _only_caf_chunks(file: BinaryIO, size: int, position: int) -> bool:
    while position + 12 <= size:
        file.seek(position)
        name, length = struct.unpack(">4sq", file.read(12))
        if length < 0 or not all(32 <= byte < 127 for byte in name):
            return False
        position += 12 + length
    return position == size


def _au(head: bytes, size: int, base: int) -> Layout:
    order = ">" if head[:4] == b".snd" else "<"
    offset, length = struct.unpack(f"{order}II", head[4:12])
    begin = base + offset
    if length == 0xFFFFFFFF or (length == 0 and size > begin):
        present = struct.pack(f"{order}I", max(0, min(size - begin, 0xFFFFFFFE)))
        return Layout("", begin, None, base + 8, present)
    return _declared("data", length, begin, size, wraps=True)


def _declared(part: str, length: int, begin: int, size: int, *, wraps: bool = False) -> Layout:
    """The layout of a file whose `part` of a stated length begins at a byte."""
    present = max(0, size - begin)
    if length > present:
        return Layout(f"its {part} promises {length} bytes, {present} are there", size)
    if wraps and present - length >= (1 << 32) - _OPEN_WITHIN:
        return Layout(
            f"its {part} is larger than the 4 GiB that it can state, so its end is not known", size
        )
    return Layout("", begin + length, ends=True)
