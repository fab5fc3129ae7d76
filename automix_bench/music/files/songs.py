"""Tools of the file-based sources: find audio files, name songs, credit them, reject them.

A file's name is its path relative to the source's root, with forward slashes. Files are in the
order of the bytes of these paths, so the order is the same on every machine.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import stat
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from automix_bench.audio import Audio, peak_db
from automix_bench.errors import Changed, DataError, Rejected
from automix_bench.files.decode import SUFFIXES, Header
from automix_bench.files.leavings import is_leaving, lies_in_leavings
from automix_bench.licence import checked
from automix_bench.song import slug
from automix_bench.source import Catalogue, Listing

Globs = tuple[tuple[str, str], ...]
"""Pairs of a pattern and its value. `*` also matches slashes; the first match counts."""

# Files that only folders written by `make`, `run` or `report` have.
_OURS = frozenset(("plan.json", "run.json", ".automix_bench"))
_READ_BYTES = 1 << 20
_HASH_DIGITS = 8
# A song's id is part of file names, which most file systems limit to 255 bytes.
_LONGEST_ID = 100


@dataclass(frozen=True)
class AudioFiles:
    """The audio files under a root.

    Attributes:
        names: relative paths, in order.
        rejected: files whose names a data set cannot store.
    """

    names: tuple[str, ...]
    rejected: tuple[Rejected, ...]


def audio_files(root: Path, *, wanted_by: str) -> AudioFiles:
    """All files under `root` with the suffix of an audio file (`decode.SUFFIXES`).

    Hidden files and folders (with a leading dot) are left out, and so are the leavings of Macs and
    NAS boxes (`automix_bench.files.leavings`) and folders that automix_bench wrote, because data
    sets, answers and pages are not songs. Links to files and folders are followed; a folder that
    links back to a folder around it is not entered again.

    Raises:
        DataError: `root` is not a folder, or there is no audio file in it.
    """
    if not root.is_dir():
        raise DataError(f"{wanted_by}: no folder at {root}: give the folder that holds the audio")
    paths = sorted(os.fsencode(path) for path in _below(root, "", ()))
    if not paths:
        raise DataError(
            f"{wanted_by}: no audio file under {root}: wanted files such as .wav, .flac or .mp3"
        )
    names, rejected = [], []
    for path in paths:
        try:
            names.append(path.decode())
        except UnicodeDecodeError:
            shown = path.decode(errors="backslashreplace")
            rejected.append(Rejected(shown, "its name is not UTF-8; rename it"))
    return AudioFiles(tuple(names), tuple(rejected))


def files_called(
    root: Path, suffixes: Container[str], *, wanted_by: str, what: str, such_as: str
) -> list[str]:
    """All files under `root` with one of the suffixes, without hidden ones and leavings, in the
    order of the bytes of their names.

    Args:
        what: the kind of file, for the messages.
        such_as: examples of its suffixes, for the messages.

    Raises:
        DataError: `root` is not a folder, or there is no such file in it.
    """
    if not root.is_dir():
        raise DataError(f"{wanted_by}: no folder at {root}: give the folder that holds the {what}s")
    paths = (path for path in root.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
    relative = (path.relative_to(root) for path in paths)
    names = [path.as_posix() for path in relative if not lies_in_leavings(path)]
    if not names:
        raise DataError(f"{wanted_by}: no {what} under {root}: wanted files such as {such_as}")
    return sorted(names, key=str.encode)


def _below(folder: Path, prefix: str, above: tuple[str, ...]) -> Iterable[str]:
    real = os.path.realpath(folder)
    if real in above:
        return
    with os.scandir(folder) as scan:
        entries = list(scan)
    if not {entry.name for entry in entries}.isdisjoint(_OURS):
        return
    for entry in entries:
        if is_leaving(entry.name):
            continue
        try:
            inner = entry.is_dir()
        except OSError:  # a link to itself
            inner = False
        if inner:
            yield from _below(Path(entry.path), f"{prefix}{entry.name}/", (*above, real))
        elif PurePosixPath(entry.name).suffix.lower() in SUFFIXES:
            yield prefix + entry.name


def ids(names: Mapping[str, str]) -> dict[str, str]:
    """A song id for each item: the slug of its text.

    An item gets eight digits of the sha256 of its key appended if several items have the same slug,
    or if the slug is empty (a name entirely in letters that Unicode cannot transcribe), longer than
    100 letters, or `mix`.

    Args:
        names: the text for the slug, by a unique key.
    """
    slugs = {key: slug(text) for key, text in names.items()}
    counts = Counter(slugs.values())

    def name(key: str) -> str:
        own = slugs[key]
        if counts[own] == 1 and own not in ("", "mix") and len(own) <= _LONGEST_ID:
            return own
        return f"{own[:_LONGEST_ID].rstrip('-') or 'song'}-{_digits(key)}"

    return {key: name(key) for key in names}


def artist_id(text: str) -> str:
    """The slug of an artist's name; if that is empty, digits of the sha256 of the name."""
    return slug(text) or f"artist-{_digits(text)}"


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]


def credit(artist: str, title: str, field: str) -> str:
    """The attribution: `artist - title` as far as known, then the text given to the source."""
    work = " - ".join(part for part in map(one_line, (artist, title)) if part)
    return "; ".join(part for part in (work, field) if part)


def one_line(text: str) -> str:
    """A text of a stranger on one line, without characters that do not print."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def first_match(globs: Globs, name: str, default: str) -> str:
    """The value of the first pattern that matches `name`. Upper and lower case differ."""
    return next((value for glob, value in globs if fnmatch.fnmatchcase(name, glob)), default)


def check_licences(license: str, licenses: Globs = ()) -> None:
    """Raises `UsageError` if one of them is not an SPDX expression."""
    for spdx in (license, *(spdx for _, spdx in licenses)):
        checked(spdx)


def sha256_of(path: Path, name: str) -> str:
    """The sha256 of a file's bytes.

    Raises:
        Rejected: the file cannot be read (a broken link, no permission).
    """
    digest = hashlib.sha256()
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Rejected(name, "is no file but a device or a pipe; remove it")
        with path.open("rb") as file:
            while block := file.read(_READ_BYTES):
                digest.update(block)
    except OSError as error:
        raise Rejected(name, f"cannot be read: {error.strerror}; mend or remove it") from error
    return digest.hexdigest()


def refuse_unfit(header: Header, name: str, lowest_rate: int) -> None:
    """Raises `Rejected` for more than two channels, or a rate below `lowest_rate`."""
    if header.channels > 2:
        kind = {6: "5.1, ", 8: "7.1, "}.get(header.channels, "")
        raise Rejected(
            name, f"{kind}{header.channels} channels, wanted 1 or 2; downmix it to stereo first"
        )
    if header.rate < lowest_rate:
        raise Rejected(
            name,
            f"{header.rate} Hz, wanted at least {lowest_rate} Hz; "
            f"lower the source's lowest_rate to keep it: --set lowest_rate={header.rate}",
        )


def demand_unchanged(listing: Listing, sha256: Callable[[], str]) -> None:
    """Check that the files of a listing have not changed.

    Args:
        sha256: reads the file or files and returns their hash, as in the listing.

    Raises:
        Changed: they have changed, or can no longer be read.
    """
    mend = "put it back as it was and run again, or make a new data set"
    try:
        digest = sha256()
    except Rejected as reason:
        raise Changed(f"{reason}, though it could be when it was listed: {mend}") from reason
    if digest != listing.origin.sha256:
        raise Changed(f"{listing.origin.name}: has changed since it was listed: {mend}")


def refuse_unplayable(audio: Audio, name: str) -> None:
    """Raises `Rejected` if a sample is 60 dB or more above full scale, which never happens in
    music."""
    if peak_db(audio) >= 60.0:
        raise Rejected(name, f"peaks at {peak_db(audio):+.0f} dB; export it again at a sane level")


def refuse_silent(audio: Audio, name: str) -> None:
    """Raises `Rejected` if every sample is zero, or as `refuse_unplayable` does."""
    refuse_unplayable(audio, name)
    if not np.any(audio.samples):
        raise Rejected(name, "silent from beginning to end; remove it or export it again")


def catalogue_of(
    items: Iterable[str],
    listed: Callable[[str], Listing],
    rejected: Iterable[Rejected] = (),
    left_out: Callable[[str], Iterable[Rejected]] = lambda item: (),
) -> Catalogue:
    """The listings of all items, in order. Items that `listed` rejects, and items with the same
    bytes as an earlier item, are in the rejected ones; so are the files that `left_out` gives for
    an item that is listed."""
    listings: list[Listing] = []
    refused = list(rejected)
    first: dict[str, str] = {}
    for item in items:
        try:
            listing = listed(item)
        except Rejected as reason:
            refused.append(reason)
            continue
        name, sha256 = listing.origin.name, listing.origin.sha256
        if sha256 in first:
            refused.append(Rejected(name, f"same bytes as {first[sha256]}, which is kept"))
            continue
        first[sha256] = name
        listings.append(listing)
        refused.extend(left_out(item))
    return Catalogue(tuple(listings), tuple(refused))
