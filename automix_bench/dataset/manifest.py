"""The manifest of a data set: a Parquet file with one row per example."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from automix_bench.consoles.console_json import chains_in
from automix_bench.errors import DatasetError

MANIFEST = "manifest.parquet"
ROWS_PER_GROUP = 2_000
ROWS_AT_ONCE = 100


def read_manifest(folder: Path) -> list[dict[str, Any]]:
    """The manifest's rows.

    Raises:
        DatasetError: there is no manifest, or it is damaged.
    """
    rows: list[dict[str, Any]] = _columns(folder).to_pylist()
    try:
        for row in rows:
            row["console"] = json.loads(row["console"])
            row["split"], row["id"], row["sha256"], row["shard"], row["offset"], row["size"]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(folder) from error
    return rows


def _columns(folder: Path, wanted: Sequence[str] | None = None) -> Any:
    """Columns of the manifest, as an Arrow table; all but `knobs` if none are named: the console
    has them all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / MANIFEST
    if not path.is_file():
        raise DatasetError(f"{folder}: no finished data set here, {MANIFEST} is missing")
    try:
        known = pq.read_schema(path).names
        columns = list(wanted or (name for name in known if name != "knobs"))
        if not set(columns) <= set(known):
            raise _damaged(folder)
        return pq.read_table(path, columns=columns)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(folder, f": {str(error).splitlines()[0]}") from error


def _damaged(folder: Path, what: str = "") -> DatasetError:
    return DatasetError(f"{folder / MANIFEST}: damaged{what}; run `make` again to restore it")


def write_manifest(file: IO[bytes], rows: Iterable[dict[str, Any]]) -> None:
    """Write the manifest of these rows as Parquet: the console both as JSON and knob by knob. Of
    the rows, `ROWS_AT_ONCE` are held as Python objects, and one group as columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    knob = pa.struct(
        [
            ("strip", pa.string()),
            ("place", pa.int32()),
            ("effect", pa.string()),
            ("knob", pa.string()),
            ("value", pa.float64()),
            ("text", pa.string()),
        ]
    )
    texts = ("id", "song", "artist", "license", "split", "origin", "origin_sha256", "attribution")
    columns = [
        *((name, pa.string()) for name in texts),
        *((name, pa.int64()) for name in ("start", "length", "rate", "channels")),
        ("gain_db", pa.float64()),
        ("draw", pa.int32()),
        ("stems", pa.list_(pa.string())),
        ("before_lufs", pa.float64()),
        ("after_lufs", pa.float64()),
        ("before_true_peak_dbtp", pa.float64()),
        ("after_true_peak_dbtp", pa.float64()),
        ("mix_severity_db", pa.float64()),
        ("mix_severity", pa.string()),
        ("stem_severity_db", pa.list_(pa.float64())),
        ("labels", pa.string()),
        ("console", pa.string()),
        ("knobs", pa.list_(knob)),
        ("shard", pa.string()),
        ("offset", pa.int64()),
        ("size", pa.int64()),
        ("sha256", pa.string()),
    ]
    schema, rest = pa.schema(columns), iter(rows)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while group := list(_tables(islice(rest, ROWS_PER_GROUP), schema)):
            writer.write_table(pa.concat_tables(group).combine_chunks())


def _tables(rows: Iterator[dict[str, Any]], schema: Any) -> Iterator[Any]:
    import pyarrow as pa

    while some := list(islice(rows, ROWS_AT_ONCE)):
        said = [
            {
                **row,
                "console": json.dumps(row["console"]),
                "labels": json.dumps(row["console"].get("labels", {})),
                "knobs": list(knobs(row["console"])),
            }
            for row in some
        ]
        yield pa.Table.from_pylist(said, schema=schema)


def knobs(console: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every setting of a console in JSON: the name of its chain (a stem, `bus`, `group drums`…),
    place in that chain, effect, and a value or a text. Of a row of numbers each is named by its
    place in the row; what a normaliser wanted by the normaliser: `loudness:lufs`."""
    for strip, chain in chains_in(console):
        for place, effect in enumerate(chain):
            for name, value in _settings_of(effect):
                number = isinstance(value, int | float)
                yield {
                    "strip": strip,
                    "place": place,
                    "effect": effect["effect"],
                    "knob": name,
                    "value": value if number else None,
                    "text": None if number else str(value),
                }


def _settings_of(effect: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    fitted = effect.get("fitted", {})
    own = ((name, value) for name, value in effect.items() if name not in ("effect", "fitted"))
    wanted = ((f"{fitted['by']}:{name}", v) for name, v in fitted.items() if name != "by")
    for name, value in (*own, *wanted):
        if isinstance(value, list):
            yield from ((f"{name}[{i}]", item) for i, item in enumerate(value))
        else:
            yield name, value
