"""The archive of a submission: a zip file whose members are stored, sorted and without dates.

Equal content gives equal bytes. An archive may come from anybody: its directory is checked before
any member is read, and a member is read no further than the directory says.

    submission.json        what was submitted, by whom, and the hash of every other member
    card.json              the submitter's scorecard, for information
    overlap.json           which items the training corpus holds; not in every archive
    run/run.json           the folder of the run, see `evaluation.run_folder`
    run/<example>.json
    run/<example>.<stem>.flac
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

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
_END, _END_64_PLACE, _END_64 = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_LONGEST_END = 22 + 65_535
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
    _demand_small_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            yield Archive(path, _sizes(path, archive.infolist()), archive)
    except (zipfile.BadZipFile, UnicodeDecodeError, struct.error, NotImplementedError) as error:
        raise DatasetError(f"{path}: expected an archive of a submission: {error}") from error
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror or error}") from error


def _demand_small_directory(path: Path) -> None:
    """Refuse a file whose directory alone would fill the memory, before anything parses it."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise DatasetError(f"{path}: expected at most {MOST_BYTES} bytes, got {size}")
        with path.open("rb") as file:
            file.seek(max(size - _LONGEST_END, 0))
            end = file.read()
            at = end.rfind(_END)
            if at < 0 or len(end) < at + 22:
                raise DatasetError(f"{path}: expected an archive of a submission, got another file")
            count, length = (
                struct.unpack_from("<H", end, at + 10)[0],
                struct.unpack_from("<I", end, at + 12)[0],
            )
            if at >= 20 and end[at - 20 : at - 16] == _END_64_PLACE:
                file.seek(struct.unpack_from("<Q", end, at - 12)[0])
                large = file.read(56)
                if len(large) < 56 or large[:4] != _END_64:
                    raise DatasetError(f"{path}: damaged: its directory is not where it should be")
                count, length = struct.unpack_from("<QQ", large, 32)
    except (OSError, OverflowError) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from error
    if count > MOST_MEMBERS or length > MOST_DIRECTORY:
        raise DatasetError(
            f"{path}: expected at most {MOST_MEMBERS} members and {MOST_DIRECTORY} bytes of "
            f"directory, got {count} and {length}"
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
    if one.compress_type != zipfile.ZIP_STORED or one.compress_size != one.file_size:
        return "expected a stored member, got a compressed one"
    largest = LARGEST_FLAC if one.filename.endswith(".flac") else LARGEST_JSON
    largest = LARGEST.get(one.filename, largest)
    if one.file_size > largest:
        return f"expected at most {largest} bytes, got {one.file_size}"
    return ""
