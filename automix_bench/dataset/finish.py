"""Finish a data set whose shards are complete: write its manifest, card, Croissant file and hashes.

All of them follow from the plan and the indexes of the shards. These are read row by row, so memory
does not grow with the examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from automix_bench.dataset.card import data_card
from automix_bench.dataset.croissant import croissant
from automix_bench.dataset.folder import REJECTED, SUMS, own_files, remove_unfinished
from automix_bench.dataset.left_out import counted, left_out
from automix_bench.dataset.manifest import MANIFEST, write_manifest
from automix_bench.dataset.plan import Plan
from automix_bench.dataset.shard_index import ShardRows
from automix_bench.errors import DatasetError, Rejected
from automix_bench.files.atomic import file_sha256, whole_file, write_whole

CARD, CROISSANT = "README.md", "croissant.json"


def close(plan: Plan, folder: Path, shards: Sequence[int]) -> ShardRows:
    """Write everything but the shards; remove the unfinished files of runs that were killed.

    Returns:
        The rows of all examples.

    Raises:
        DatasetError: no excerpt could be used; the folder is left empty.
        DiskFull: the disk is full; the shards stay.
    """
    rows = ShardRows(folder, shards)
    rejected = (*plan.rejected, *rows.rejected)
    if not rows:
        # Nothing here is of use to a later run, and a corrected command may use the folder.
        for path in own_files(folder):
            path.unlink()
        kinds = counted(left_out(plan, 0, rows.rejected).examples)
        raise DatasetError(
            f"{folder}: not one excerpt was usable; the first: {rejected[0]}; planned were "
            f"{plan.examples} examples: {kinds}"
        )
    remove_unfinished(folder)
    with whole_file(folder / MANIFEST) as file:
        write_manifest(file, rows)
    write_whole(folder / REJECTED, _rejected_bytes(rejected))
    write_whole(folder / CARD, data_card(plan, rows, rejected).encode())
    write_whole(folder / CROISSANT, _croissant(plan, folder, rows).encode())
    sums = "".join(
        f"{rows.sums.get(path.name) or file_sha256(path)}  {path.name}\n"
        for path in own_files(folder)
        if path.name != SUMS and not path.name.startswith(".")
    )
    write_whole(folder / SUMS, sums.encode())
    return rows


def _croissant(plan: Plan, folder: Path, rows: ShardRows) -> str:
    names = [path.name for path in own_files(folder) if path.suffix == ".tar"]
    sums = {name: rows.sums[name] for name in names}
    sums[MANIFEST] = file_sha256(folder / MANIFEST)
    sizes = {name: (folder / name).stat().st_size for name in sums}
    return croissant(plan, rows, sums, sizes)


def _rejected_bytes(rejected: tuple[Rejected, ...]) -> bytes:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("item", pa.string()), ("reason", pa.string())])
    rows = [{"item": r.item, "reason": r.reason} for r in rejected]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()
