"""Scorecards of an earlier run, packed: hours of trainings that need not be done again.

A folder of packed scorecards holds `code.txt`, one sha256 of what was fixed and of the files that
make songs, errors and arms, and by data set `DATA/NAME.json.gz`. Their bytes depend on their
content alone. A run's folder has a `code.txt` too. It tells nothing of the rest of the package: of
the effects, the network and the metrics that they were computed with.
"""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from automix_bench.errors import DatasetError
from automix_bench.files.atomic import write_whole
from experiments.separation_for_mixing.ladder import code_sha256, fixed_sha256

CODE = "code.txt"
_SUFFIX = ".json.gz"


def pack(out: Path, folder: Path) -> int:
    """Pack the scorecards of a run's folder. Returns how many there are.

    Raises:
        DatasetError: either folder holds those of other code.
    """
    begin(out)
    begin(folder)
    paths = sorted((out / "cards").glob("*/*.json"))
    for path in paths:
        kept = folder / path.parent.name / f"{path.stem}{_SUFFIX}"
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, gzip.compress(path.read_bytes(), mtime=0))
    return len(paths)


def begin(out: Path) -> None:
    """Note in a folder which code its songs, weights and scorecards come from.

    Raises:
        DatasetError: they come from other code.
    """
    _demand_own(out)
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / CODE, f"{_code()}\n".encode())


def unpack(folder: Path, out: Path) -> int:
    """Put packed scorecards into a run's folder where it lacks them. Returns how many it lacked.

    Raises:
        DatasetError: they are those of other code.
    """
    _demand_own(folder)
    lacking = 0
    for kept in sorted(folder.glob(f"*/*{_SUFFIX}")):
        path = out / "cards" / kept.parent.name / kept.name.removesuffix(".gz")
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, gzip.decompress(kept.read_bytes()))
            lacking += 1
    return lacking


def _demand_own(folder: Path) -> None:
    path = folder / CODE
    if path.is_file():
        found = path.read_text(encoding="utf-8").strip()
    else:
        made = any((folder / name).is_dir() for name in ("songs", "trained", "cards", "test"))
        found = "none stated" if made else _code()
    if found != _code():
        raise DatasetError(
            f"{folder}: made by other code: expected {_code()[:16]}…, got {found[:16]}…: "
            "take it away, or name another folder, and run everything again"
        )


def _code() -> str:
    return hashlib.sha256(f"{code_sha256()} {fixed_sha256()}".encode()).hexdigest()
