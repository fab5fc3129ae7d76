"""What the folder of a data set may hold, and whether what was begun in one is the plan at hand."""

from __future__ import annotations

import re
from pathlib import Path

from automix_bench.dataset.plan import PLAN, file_end
from automix_bench.errors import DatasetError, Rejected

SUMS = "SHA256SUMS"
REJECTED = "rejected.parquet"
OWN = re.compile(
    r"\d{5,}\.(tar|json)|plan\.json|manifest\.parquet|rejected\.parquet|README\.md"
    r"|croissant\.json|SHA256SUMS|\..*\.tmp"
)


def own_files(folder: Path) -> list[Path]:
    """The files of a data set, unfinished ones among them, by name."""
    return sorted(p for p in folder.iterdir() if p.is_file() and OWN.fullmatch(p.name))


def remove_unfinished(folder: Path) -> None:
    """Remove the files of a data set that runs began which were killed."""
    for left_over in folder.glob(".*.tmp"):
        left_over.unlink(missing_ok=True)


def read_sums(folder: Path) -> dict[str, str]:
    """What SHA256SUMS says of each file, by its name; nothing if it is not there."""
    if not (folder / SUMS).is_file():
        return {}
    lines = (folder / SUMS).read_text("utf-8", "replace").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def refuse_inside(out: Path, folder: Path, what: str = "place") -> None:
    """Refuse to write into a data set what is no part of it: `make` and `verify` would find a
    foreign file.

    Args:
        what: `out` is, as the message calls it.

    Raises:
        DatasetError: `out` lies in the data set's folder, or is it.
    """
    if out.resolve().is_relative_to(folder.resolve()):
        raise DatasetError(f"{out}: lies in the data set itself: choose a {what} outside {folder}")


def read_rejected(folder: Path) -> list[Rejected]:
    """What `make` left out of the data set in a folder.

    Raises:
        DatasetError: the file that says it is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / REJECTED
    try:
        said = pq.read_table(path, columns=["item", "reason"]).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(f"{path}: missing or damaged; run `make` again to restore it") from error
    return [Rejected(row["item"], row["reason"]) for row in said]


def is_planned(folder: Path, root: str) -> bool:
    """Whether the plan that lies in a folder is the one of that root. Of its file only the end is
    read, for this is asked with every shard."""
    path, end = folder / PLAN, file_end(root)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - len(end)))
        return file.read() == end
