"""The manifest of a data set: a Parquet file with one row per example."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NotRequired, TypedDict

from automix_bench.consoles.console_json import chains_in
from automix_bench.dataset.schema import ROW, fault, parsed
from automix_bench.errors import DatasetError
from automix_bench.song import MixKind

if TYPE_CHECKING:
    import pyarrow

MANIFEST = "manifest.parquet"
ROWS_PER_GROUP = 2_000
ROWS_AT_ONCE = 100


class ExampleRow(TypedDict):
    """A row of the manifest without the place of the example.

    Attributes:
        id: unique in the data set.
        song: the id of the song that the excerpt is of.
        license: an SPDX expression: the licences of the song, the separator's weights and the
            effects together.
        split: train, valid or test.
        start: where the excerpt begins in the song, in samples.
        length: samples per channel.
        rate: in Hz.
        channels: 1 or 2.
        gain_db: the gain from the song to `before`.
        draw: the number of the console's draw; above 0 if earlier draws were not audible.
        origin: the name of the song in its source.
        origin_sha256: the hash of its file.
        attribution: who is to be credited.
        mix_kind: what the mix in `before` is: `released` (somebody made it), `sum` (the plain sum
            of the stems), or `unknown`, as in data sets that were made before this was kept.
        stem_sum_db: how far the song's mix is from the sum of its own stems, at the best gain, sign
            and lag, in dB relative to the mix; None where it was not measured.
        stem_sum_gain_db: that gain, in dB.
        stem_sum_lag: how many samples the mix comes later than the stems.
        song_notes: sentences about the song's files, such as a likely missing stem.
        stems: their names, sorted.
        before_lufs, after_lufs: integrated loudness of the mixes; None for silence.
        before_true_peak_dbtp, after_true_peak_dbtp: true peaks of the mixes; None for silence.
        mix_severity_db: how far the console moved the mix, in dB.
        mix_severity: the name of the bin that `mix_severity_db` falls into.
        stem_severity_db: how far each stem was moved, in the order of `stems`.
        console: every effect and knob, as `console_to_json` writes them.
        labels: the labels of the console as JSON text; only in rows that were read from Parquet.
    """

    id: str
    song: str
    artist: str
    license: str
    split: str
    start: int
    rate: int
    length: int
    channels: int
    gain_db: float
    draw: int
    origin: str
    origin_sha256: str
    attribution: str
    mix_kind: MixKind
    stem_sum_db: float | None
    stem_sum_gain_db: float | None
    stem_sum_lag: int | None
    song_notes: list[str]
    stems: list[str]
    before_lufs: float | None
    after_lufs: float | None
    before_true_peak_dbtp: float | None
    after_true_peak_dbtp: float | None
    mix_severity_db: float
    mix_severity: str
    stem_severity_db: list[float]
    console: dict[str, Any]
    labels: NotRequired[str]


class ManifestRow(ExampleRow):
    """A row of the manifest.

    Attributes:
        shard: the name of the tar file that holds the example.
        offset: where the example begins in that file, in bytes.
        size: how long it is there, in bytes.
        sha256: `example_hash` of its files.
    """

    shard: str
    offset: int
    size: int
    sha256: str


class ExamplePlace(TypedDict):
    """The part of a `ManifestRow` that is needed to read the example."""

    id: str
    split: str
    shard: str
    offset: int
    size: int
    sha256: str


class KnobRow(TypedDict):
    """One setting of an effect in a console.

    Attributes:
        strip: the name of its chain: a stem, `bus`, `group drums`, `aux hall`, `prepared bass`.
        place: the 0-based position of the effect in that chain.
        effect: the name of the effect.
        knob: the name of the setting. Of a list of numbers, each has its index: `gains_db[2]`. A
            target that a normaliser aimed at has the normaliser's name first: `loudness:lufs`.
        value: a number; None for a text.
        text: a text; None for a number.
    """

    strip: str
    place: int
    effect: str
    knob: str
    value: float | None
    text: str | None


def read_manifest(folder: Path) -> list[ManifestRow]:
    """The manifest's rows; `console` is parsed.

    Raises:
        DatasetError: there is no manifest, or it is damaged.
    """
    rows, faults = read_rows(folder)
    for number, what in faults.items():
        raise _damaged(folder, f" at {row_name(rows[number], number)}: {what}")
    return rows


def read_rows(folder: Path) -> tuple[list[ManifestRow], dict[int, str]]:
    """The manifest's rows, and by number what is wrong with those that are not as they must be.

    Raises:
        DatasetError: there is no manifest, it cannot be read, or it lacks a column.
    """
    table = read_columns(folder, whole_table=True)
    rows: list[ManifestRow] = _as_python(folder, table)
    faults: dict[int, str] = {}
    for number, row in enumerate(rows):
        try:
            row["console"] = parsed(str(row["console"]))
        except ValueError as error:
            faults[number] = f"its console: {error}"
        else:
            if wrong := fault(row, ROW):
                faults[number] = wrong
            else:
                _fill_in_what_came_later(row)
    return rows, faults


def row_name(row: Mapping[str, Any], number: int) -> str:
    """The id of the example that a row is about; its number where it has no such id."""
    wrong = fault({"id": row.get("id")}, {"id": ROW["id"]})
    return f"example {number}" if wrong else str(row["id"])


def _as_python(folder: Path, table: pyarrow.Table) -> list[Any]:
    import pyarrow as pa

    try:
        return list(table.to_pylist())
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise _damaged(folder, f": {str(error).splitlines()[0]}") from error


def read_columns(
    folder: Path, names: Sequence[str] | None = None, whole_table: bool = False
) -> pyarrow.Table:
    """Columns of the manifest; if none are named, all but `knobs`, which `console` contains.

    Args:
        whole_table: whether all columns that a row must have are looked for.

    Raises:
        DatasetError: there is no manifest, it is damaged, or it has no such column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / MANIFEST
    if not path.is_file():
        raise DatasetError(f"{folder}: no finished data set here, {MANIFEST} is missing")
    try:
        known = pq.read_schema(path).names
        columns = list(names or (name for name in known if name != "knobs"))
        later = [name for name in columns if name == "mix_kind" and name not in known]
        needed = {name for name, field in ROW.items() if field.needed} if whole_table else set()
        if lacking := sorted({*columns, *needed} - set(later) - set(known)):
            raise _damaged(folder, f": it has no column {lacking[0]}")
        if twice := [name for name in columns if known.count(name) > 1]:
            raise _damaged(folder, f": its column {twice[0]} is there twice")
        read = pq.read_table(path, columns=[name for name in columns if name not in later])
        for name in later:  # a manifest that was written before there was such a column
            read = read.append_column(name, pa.nulls(read.num_rows, pa.string()))
        return read
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(folder, f": {str(error).splitlines()[0]}") from error


def mix_kind_in(stored: Mapping[str, Any]) -> MixKind:
    """The kind of mix in a row or in an example's JSON; `unknown` where none is stored that this
    version knows."""
    kind = stored.get("mix_kind")
    return kind if kind in ("released", "sum") else "unknown"


def _fill_in_what_came_later(row: ManifestRow) -> None:
    """Add the columns that a manifest of an earlier version does not have."""
    stored: Mapping[str, Any] = row
    row["mix_kind"] = mix_kind_in(row)
    row["stem_sum_db"] = stored.get("stem_sum_db")
    row["stem_sum_gain_db"] = stored.get("stem_sum_gain_db")
    row["stem_sum_lag"] = stored.get("stem_sum_lag")
    row["song_notes"] = stored.get("song_notes") or []


def _damaged(folder: Path, what: str = "") -> DatasetError:
    return DatasetError(f"{folder / MANIFEST}: damaged{what}; run `make` again to restore it")


def write_manifest(file: IO[bytes], rows: Iterable[ManifestRow]) -> None:
    """Write the manifest of these rows as Parquet: the console as JSON and also knob by knob.

    `ROWS_AT_ONCE` rows are in memory as Python objects, and one group of rows as columns.
    """
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
        *((name, pa.string()) for name in (*texts, "mix_kind")),
        ("stem_sum_db", pa.float64()),
        ("stem_sum_gain_db", pa.float64()),
        ("stem_sum_lag", pa.int64()),
        ("song_notes", pa.list_(pa.string())),
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


def _tables(rows: Iterator[ManifestRow], schema: pyarrow.Schema) -> Iterator[pyarrow.Table]:
    import pyarrow as pa

    while some := list(islice(rows, ROWS_AT_ONCE)):
        records = [
            {
                **row,
                "console": json.dumps(row["console"]),
                "labels": json.dumps(row["console"].get("labels", {})),
                "knobs": list(knobs(row["console"])),
            }
            for row in some
        ]
        yield pa.Table.from_pylist(records, schema=schema)


def knobs(console: Mapping[str, Any]) -> Iterator[KnobRow]:
    """Every setting of every effect of a console in JSON."""
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


def _settings_of(effect: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    fitted = effect.get("fitted", {})
    own = ((name, value) for name, value in effect.items() if name not in ("effect", "fitted"))
    targets = ((f"{fitted['by']}:{name}", v) for name, v in fitted.items() if name != "by")
    for name, value in (*own, *targets):
        if isinstance(value, list):
            yield from ((f"{name}[{i}]", item) for i, item in enumerate(value))
        else:
            yield name, value
