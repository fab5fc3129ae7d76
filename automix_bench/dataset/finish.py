"""What a data set holds beside its shards, written when these are there: manifest, card, sums.

All of it follows from the plan and the shards' indexes, which are read row by row, so that memory
does not grow with the examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from automix_bench.dataset.card import data_card
from automix_bench.dataset.croissant import croissant
from automix_bench.dataset.folder import REJECTED, SUMS, own_files, remove_unfinished
from automix_bench.dataset.manifest import MANIFEST, write_manifest
from automix_bench.dataset.plan import Plan
from automix_bench.dataset.shard_index import ShardRows
from automix_bench.errors import DatasetError, Rejected
from automix_bench.files.atomic import file_sha256, whole_file, write_whole

CARD, CROISSANT = "README.md", "croissant.json"


def close(frozen: Plan, folder: Path, shards: Sequence[int]) -> ShardRows:
    """Write everything but the shards, and give their rows; what killed runs left goes.

    Raises:
        DatasetError: not one excerpt was usable; the folder is left empty.
        DiskFull: there is no room; the shards stay.
    """
    rows = ShardRows(folder, shards)
    rejected = (*frozen.rejected, *rows.rejected)
    if not rows:
        # Nothing to go on with: the mended command may use the folder.
        for path in own_files(folder):
            path.unlink()
        raise DatasetError(f"{folder}: not one excerpt was usable; the first: {rejected[0]}")
    remove_unfinished(folder)
    with whole_file(folder / MANIFEST) as file:
        write_manifest(file, rows)
    write_whole(folder / REJECTED, _rejected_bytes(rejected))
    write_whole(folder / CARD, data_card(frozen, rows, rejected).encode())
    write_whole(folder / CROISSANT, _described(frozen, folder, rows).encode())
    sums = "".join(
        f"{rows.sums.get(path.name) or file_sha256(path)}  {path.name}\n"
        for path in own_files(folder)
        if path.name != SUMS and not path.name.startswith(".")
    )
    write_whole(folder / SUMS, sums.encode())
    return rows


def _described(frozen: Plan, folder: Path, rows: ShardRows) -> str:
    names = [path.name for path in own_files(folder) if path.suffix == ".tar"]
    sums = {name: rows.sums[name] for name in names}
    sums[MANIFEST] = file_sha256(folder / MANIFEST)
    sizes = {name: (folder / name).stat().st_size for name in sums}
    return croissant(frozen, rows, sums, sizes)


def _rejected_bytes(rejected: tuple[Rejected, ...]) -> bytes:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("item", pa.string()), ("reason", pa.string())])
    rows = [{"item": r.item, "reason": r.reason} for r in rejected]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()
