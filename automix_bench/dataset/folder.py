"""The folder of a data set: its own files, their hashes, and which plan it belongs to."""

from __future__ import annotations

import re
from pathlib import Path

from automix_bench.dataset.plan import PLAN, file_end
from automix_bench.dataset.schema import REFUSED
from automix_bench.errors import DatasetError, Rejected

SUMS = "SHA256SUMS"
REJECTED = "rejected.parquet"
OWN = re.compile(
    r"\d{5,}\.(tar|json)|plan\.json|manifest\.parquet|rejected\.parquet|README\.md"
    r"|croissant\.json|SHA256SUMS|\..*\.tmp"
)


def own_files(folder: Path) -> list[Path]:
    """The files in a folder that belong to a data set, sorted by name, with unfinished ones."""
    return sorted(p for p in folder.iterdir() if p.is_file() and OWN.fullmatch(p.name))


def remove_unfinished(folder: Path) -> None:
    """Remove the unfinished files of runs that were killed."""
    for unfinished in folder.glob(".*.tmp"):
        unfinished.unlink(missing_ok=True)


def read_sums(folder: Path) -> dict[str, str]:
    """The hashes in SHA256SUMS by file name; empty if there is no such file."""
    if not (folder / SUMS).is_file():
        return {}
    lines = (folder / SUMS).read_text("utf-8", "replace").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def refuse_inside(out: Path, folder: Path, what: str = "place") -> None:
    """Refuse an output path inside a data set: `make` and `verify` refuse foreign files there.

    Args:
        what: what the message calls `out`.

    Raises:
        DatasetError: `out` lies in the data set's folder, or is it.
    """
    if out.resolve().is_relative_to(folder.resolve()):
        raise DatasetError(f"{out}: lies in the data set itself: choose a {what} outside {folder}")


def read_rejected(folder: Path) -> list[Rejected]:
    """The songs and excerpts that `make` could not use.

    Raises:
        DatasetError: the file that lists them is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / REJECTED
    try:
        rows = pq.read_table(path, columns=["item", "reason"]).to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DatasetError(f"{path}: missing or damaged; run `make` again to restore it") from error
    if not REFUSED.fits(rows):
        raise DatasetError(f"{path}: damaged: expected {REFUSED.expected}; run `make` again")
    return [Rejected(row["item"], row["reason"]) for row in rows]


def is_planned(folder: Path, root: str) -> bool:
    """Whether the plan in a folder has this root.

    Only the end of the file is read, because this is checked before every shard.
    """
    path, end = folder / PLAN, file_end(root)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - len(end)))
        return file.read() == end
