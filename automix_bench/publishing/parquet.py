"""Export a data set as Parquet with the hub's `Audio` feature, for `datasets` and the hub's viewer.

<out>/data/train-00000-of-00012.parquet     a row per example, its sounds as FLAC
<out>/README.md                             the data card, with the hub's header
<out>/SHA256SUMS

The sounds are the bytes of the shards: nothing is decoded, so neither torch nor torchcodec is
needed. Where only `before` is stored, `after` is rendered and written too. The features are
declared `decode: false`: a reader decodes with soundfile and gets the stored integers. Equal data
sets give equal bytes (with one version of pyarrow).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from automix_bench.dataset.example_files import decode, encode
from automix_bench.dataset.folder import SUMS, read_rejected, read_sums, refuse_inside
from automix_bench.dataset.manifest import ManifestRow
from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.shard_reader import read_files
from automix_bench.errors import DatasetError, naming_a_full_disk
from automix_bench.executor import Progress, silent
from automix_bench.files.atomic import file_sha256, whole_file, write_whole
from automix_bench.files.canonical_json import canonical, fingerprint
from automix_bench.files.locks import work_alone
from automix_bench.publishing.parquet_card import export_card
from automix_bench.song import role

if TYPE_CHECKING:
    import pyarrow

FILE_BYTES = 500_000_000
ROW_GROUP_BYTES = 90_000_000
"""The hub's viewer reads whole row groups, and stops at some hundred MB."""
FEW_ROWS = 100
MARK = b"automix_bench"
CARD = "README.md"

TEXTS = ("id", "song", "artist", "split", "license", "attribution", "mix_kind", "console", "labels")
NUMBERS = ("start", "rate")


class FlacCell(TypedDict):
    """A cell of an `Audio` column: a FLAC file and its name."""

    bytes: bytes
    path: str


class StemCell(TypedDict):
    """An element of the column `stems`."""

    name: str
    role: str
    before: FlacCell
    after: FlacCell


class ExportRow(TypedDict):
    """A row of an export; `console` and `labels` are JSON text."""

    id: str
    song: str
    artist: str
    split: str
    license: str
    attribution: str
    mix_kind: str
    start: int
    rate: int
    gain_db: float
    console: str
    labels: str
    before_mix: FlacCell
    after_mix: FlacCell
    stems: list[StemCell]


@dataclass(frozen=True)
class ExportFile:
    """One file of an export.

    Attributes:
        split: of its examples.
        name: its path under the folder.
        rows: of its examples in the manifest.
        content_hash: stands for its content; it is stored in the metadata of the file.
    """

    split: str
    name: str
    rows: tuple[ManifestRow, ...]
    content_hash: str


@dataclass(frozen=True)
class Exported:
    """The result of `export_parquet`.

    Attributes:
        files: their paths under `folder`.
        written: how many files were written; the others were complete before.
    """

    folder: Path
    files: tuple[str, ...]
    written: int


def export_parquet(
    folder: Path, out: Path, *, file_bytes: int = FILE_BYTES, progress: Progress = silent
) -> Exported:
    """Write a finished data set as Parquet into `out`, or finish an export that was begun there.

    Args:
        file_bytes: the size at which a new file is begun.

    Raises:
        DatasetError: there is no finished data set, a shard is damaged, `out` holds something
            else or an export of another data set, or another export is running in it.
        DiskFull: the disk is full; finished files stay.
    """
    files = _planned_files(Dataset(folder).rows, file_bytes, read_plan(folder).store)
    refuse_inside(out, folder, "folder")
    _refuse_foreign(out, files)
    with naming_a_full_disk(out):
        (out / "data").mkdir(parents=True, exist_ok=True)
    with work_alone(out, "another export"):
        for unfinished in out.glob("**/.*.tmp"):  # of a run that was killed
            unfinished.unlink()
        sums = read_sums(out)
        missing = [file for file in files if not _is_complete(out, file, sums)]
        total = sum(len(file.rows) for file in missing)
        done = 0
        if missing:
            progress("exporting", done, total, "examples")
        for file in missing:
            for done_here in _write(folder, out / file.name, file):
                progress("exporting", done + done_here, total, "examples")
            done += len(file.rows)
        _write_card_and_sums(folder, out, files)
    return Exported(out, tuple(file.name for file in files), len(missing))


def _write_card_and_sums(folder: Path, out: Path, files: Sequence[ExportFile]) -> None:
    bytes_of: dict[str, int] = {}
    for file in files:
        size = (out / file.name).stat().st_size
        bytes_of[file.split] = bytes_of.get(file.split, 0) + size
    rows = [row for file in files for row in file.rows]
    card = export_card(read_plan(folder), rows, read_rejected(folder), features(), bytes_of)
    write_whole(out / CARD, card.encode())
    names = sorted((CARD, *(file.name for file in files)))
    sums = "".join(f"{file_sha256(out / name)}  {name}\n" for name in names)
    write_whole(out / SUMS, sums.encode())


def _planned_files(
    rows: Sequence[ManifestRow], file_bytes: int, store: str
) -> tuple[ExportFile, ...]:
    """The files of an export, by split, with their rows in the order of the manifest.

    The size of a row is taken from the shards; `after`, where it is not stored, is taken to be as
    large as `before`.
    """
    sides = 1 if store == "both" else 2
    by_split: dict[str, list[list[ManifestRow]]] = {}
    filled: dict[str, int] = {}
    for row in rows:
        files = by_split.setdefault(row["split"], [])
        if not files or filled[row["split"]] + sides * row["size"] > file_bytes:
            files.append([])
            filled[row["split"]] = 0
        files[-1].append(row)
        filled[row["split"]] += sides * row["size"]
    return tuple(
        ExportFile(
            split,
            f"data/{split}-{number:05d}-of-{len(files):05d}.parquet",
            tuple(rows_of_file),
            fingerprint([[row["id"], row["sha256"]] for row in rows_of_file]),
        )
        for split, files in sorted(by_split.items())
        for number, rows_of_file in enumerate(files)
    )


def _refuse_foreign(out: Path, files: Sequence[ExportFile]) -> None:
    if out.exists() and not out.is_dir():
        raise DatasetError(f"{out}: is a file; choose a folder that is empty or new")
    own = {"data", CARD, SUMS, *(file.name for file in files)}
    present = [path for path in out.rglob("*") if not path.name.endswith(".tmp")]
    names = sorted(path.relative_to(out).as_posix() for path in present)
    foreign = [name for name in names if name not in own]
    sums = read_sums(out)
    foreign += [file.name for file in files if _is_of_another_export(out, file, sums)]
    if foreign:
        raise DatasetError(
            f"{out}: holds something else, or an export of another data set or file size "
            f"({', '.join(foreign[:3])}): choose a folder that is empty or new"
        )


def _is_complete(out: Path, file: ExportFile, sums: Mapping[str, str]) -> bool:
    """Whether a file is there, has the right rows, and is as SHA256SUMS has it, if it is listed.

    Files are written under another name first, so one that has its metadata was finished.
    """
    same = _stored_hash(out / file.name) == file.content_hash.encode()
    return same and _agrees(out, file, sums)


def _is_of_another_export(out: Path, file: ExportFile, sums: Mapping[str, str]) -> bool:
    """Whether a file is complete and has other rows: it must not be overwritten."""
    stored = _stored_hash(out / file.name)
    other = stored is not None and stored != file.content_hash.encode()
    return other and _agrees(out, file, sums)


def _agrees(out: Path, file: ExportFile, sums: Mapping[str, str]) -> bool:
    return sums.get(file.name) in (None, file_sha256(out / file.name))


def _stored_hash(path: Path) -> bytes | None:
    """The `content_hash` in the metadata of a file; None if there is no file or no hash in it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        stored: bytes | None = (pq.read_schema(path).metadata or {}).get(MARK)
    except (pa.ArrowException, OSError):
        return None
    return stored


def _write(folder: Path, path: Path, file: ExportFile) -> Iterator[int]:
    """Write one file; yield the number of its examples that are written, group by group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = schema()
    columns = columns.with_metadata({**columns.metadata, MARK: file.content_hash.encode()})
    # FLAC cannot be compressed further, and statistics of sounds are of no use.
    with (
        whole_file(path) as stream,
        pq.ParquetWriter(
            stream,
            columns,
            compression="none",
            use_dictionary=False,
            write_statistics=[*TEXTS[:5], *NUMBERS],
            store_schema=True,
        ) as writer,
    ):
        done = 0
        for group in _groups(_export_row(folder, row) for row in file.rows):
            writer.write_table(pa.Table.from_pylist(group, schema=columns))
            done += len(group)
            yield done


def _groups(rows: Iterable[ExportRow]) -> Iterator[list[ExportRow]]:
    """The rows in groups of at most `FEW_ROWS` rows and about `ROW_GROUP_BYTES` of sound."""
    group: list[ExportRow] = []
    size = 0
    for row in rows:
        sounds = [row["before_mix"], row["after_mix"]]
        sounds += [sound for stem in row["stems"] for sound in (stem["before"], stem["after"])]
        more = sum(len(sound["bytes"]) for sound in sounds)
        if group and (size + more > ROW_GROUP_BYTES or len(group) == FEW_ROWS):
            yield group
            group, size = [], 0
        group.append(row)
        size += more
    yield group


def _export_row(folder: Path, row: ManifestRow) -> ExportRow:
    files = read_files(folder, row)
    if f"{row['id']}.after.mix.flac" not in files:
        files = encode(decode(files))

    def sound(side: str, name: str) -> FlacCell:
        path = f"{row['id']}.{side}.{name}.flac"
        return {"bytes": files[path], "path": path}

    return {
        "id": row["id"],
        "song": row["song"],
        "artist": row["artist"],
        "split": row["split"],
        "license": row["license"],
        "attribution": row["attribution"],
        "mix_kind": row["mix_kind"],
        "start": row["start"],
        "rate": row["rate"],
        "gain_db": row["gain_db"],
        "console": canonical(row["console"]),
        "labels": canonical(row["console"].get("labels", {})),
        "before_mix": sound("before", "mix"),
        "after_mix": sound("after", "mix"),
        "stems": [
            {
                "name": name,
                "role": role(name),
                "before": sound("before", name),
                "after": sound("after", name),
            }
            for name in row["stems"]
        ],
    }


def schema() -> pyarrow.Schema:
    """The columns as an Arrow schema; its metadata tells `datasets` which of them are sounds."""
    import pyarrow as pa

    sound = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    stem = [("name", pa.string()), ("role", pa.string()), ("before", sound), ("after", sound)]
    columns = [
        *((name, pa.string()) for name in TEXTS),
        *((name, pa.int64()) for name in NUMBERS),
        ("gain_db", pa.float64()),
        ("before_mix", sound),
        ("after_mix", sound),
        ("stems", pa.list_(pa.struct(stem))),
    ]
    metadata = json.dumps({"info": {"features": features()}})
    return pa.schema(columns, metadata={b"huggingface": metadata.encode()})


def features() -> dict[str, Any]:
    """The columns as `datasets` writes them into the metadata of a schema."""
    text = {"dtype": "string", "_type": "Value"}
    sound = {"decode": False, "_type": "Audio"}
    return {
        **{name: text for name in TEXTS},
        **{name: {"dtype": "int64", "_type": "Value"} for name in NUMBERS},
        "gain_db": {"dtype": "float64", "_type": "Value"},
        "before_mix": sound,
        "after_mix": sound,
        "stems": {
            "feature": {"name": text, "role": text, "before": sound, "after": sound},
            "_type": "List",
        },
    }
