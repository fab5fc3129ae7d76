"""Separation as a stage of its own: done once for a mix and a separator, and kept by content.

An entry of the cache is a folder named by the sha256 of the mix's hash and the separator's
fingerprint, with a 24-bit FLAC for each stem but the residual, and `separation.json`. What comes
back is the same whether it was separated just now, came from the cache, or the cache is off: stems
in 24-bit steps, and the residual of those.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from automix_bench import flac
from automix_bench.audio import Audio, from_integers, integers
from automix_bench.cache import cache_folder
from automix_bench.canonical import file_sha256, fingerprint, pretty, write_whole
from automix_bench.errors import UsageError, naming_a_full_disk
from automix_bench.separation.network import with_residual
from automix_bench.separator import Separator
from automix_bench.song import Song, Stems

RECORD = "separation.json"
LEFT_OVER_SECONDS = 24 * 3600.0

_LOG = logging.getLogger(__name__)


@runtime_checkable
class KeepsStems(Protocol):
    """A separator that leaves some songs as they came."""

    def keeps(self, song: Song) -> bool: ...


def default_cache() -> Path:
    """Where separated stems are kept when nothing else is said: `separations` in `cache_folder`."""
    return cache_folder("separations")


def separated(song: Song, separator: Separator, cache: Path | None) -> Song:
    """The song with the separator's stems, from the cache if they are in it.

    A song whose own stems the separator keeps comes back as it is, and is not cached. Any number
    of processes may share a cache: an entry appears whole or not at all, and of two that make the
    same one the second throws its own away. A damaged entry is logged, removed and made again.

    Args:
        cache: a folder, made if need be; None keeps nothing.

    Raises:
        Rejected: the separator cannot use the song.
        UsageError: the cache cannot be written.
        DiskFull: there is no room for the entry; nothing of it is left.
    """
    if isinstance(separator, KeepsStems) and separator.keeps(song):
        return separator(song)
    if cache is None:
        return with_residual(song, _quantised(_stems_by(separator, song))[0])
    key = {"mix": song.mix.sha256, "separator": dict(separator.fingerprint())}
    entry = cache / fingerprint(key)
    stems = _read(entry)
    if stems is None:
        stems, exponent = _quantised(_stems_by(separator, song))
        _write(entry, key, stems, exponent)
    return with_residual(song, stems)


def _stems_by(separator: Separator, song: Song) -> Stems:
    stems = separator(song).stems
    return {name: stem for name, stem in stems.items() if name != "residual"}


def _quantised(stems: Stems) -> tuple[Stems, int]:
    """Stems in 24-bit steps, and the power of two by which they must be divided to fit."""
    exponent = flac.exponent_for(*stems.values())
    return {
        name: _scaled(_fitted(stem, exponent), exponent) for name, stem in stems.items()
    }, exponent


def _fitted(stem: Audio, exponent: int) -> Audio:
    return from_integers(integers(_scaled(stem, -exponent)), stem.rate)


def _scaled(stem: Audio, exponent: int) -> Audio:
    return stem.scaled(2.0**exponent) if exponent else stem


def _write(entry: Path, key: Mapping[str, Any], stems: Stems, exponent: int) -> None:
    """Make the entry in a hidden sibling, and give it its name when it is whole."""
    cache = entry.parent
    unfinished = _hidden_folder(cache)
    try:
        for name, stem in stems.items():
            write_whole(unfinished / f"{name}.flac", flac.encode(_scaled(stem, -exponent)))
        files = [
            {"stem": name, "sha256": file_sha256(unfinished / f"{name}.flac")} for name in stems
        ]
        record = {**key, "exponent": exponent, "stems": files}
        sealed = {**record, "sha256": fingerprint(record)}
        write_whole(unfinished / RECORD, pretty(sealed).encode())
        with naming_a_full_disk(cache):
            try:
                unfinished.rename(entry)
            except OSError:
                # No folder takes the place of one that holds something: another process was first.
                if not entry.is_dir():
                    raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _hidden_folder(cache: Path) -> Path:
    try:
        with naming_a_full_disk(cache):
            cache.mkdir(parents=True, exist_ok=True)
            for left in cache.glob(".unfinished-*"):
                if time.time() - left.stat().st_mtime > LEFT_OVER_SECONDS:  # by a kill
                    shutil.rmtree(left, ignore_errors=True)
            return Path(tempfile.mkdtemp(prefix=".unfinished-", dir=cache))
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise UsageError(
            f"cannot write the cache of separations at {cache}: {error.strerror}: "
            "set AUTOMIX_BENCH_CACHE to a folder that can be written"
        ) from error


def _read(entry: Path) -> Stems | None:
    """The stems of an entry; None if there is none, or if it was damaged and is now removed."""
    if not entry.is_dir():
        return None
    try:
        return _stems_in(entry)
    except (FileNotFoundError, _Damaged) as error:
        _LOG.warning("%s: a damaged separation (%s): made again", entry, error)
    with (
        tempfile.TemporaryDirectory(prefix=".damaged-", dir=entry.parent) as aside,
        contextlib.suppress(FileNotFoundError),  # another process was first
    ):
        # Out of sight before it is removed: no other process may find half of it.
        entry.rename(Path(aside) / "entry")
    return None


class _Damaged(Exception):
    """An entry of the cache is not what was written."""


def _stems_in(entry: Path) -> Stems:
    record = _record_in(entry)
    scale = record["exponent"]
    stems = {}
    for file in record["stems"]:
        path = entry / f"{file['stem']}.flac"
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            raise _Damaged(f"{path.name} has another sha256")
        stems[file["stem"]] = _scaled(flac.decode(content), scale)
    return stems


def _record_in(entry: Path) -> dict[str, Any]:
    """The entry's record, if it carries its own hash and the key that the entry is named by."""
    try:
        record = dict(json.loads((entry / RECORD).read_bytes()))
    except (ValueError, TypeError) as error:
        raise _Damaged(f"{RECORD} is not a JSON object") from error
    seal = record.pop("sha256", None)
    named = fingerprint({"mix": record.get("mix"), "separator": record.get("separator")})
    if seal != fingerprint(record) or named != entry.name:
        raise _Damaged(f"{RECORD} has another sha256")
    return record
