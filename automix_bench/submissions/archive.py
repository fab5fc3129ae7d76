"""The archive of a submission: a zip file whose members are stored, sorted and without dates.

Equal content gives equal bytes. An archive may come from anybody: its directory is checked before
any member is read, and a member is read no further than the directory says. The members lie one
behind the other from the first byte on, then comes the directory, and nothing else: so every reader
of zip files sees the same members, and every byte of sound and text is one that `submission.json`
lists.

    submission.json        what was submitted, by whom, and the hash of every other member
    card.json              the submitter's scorecard, for information
    overlap.json           which items the training corpus holds; not in every archive
    run/run.json           the folder of the run, see `evaluation.run_folder`
    run/run.seconds.json   what each answer cost, for information; not in every archive
    run/<example>.json
    run/<example>.<stem>.flac
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from automix_bench.errors import DatasetError
from automix_bench.files.atomic import whole_file
from automix_bench.untrusted.shown import one_line

MOST_BYTES = 16 << 30
"""The largest archive."""
MOST_MEMBERS = 200_000
MOST_DIRECTORY = 64 << 20
LARGEST = {"submission.json": 64 << 20, "card.json": 128 << 20, "overlap.json": 64 << 20}
LARGEST_JSON, LARGEST_FLAC = 16 << 20, 4 << 30
_NAME = re.compile(
    r"submission\.json|card\.json|overlap\.json|run/[A-Za-z0-9_-][A-Za-z0-9_.~-]{0,254}\.(json|flac)"
)
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_HEAD, _ROW, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END_64_PLACE, _END_64 = b"PK\x06\x07", b"PK\x06\x06"
_END_BYTES, _END_64_PLACE_BYTES, _END_64_BYTES, _HEAD_BYTES = 22, 20, 56, 30
_IN_EXTRA_FIELD, _LEAST_IN_EXTRA_FIELD, _LONGEST_EXTRA = 0xFFFFFFFF, 1 << 30, 28
"""The size in a member's head that stands for a large one, which follows its name."""
_PART = 1 << 20


@dataclass(frozen=True)
class Archive:
    """An open archive whose directory has been checked.

    Attributes:
        path: of the file, for messages.
        sizes: bytes of each member, by name.
    """

    path: Path
    sizes: Mapping[str, int]
    _zip: zipfile.ZipFile

    def demand(self, name: str) -> None:
        """Refuse an archive without a member of this name.

        Raises:
            DatasetError: there is none.
        """
        if name not in self.sizes:
            raise DatasetError(f"{self.path}: expected a member {name}, got none: pack it again")

    def extract(self, name: str, place: Path) -> str:
        """Write a member to a file, and return its sha256.

        Raises:
            DatasetError: it is damaged.
        """
        digest = sha256()
        with place.open("xb") as file:
            for part in self._parts(name):
                digest.update(part)
                file.write(part)
        return digest.hexdigest()

    def _parts(self, name: str) -> Iterator[bytes]:
        left = self.sizes[name]
        try:
            with self._zip.open(name) as member:
                while part := member.read(_PART):
                    left -= len(part)
                    if left < 0:
                        break
                    yield part
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
            raise DatasetError(f"{self.path}: {name}: damaged: {error}") from error
        if left:
            raise DatasetError(
                f"{self.path}: {name}: expected {self.sizes[name]} bytes, got others"
            )


def write_archive(path: Path, members: Mapping[str, bytes | Path]) -> None:
    """Write an archive; the file is whole or absent.

    Args:
        members: content, or the file that holds it, by name.
    """
    with whole_file(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            content = members[name]
            about = zipfile.ZipInfo(name, _NO_DATE)
            about.create_system, about.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            archive.writestr(about, content if isinstance(content, bytes) else content.read_bytes())


@contextmanager
def opened_archive(path: Path) -> Iterator[Archive]:
    """The archive at a path, with its directory checked.

    Raises:
        DatasetError: there is no such file, or it is no archive of a submission. The message names
            the member, what was expected and what came.
    """
    start = _start_of_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            sizes = _sizes(path, members)
            _demand_laid_out(path, members, start)
            yield Archive(path, sizes, archive)
    except (
        zipfile.BadZipFile,
        UnicodeDecodeError,
        struct.error,
        NotImplementedError,
        OverflowError,
    ) as error:
        raise DatasetError(f"{path}: expected an archive of a submission: {error}") from error
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror or error}") from error


def _start_of_directory(path: Path) -> int:
    """Where the directory begins.

    Raises:
        DatasetError: the directory alone would fill the memory, or does not end the file. Nothing
            has parsed it by then.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise DatasetError(f"{path}: expected at most {MOST_BYTES} bytes, got {size}")
        with path.open("rb") as file:
            end = size - _END_BYTES
            last = _read(file, end, _END_BYTES) if end >= 0 else b""
            if last[:4] != _END:
                raise DatasetError(
                    f"{path}: expected an archive of a submission, got another file, or one with "
                    "bytes behind its end"
                )
            count, length, start = struct.unpack_from("<HII", last, 10)
            place = end - _END_64_PLACE_BYTES
            if place >= 0 and (of_64 := _read(file, place, _END_64_PLACE_BYTES))[:4] == (
                _END_64_PLACE
            ):
                end = place - _END_64_BYTES
                large = _read(file, end, _END_64_BYTES) if end >= 0 else b""
                if struct.unpack_from("<Q", of_64, 8)[0] != end or large[:4] != _END_64:
                    raise DatasetError(f"{path}: damaged: its directory is not where it should be")
                count, length, start = struct.unpack_from("<QQQ", large, 32)
            if count > MOST_MEMBERS or length > MOST_DIRECTORY:
                raise DatasetError(
                    f"{path}: expected at most {MOST_MEMBERS} members and {MOST_DIRECTORY} bytes "
                    f"of directory, got {count} and {length}"
                )
            if start != end - length:
                raise DatasetError(f"{path}: damaged: its directory is not where it should be")
            if (rows := _read(file, start, length).count(_ROW)) > MOST_MEMBERS:
                raise DatasetError(f"{path}: expected at most {MOST_MEMBERS} members, got {rows}")
            return int(start)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror or error}") from error


def _read(file: IO[bytes], place: int, count: int) -> bytes:
    file.seek(place)
    return file.read(count)


def _demand_laid_out(path: Path, members: Sequence[zipfile.ZipInfo], directory: int) -> None:
    """Refuse members that overlap, bytes that are of no member, and heads that do not say what the
    directory says.

    Args:
        directory: where the directory begins.
    """
    place = 0
    with path.open("rb") as file:
        for one in sorted(members, key=lambda one: one.header_offset):
            head = _read(file, one.header_offset, _HEAD_BYTES)
            if one.header_offset != place or len(head) < _HEAD_BYTES or head[:4] != _HEAD:
                raise DatasetError(
                    f"{path}: {one.filename}: expected it at byte {place}, behind the member "
                    f"before it, got {one.header_offset}"
                )
            flags, method = struct.unpack_from("<HH", head, 6)
            sizes = struct.unpack_from("<II", head, 18)
            if flags != one.flag_bits or method != one.compress_type:
                raise DatasetError(f"{path}: {one.filename}: its head and the directory differ")
            stated = {one.file_size}
            if one.file_size >= _LEAST_IN_EXTRA_FIELD:
                stated |= {_IN_EXTRA_FIELD}
            if not stated.issuperset(sizes):
                raise DatasetError(f"{path}: {one.filename}: its head states another size")
            name, extra = struct.unpack_from("<HH", head, 26)
            if max(extra, len(one.extra)) > _LONGEST_EXTRA or one.comment:
                raise DatasetError(f"{path}: {one.filename}: expected no comment beside it")
            place += _HEAD_BYTES + name + extra + one.file_size
    if place != directory:
        raise DatasetError(
            f"{path}: expected the directory at byte {place}, behind the last member, got "
            f"{directory}"
        )


def _sizes(path: Path, members: list[zipfile.ZipInfo]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for one in members:
        if fault := _fault(one):
            raise DatasetError(f"{path}: {one_line(one.filename)[:100]}: {fault}")
        if one.filename in sizes:
            raise DatasetError(f"{path}: {one.filename}: expected once, got twice")
        sizes[one.filename] = one.file_size
    if sum(sizes.values()) > path.stat().st_size:
        raise DatasetError(f"{path}: damaged: its members are larger than the file")
    return sizes


def _fault(one: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(one.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "expected a file, got a link, a folder or a device"
    if not _NAME.fullmatch(one.filename):
        return (
            "expected submission.json, card.json, overlap.json or a file of run/ named with "
            "A-Z a-z 0-9 _ . ~ -"
        )
    if one.flag_bits & 1:
        return "expected an open member, got an encrypted one"
    if one.flag_bits & 8:
        return "expected its size in its head, got it behind the member"
    if one.compress_type != zipfile.ZIP_STORED or one.compress_size != one.file_size:
        return "expected a stored member, got a compressed one"
    largest = LARGEST_FLAC if one.filename.endswith(".flac") else LARGEST_JSON
    largest = LARGEST.get(one.filename, largest)
    if one.file_size > largest:
        return f"expected at most {largest} bytes, got {one.file_size}"
    return ""
