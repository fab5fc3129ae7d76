"""Which items of a data set a training corpus holds, by audio fingerprint.

Recordings of the corpus are read one after another, and their fingerprints are cached, so that the
same command goes on where it was interrupted. The items' fingerprints are in memory, 2 MB for a
hundred items of ten stems and six seconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from automix_bench.audio import Audio, rms_db
from automix_bench.dataset.manifest import MANIFEST
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DataError, Rejected
from automix_bench.example import Example
from automix_bench.executor import Progress, silent
from automix_bench.files.cache_folder import cache_folder
from automix_bench.files.canonical_json import canonical, sealed
from automix_bench.files.canonical_json import fingerprint as key_of
from automix_bench.files.decode import decode, probe
from automix_bench.music import excerpt_search
from automix_bench.music import fingerprint as fingerprints
from automix_bench.music.duplicates import (
    cached_fingerprint,
    content_of,
    read_cached,
    write_cached,
)
from automix_bench.music.excerpt_search import closest, is_excerpt, is_searchable
from automix_bench.music.files import songs
from automix_bench.music.fingerprint import Fingerprint, fingerprint
from automix_bench.song import Song
from automix_bench.untrusted.overlap_record import FORMAT, OverlapItem, OverlapRecord

ALL = "all"
MOST_AUDIO_BYTES = 2 << 30
"""The largest recording of a corpus, decoded: 100 minutes in stereo at 44.1 kHz."""

INAUDIBLE_DB = 40.0
"""A stem so far below the mix is not heard in it."""


@dataclass(frozen=True)
class Overlap:
    """What of a data set a corpus holds.

    Attributes:
        record: what is published. It names no recording of the corpus.
        recordings: the recording that an item is closest to, by the id of the item; for those that
            were found by sound.
        unreadable: the files of the corpus that could not be read.
    """

    record: OverlapRecord
    recordings: Mapping[str, str]
    unreadable: tuple[Rejected, ...] = ()


@dataclass(frozen=True)
class _Sound:
    """A sound of an item: its name, such as `before.mix`, and whether it is a single stem."""

    name: str
    fingerprint: Fingerprint
    stem: bool


@dataclass(frozen=True)
class _Item:
    id: str
    song: str
    origin: str
    sounds: tuple[_Sound, ...]


@dataclass(frozen=True)
class _Recording:
    """A recording of a corpus.

    Attributes:
        key: returns JSON values that decide the sound.
        load: returns the sound.
    """

    name: str
    key: Callable[[], dict[str, Any]]
    load: Callable[[], Audio]


@dataclass(frozen=True)
class _Hit:
    """An item whose sound is in a recording."""

    item: str
    sound: str
    differing: float
    seconds: float
    recording: str = field(default="", compare=False)

    @property
    def order(self) -> tuple[float, float, str, str]:
        """The closest hit comes first, whatever the order of the recordings."""
        return self.differing, -self.seconds, self.sound, self.recording


def overlap(
    corpus: Path,
    dataset: Dataset,
    *,
    cache: Path | None = None,
    workers: int = 1,
    progress: Progress = silent,
) -> Overlap:
    """Look for the items of a data set in a training corpus.

    An item overlaps if one of its sounds is an excerpt of a recording: the mix or a stem, before or
    after the effects (`excerpt_search.is_excerpt`). If the corpus is a data set of ours, items of
    the same source files overlap as well. All items of a song overlap if one does, because they are
    excerpts of one recording.

    Args:
        corpus: a folder of sound files, of all of its subfolders, or a finished data set, whose
            recordings are the mixes before the effects.
        dataset: with the split that is scored.
        cache: the folder of fingerprints; None: `fingerprints` in `cache_folder`.
        workers: how many recordings are read at a time, each in a thread; the result does not
            depend on it.

    Raises:
        DataError: there is no such folder, no sound file in it, or none that can be read.
        DatasetError: a data set is unfinished or damaged.
        UsageError: the cache cannot be written.
    """
    folder = cache or cache_folder("fingerprints")
    recordings, origins = _recordings(corpus)
    items = _items(dataset, progress)
    digest = _digest_of(items)

    def searched(recording: _Recording) -> tuple[str, list[_Hit]] | Rejected:
        try:
            key = {"version": fingerprints.VERSION, **recording.key()}
            words = cached_fingerprint(folder, key, lambda: fingerprint(recording.load()))
        except Rejected as reason:
            return reason
        own = hashlib.sha256(content_of(words)).hexdigest()
        return own, _cached_hits(folder, own, words, digest, items)

    closest_of: dict[str, _Hit] = {}
    digests: set[str] = set()
    unreadable: list[Rejected] = []
    count = max(1, workers)
    done = 0
    with ThreadPoolExecutor(count) as threads:
        for start in range(0, len(recordings), 2 * count):
            some = recordings[start : start + 2 * count]
            for recording, result in zip(some, threads.map(searched, some), strict=True):
                if isinstance(result, Rejected):
                    unreadable.append(result)
                else:
                    digests.add(result[0])
                    _keep_closest(closest_of, result[1], recording.name)
                done += 1
                progress("searching", done, len(recordings), "recordings")
    if not digests:
        raise DataError(f"{corpus}: no recording can be read; the first: {unreadable[0]}")
    whole = hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()
    record = {
        "format": FORMAT,
        "search": excerpt_search.VERSION,
        "dataset": dataset.fingerprint,
        "split": dataset.split or ALL,
        "items": len(items),
        "unsearchable": sum(not item.sounds for item in items),
        "corpus": {
            "recordings": len(digests),
            "unreadable": len(unreadable),
            "sha256": whole,
        },
        "overlapping": _overlapping(items, closest_of, origins),
    }
    names = {id: hit.recording for id, hit in closest_of.items()}
    return Overlap(cast("OverlapRecord", sealed(record)), names, tuple(unreadable))


def _keep_closest(closest_of: dict[str, _Hit], hits: Sequence[_Hit], recording: str) -> None:
    for one in hits:
        hit = _Hit(one.item, one.sound, one.differing, one.seconds, recording)
        other = closest_of.setdefault(hit.item, hit)
        if hit.order < other.order:
            closest_of[hit.item] = hit


def _overlapping(
    items: Sequence[_Item], closest_of: Mapping[str, _Hit], origins: frozenset[str]
) -> list[OverlapItem]:
    """Every item that overlaps, in the order of ids."""
    of_origin = {item.id for item in items if item.origin in origins}
    held_songs = {item.song for item in items if item.id in closest_of or item.id in of_origin}
    rows: list[OverlapItem] = []
    for item in sorted(items, key=lambda item: item.id):
        if hit := closest_of.get(item.id):
            rows.append(_row(item.id, "sound", hit.sound, hit.differing, hit.seconds))
        elif item.id in of_origin or item.song in held_songs:
            rows.append(_row(item.id, "origin" if item.id in of_origin else "song"))
    return rows


def _row(
    item: str,
    by: str,
    sound: str = "",
    differing: float | None = None,
    seconds: float | None = None,
) -> OverlapItem:
    return {"item": item, "by": by, "sound": sound, "differing": differing, "seconds": seconds}


def _recordings(corpus: Path) -> tuple[Sequence[_Recording], frozenset[str]]:
    """The recordings of a corpus, and the hashes of the files that they were made from."""
    if not (corpus / MANIFEST).is_file():
        files = songs.audio_files(corpus, wanted_by="overlap")
        made = [_file(corpus / name, name) for name in files.names]
        return [*made, *(_rejected(reason) for reason in files.rejected)], frozenset()
    trained_on = Dataset(corpus)
    numbers = range(len(trained_on))
    origins = (row["origin_sha256"] for row in trained_on.rows)
    return [_mix(trained_on, number) for number in numbers], frozenset(filter(None, origins))


def _file(path: Path, name: str) -> _Recording:
    def load() -> Audio:
        header = probe(path, name=name)
        size = 4 * header.length * header.channels
        if size > MOST_AUDIO_BYTES:
            raise Rejected(
                name,
                f"{size / (1 << 30):.1f} GiB decoded, expected at most "
                f"{MOST_AUDIO_BYTES >> 30} GiB; cut it into parts",
            )
        return decode(path, name=name)

    return _Recording(name, lambda: {"file": songs.sha256_of(path, name)}, load)


def _mix(trained_on: Dataset, number: int) -> _Recording:
    place = trained_on.place(number)
    return _Recording(
        place["id"],
        lambda: {"example": place["sha256"], "sound": "before.mix"},
        lambda: trained_on.unplayed(number).before.mix,
    )


def _rejected(reason: Rejected) -> _Recording:
    def fail() -> Any:
        raise reason

    return _Recording(reason.item, fail, fail)


def _items(dataset: Dataset, progress: Progress) -> tuple[_Item, ...]:
    items = []
    for number, row in enumerate(dataset.rows):
        sounds = tuple(_sounds(dataset[number]))
        items.append(_Item(row["id"], row["song"], row["origin_sha256"], sounds))
        progress("reading the items", number + 1, len(dataset), "items")
    return tuple(items)


def _sounds(example: Example) -> Iterator[_Sound]:
    """The sounds of an example that can be searched, each once: mixes, then stems."""
    parts = {"before": example.before, "after": example.after}
    named = [(f"{part}.mix", song.mix, _is_one_stem(song)) for part, song in parts.items()]
    named += [
        (f"{part}.{stem}", audio, True)
        for part, song in parts.items()
        for stem, audio in song.stems.items()
    ]
    seen: set[bytes] = set()
    for name, audio, stem in named:
        words = fingerprint(audio)
        content = content_of(words)
        if is_searchable(words) and content not in seen:
            seen.add(content)
            yield _Sound(name, words, stem)


def _is_one_stem(song: Song) -> bool:
    """Whether only one stem is heard in a mix, so that the mix is judged as that stem."""
    level = rms_db(song.mix)
    heard = [stem for stem in song.stems.values() if rms_db(stem) > level - INAUDIBLE_DB]
    return bool(song.stems) and len(heard) <= 1


def _digest_of(items: Sequence[_Item]) -> str:
    digest = hashlib.sha256()
    for item in items:
        for sound in item.sounds:
            about = f"{item.id}\n{sound.name}\n{sound.stem}\n{len(sound.fingerprint.words)}\n"
            digest.update(about.encode() + content_of(sound.fingerprint))
    return digest.hexdigest()


def _cached_hits(
    folder: Path, own: str, words: Fingerprint, digest: str, items: Sequence[_Item]
) -> list[_Hit]:
    """The items that a recording holds, from the cache if it was searched for them before.

    Args:
        own: the hash of the recording's fingerprint.
        digest: the hash of the items.
    """
    versions = [fingerprints.VERSION, excerpt_search.VERSION]
    path = folder / key_of({"versions": versions, "recording": own, "items": digest})
    content = read_cached(path)
    if content is None:
        hits = _hits(words, items)
        rows = [[hit.item, hit.sound, hit.differing, hit.seconds] for hit in hits]
        content = canonical(rows).encode()
        write_cached(path, content)
    return [_Hit(*row) for row in json.loads(content)]


def _hits(words: Fingerprint, items: Sequence[_Item]) -> list[_Hit]:
    """The items that a recording holds, each by the closest of its sounds."""
    hits = []
    for item in items:
        found_by = []
        for sound in item.sounds:
            place = closest(sound.fingerprint, words)
            if place and is_excerpt(place, sound.fingerprint, stem=sound.stem):
                row = round(place.differing, 4), round(place.seconds, 2)
                found_by.append(_Hit(item.id, sound.name, *row))
        hits += sorted(found_by, key=lambda hit: hit.order)[:1]
    return hits
