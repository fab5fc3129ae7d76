"""A cache of rendered tracks: rendering takes minutes, and does not give the same samples twice.

An entry is one zip file, named by the hash of the project and the renderer. It holds a FLAC of 24
bits for each audible track, and `tracks.json`. It is written atomically; a damaged one is logged
and made again. A new rendering is also read back from the cache, so tracks are the same whether
they were rendered now or earlier.
"""

from __future__ import annotations

import io
import json
import logging
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from automix_bench.audio import Audio
from automix_bench.errors import UsageError, naming_a_full_disk
from automix_bench.files import flac
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import fingerprint, pretty

_LOG = logging.getLogger(__name__)
_RECORD = "tracks.json"
# The exceptions that a zip with changed or missing bytes raises.
_DAMAGED = (zipfile.BadZipFile, KeyError, ValueError, EOFError, zlib.error, RuntimeError)


def tracks(
    cache: Path, key: Mapping[str, Any], render: Callable[[], Mapping[int, Audio]]
) -> dict[int, Audio]:
    """The audible tracks of a key, by number: from the cache, or rendered.

    Raises:
        UsageError: the cache cannot be written.
        DiskFull: there is no room for the entry; no part of it is left.
    """
    entry = cache / f"{fingerprint(key)}.zip"
    cached = _read(entry)
    if cached is not None:
        return cached
    try:
        with naming_a_full_disk(cache):
            cache.mkdir(parents=True, exist_ok=True)
        rendered = _packed(key, render())
        # Another process may have written the entry already: then that entry is used.
        if not entry.exists() or _read(entry) is None:
            write_whole(entry, rendered)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise UsageError(
            f"cannot write the cache of LMMS tracks at {cache}: {error.strerror}: "
            "set AUTOMIX_BENCH_CACHE to a folder that can be written"
        ) from error
    return _unpacked(entry.read_bytes())


def _packed(key: Mapping[str, Any], rendered: Mapping[int, Audio]) -> bytes:
    audible = {number: track for number, track in rendered.items() if track.samples.any()}
    exponent = flac.exponent_for(*audible.values()) if audible else 0
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, track in audible.items():
            content = flac.encode(track.scaled(2.0**-exponent))
            archive.writestr(zipfile.ZipInfo(f"{number}.flac"), content)
        record = {"key": dict(key), "exponent": exponent, "tracks": list(audible)}
        archive.writestr(zipfile.ZipInfo(_RECORD), pretty(record))
    return packed.getvalue()


def _unpacked(content: bytes) -> dict[int, Audio]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        record = json.loads(archive.read(_RECORD))
        return {
            number: flac.decode(archive.read(f"{number}.flac")).scaled(2.0 ** record["exponent"])
            for number in record["tracks"]
        }


def _read(entry: Path) -> dict[int, Audio] | None:
    if not entry.is_file():
        return None
    try:
        return _unpacked(entry.read_bytes())
    except _DAMAGED as error:
        _LOG.warning("%s: damaged tracks (%s): rendered again", entry, error)
        return None
