"""Finds songs of a source that are the same recording, in other formats, cuts, shifts or levels.

Every song's fingerprint is computed once and cached. Words that two songs share vote for the shift
between them (the inverted index of Haitsma and Kalker, ISMIR 2002), and the shifts with the most
votes are compared word by word. Two songs are the same recording if their overlap is at least half
of the shorter one, and at least half of the blocks of 3 s in it match.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.errors import Rejected, UsageError, naming_a_full_disk
from automix_bench.executor import Progress, silent
from automix_bench.files.atomic import write_whole
from automix_bench.files.cache_folder import cache_folder
from automix_bench.files.canonical_json import fingerprint as key_of
from automix_bench.music.fingerprint import (
    HOP_SECONDS,
    VERSION,
    Fingerprint,
    Likeness,
    fingerprint,
    likeness,
)
from automix_bench.source import Listing, Source

LEAST_SHARE = 0.5
"""The least share of matching blocks in the overlap, and of the overlap in the shorter song."""

_LOG = logging.getLogger(__name__)
_DIGEST = 32
# A quarter of all words is indexed. The word itself decides, so the same words are in the index for
# every song. If a word repeats within a song, as in a loop, only the first few are indexed.
_INDEXED_OF = 4
_MOST_IN_A_SONG = 4
_NEIGHBOURS = 12
_LEAST_VOTES = 2
_SHIFTS_TRIED = 5
_SHIFT_BITS = 22


@dataclass(frozen=True)
class Match:
    """Two songs that are the same recording.

    Attributes:
        one, other: their ids, in the order they were listed.
        later_seconds: by how much everything is later in `one` than in `other`.
        likeness: their similarity at that shift.
    """

    one: str
    other: str
    later_seconds: float
    likeness: Likeness


def duplicates(
    source: Source,
    listings: Sequence[Listing],
    *,
    cache: Path | None = None,
    workers: int = 1,
    progress: Progress = silent,
) -> tuple[Match, ...]:
    """Every pair of listed songs that are the same recording.

    Songs that cannot be loaded match none. Loading them again raises the reason.

    Args:
        cache: the folder of the fingerprints; None: `fingerprints` in `cache.cache_folder`.
        workers: how many songs are decoded at a time, each in a thread; the result does not depend
            on it.

    Raises:
        UsageError: the cache cannot be written.
    """
    folder = cache or cache_folder("fingerprints")

    def fingerprint_of(listing: Listing) -> Fingerprint | None:
        return _cached_fingerprint(folder, source, listing)

    prints: dict[str, Fingerprint] = {}
    progress("listening for duplicates", 0, len(listings), "songs")
    with ThreadPoolExecutor(max(1, workers)) as threads:
        for done, (listing, one) in enumerate(
            zip(listings, threads.map(fingerprint_of, listings), strict=True), 1
        ):
            if one is not None:
                prints[listing.id] = one
            progress("listening for duplicates", done, len(listings), "songs")
    return matches(prints)


def united(names: Sequence[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For every name the first name of its group. Names that a chain of pairs connects form a
    group."""
    first = {name: name for name in names}

    def root(name: str) -> str:
        while first[name] != name:
            name = first[name]
        return name

    place = {name: number for number, name in enumerate(names)}
    for pair in pairs:
        one, other = sorted(map(root, pair), key=place.__getitem__)
        first[other] = one
    return {name: root(name) for name in names}


def matches(fingerprints: Mapping[str, Fingerprint]) -> tuple[Match, ...]:
    """Every pair of fingerprints, by song id, that is the same recording, in the given order."""
    ids, prints = list(fingerprints), list(fingerprints.values())
    aligned: dict[tuple[int, int], _Aligned] = {}
    for one, other, shifts in _candidates(prints):
        if (same := _aligned(prints[one], prints[other], shifts)) is not None:
            aligned[one, other] = same
    # Some pairs of copies share no words in the index. Their shifts follow from other pairs.
    for one, other, shift in list(_implied(aligned)):
        near = [shift - 1, shift, shift + 1]
        if (same := _aligned(prints[one], prints[other], near)) is not None:
            aligned[one, other] = same
    return tuple(
        Match(ids[one], ids[other], same.shift * HOP_SECONDS, same.likeness)
        for (one, other), same in sorted(aligned.items(), key=lambda each: each[0])
    )


@dataclass(frozen=True)
class _Aligned:
    shift: int
    likeness: Likeness


def _aligned(one: Fingerprint, other: Fingerprint, shifts: Sequence[int]) -> _Aligned | None:
    """Compare two recordings at some shifts. Returns the best shift if they are the same recording
    there."""
    tried = [_Aligned(shift, likeness(one, other, shift)) for shift in shifts]
    best = max(tried, key=lambda each: (each.likeness.share, -each.likeness.differing))
    long = best.likeness.overlap_seconds >= LEAST_SHARE * min(one.seconds, other.seconds)
    return best if long and best.likeness.share >= LEAST_SHARE else None


def _implied(aligned: Mapping[tuple[int, int], _Aligned]) -> Iterator[tuple[int, int, int]]:
    """Pairs that are not in `aligned` but connected by a chain of its pairs, with the implied
    shift."""
    near: dict[int, dict[int, int]] = {}
    for (one, other), same in aligned.items():
        near.setdefault(one, {})[other] = same.shift
        near.setdefault(other, {})[one] = -same.shift
    seen: set[int] = set()
    for start in sorted(near):
        if start in seen:
            continue
        places, new = {start: 0}, [start]
        while new:
            at = new.pop(0)
            for other, shift in sorted(near[at].items()):
                if other not in places:
                    places[other] = places[at] + shift
                    new.append(other)
        seen |= places.keys()
        for one, other in combinations(sorted(places), 2):
            if (one, other) not in aligned:
                yield one, other, places[other] - places[one]


def _candidates(prints: Sequence[Fingerprint]) -> Iterator[tuple[int, int, list[int]]]:
    """Pairs of indices into `prints` that share words, with the shifts that get the most votes."""
    words, songs, frames = _index(prints)
    ballots = [np.zeros(0, np.int64)]
    for step in range(1, _NEIGHBOURS + 1):
        near = (words[:-step] == words[step:]) & (songs[:-step] != songs[step:])
        one, other = songs[:-step][near], songs[step:][near]
        shift = frames[:-step][near] - frames[step:][near] + (1 << (_SHIFT_BITS - 1))
        ballots.append(((one * len(prints) + other) << _SHIFT_BITS) | shift)
    counted, votes = np.unique(np.concatenate(ballots), return_counts=True)
    counted, votes = counted[votes >= _LEAST_VOTES], votes[votes >= _LEAST_VOTES]
    pairs = counted >> _SHIFT_BITS
    shifts = (counted & ((1 << _SHIFT_BITS) - 1)) - (1 << (_SHIFT_BITS - 1))
    bounds = np.flatnonzero(np.diff(pairs, prepend=-1, append=-1))
    for first, end in pairwise(bounds):
        best = np.argsort(-votes[first:end], kind="stable")[:_SHIFTS_TRIED]
        one, other = divmod(int(pairs[first]), len(prints))
        yield one, other, [int(shift) for shift in shifts[first:end][best]]


def _index(prints: Sequence[Fingerprint]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Words with their song and frame, sorted by word, then song, then frame."""
    words, songs, frames = [np.zeros(0, np.uint32)], [np.zeros(0, int)], [np.zeros(0, int)]
    for number, one in enumerate(prints):
        mixed = one.words * np.uint32(2_654_435_761)  # D. Knuth's multiplicative hash
        chosen = one.audible & (mixed >> np.uint32(16) & np.uint32(_INDEXED_OF - 1) == 0)
        chosen[1:] &= one.words[1:] != one.words[:-1]
        places = np.flatnonzero(chosen)
        words.append(one.words[places])
        songs.append(np.full(places.size, number))
        frames.append(places)
    word, song, frame = (np.concatenate(part) for part in (words, songs, frames))
    order = np.argsort(word, kind="stable")
    word, song, frame = word[order], song[order], frame[order]
    new = np.ones(word.size, np.bool_)
    new[1:] = (word[1:] != word[:-1]) | (song[1:] != song[:-1])
    starts = np.flatnonzero(new)
    nth = np.arange(word.size) - np.repeat(starts, np.diff(np.append(starts, word.size)))
    rare = nth < _MOST_IN_A_SONG
    return word[rare], song[rare], frame[rare]


def _cached_fingerprint(folder: Path, source: Source, listing: Listing) -> Fingerprint | None:
    """A song's fingerprint, from the cache if it is there; None if the song cannot be loaded."""
    key = {
        "version": VERSION,
        "source": type(source).__qualname__,
        "id": listing.id,
        "sha256": listing.origin.sha256,
        "rate": listing.rate,
        "length": listing.length,
    }
    try:
        return cached_fingerprint(folder, key, lambda: fingerprint(source.load(listing).mix))
    except Rejected as reason:
        _LOG.info("no fingerprint of %s", reason)
        return None


def cached_fingerprint(
    folder: Path, key: Mapping[str, Any], make: Callable[[], Fingerprint]
) -> Fingerprint:
    """A fingerprint from the cache if it is there, else made and put there.

    Args:
        key: JSON values that decide the fingerprint, with its `VERSION`.

    Raises:
        UsageError: the cache cannot be written.
    """
    path = folder / key_of(key)
    stored = _read(path)
    if stored is None:
        stored = make()
        _write(path, stored)
    return stored


def _write(path: Path, prints: Fingerprint) -> None:
    write_cached(path, content_of(prints))


def content_of(prints: Fingerprint) -> bytes:
    """The words, little-endian, then a byte for each flag: equal for equal fingerprints."""
    return prints.words.astype("<u4").tobytes() + prints.audible.tobytes()


def write_cached(path: Path, content: bytes) -> None:
    """Write a file of the cache: the sha256 of the content, then the content.

    Raises:
        UsageError: the cache cannot be written.
    """
    try:
        with naming_a_full_disk(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, hashlib.sha256(content).digest() + content)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise UsageError(
            f"cannot write the cache of fingerprints at {path.parent}: {error.strerror}: "
            "set AUTOMIX_BENCH_CACHE to a folder that can be written"
        ) from error


def _read(path: Path) -> Fingerprint | None:
    """The fingerprint that `_write` stored; None if there is none, or if it is damaged."""
    content = read_cached(path)
    if content is None:
        return None
    if len(content) % 5:
        _LOG.warning("%s: a damaged fingerprint: taken again", path)
        return None
    count = len(content) // 5
    words = np.frombuffer(content, "<u4", count).astype(np.uint32)
    return Fingerprint(words, np.frombuffer(content, np.bool_, count, offset=4 * count))


def read_cached(path: Path) -> bytes | None:
    """The content that `write_cached` wrote; None if there is none, or if it is damaged."""
    if not path.is_file():
        return None
    whole = path.read_bytes()
    content = whole[_DIGEST:]
    if hashlib.sha256(content).digest() != whole[:_DIGEST]:
        _LOG.warning("%s: a damaged fingerprint: taken again", path)
        return None
    return content
