"""A finished data set: its rows, and its examples by number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from automix_bench.console import chains_in
from automix_bench.errors import DatasetError
from automix_bench.example import Example
from automix_bench.shards import read_example

MANIFEST = "manifest.parquet"
ROWS_PER_GROUP = 2_000


@dataclass(frozen=True)
class Dataset:
    """The examples in a folder that `make` has finished; `dataset[3]` reads only that one.

    Attributes:
        folder: where the shards and the manifest are.
        split: train, valid or test; None for all examples.

    Raises:
        DatasetError: on reading: there is no finished data set, or it is damaged.
    """

    folder: Path
    split: str | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> Example:
        return read_example(self.folder, self.rows[number])

    def __iter__(self) -> Iterator[Example]:
        for row in self.rows:
            yield read_example(self.folder, row)

    @cached_property
    def rows(self) -> Sequence[dict[str, Any]]:
        """The manifest, a dict per example; `console` as JSON values."""
        every = read_manifest(self.folder)
        chosen = [row for row in every if self.split in (None, row["split"])]
        if not chosen:
            known = sorted({row["split"] for row in every})
            raise DatasetError(f"{self.folder}: no examples in split {self.split}, only in {known}")
        return chosen

    @cached_property
    def fingerprint(self) -> str:
        """The sha256 over every chosen example's: equal for equal audio and settings."""
        return hashlib.sha256("".join(row["sha256"] for row in self.rows).encode()).hexdigest()


def read_manifest(folder: Path) -> list[dict[str, Any]]:
    """The manifest's rows.

    Raises:
        DatasetError: there is no manifest, or it is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / MANIFEST
    if not path.is_file():
        raise DatasetError(f"{folder}: no finished data set here, {MANIFEST} is missing")
    try:
        # Not the knobs: the console has them all.
        columns = [name for name in pq.read_schema(path).names if name != "knobs"]
        rows: list[dict[str, Any]] = pq.read_table(path, columns=columns).to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise DatasetError(f"{path}: damaged: {first}; run `make` again to restore it") from error
    try:
        for row in rows:
            row["console"] = json.loads(row["console"])
            row["split"], row["id"], row["sha256"], row["shard"], row["offset"], row["size"]
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path}: damaged; run `make` again to restore it") from error
    return rows


def manifest_bytes(rows: Sequence[dict[str, Any]]) -> bytes:
    """The manifest of these rows as Parquet: the console both as JSON and knob by knob."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    knob = pa.struct(
        [("strip", pa.string()), ("place", pa.int32()), ("effect", pa.string()),
         ("knob", pa.string()), ("value", pa.float64()), ("text", pa.string())]
    )  # fmt: skip
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
    schema, buffer = pa.schema(columns), io.BytesIO()
    with pq.ParquetWriter(buffer, schema, compression="zstd") as writer:
        for first in range(0, len(rows), ROWS_PER_GROUP):
            group = [
                {
                    **row,
                    "console": json.dumps(row["console"]),
                    "labels": json.dumps(row["console"].get("labels", {})),
                    "knobs": list(knobs(row["console"])),
                }
                for row in rows[first : first + ROWS_PER_GROUP]
            ]
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
    return buffer.getvalue()


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
    for name, value in effect.items():
        if name == "fitted":
            yield from ((f"{value['by']}:{n}", v) for n, v in value.items() if n != "by")
        elif isinstance(value, list):
            yield from ((f"{name}[{i}]", item) for i, item in enumerate(value))
        elif name != "effect":
            yield name, value
