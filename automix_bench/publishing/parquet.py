"""A data set as Parquet with the hub's `Audio` feature: what `datasets` and the hub's viewer read.

<out>/data/train-00000-of-00012.parquet     a row per example, its sounds as FLAC
<out>/README.md                             the card, with the hub's header
<out>/SHA256SUMS

The sounds are the bytes of the shards: nothing is decoded, so neither torch nor torchcodec is
needed; but where `before` alone is stored, `after` is rendered and written as well. Features are
declared `decode: false`; whoever reads decodes with soundfile and gets the integers that were
stored. Equal data sets export to equal bytes (with one version of pyarrow).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench.dataset.folder import SUMS, read_rejected, read_sums, refuse_inside
from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.shard_reader import read_files
from automix_bench.dataset.shards import decode, encode
from automix_bench.errors import DatasetError, naming_a_full_disk
from automix_bench.executor import Progress, silent
from automix_bench.files.atomic import file_sha256, whole_file, write_whole
from automix_bench.files.canonical_json import canonical, fingerprint
from automix_bench.files.locks import work_alone
from automix_bench.publishing.parquet_card import export_card
from automix_bench.song import role

FILE_BYTES = 500_000_000
ROW_GROUP_BYTES = 90_000_000
"""The hub's viewer reads whole row groups, and stops at some hundred MB."""
FEW_ROWS = 100
MARK = b"automix_bench"
CARD = "README.md"

TEXTS = ("id", "song", "artist", "split", "license", "attribution", "console", "labels")
NUMBERS = ("start", "rate")


@dataclass(frozen=True)
class Part:
    """One file of an export: its split, its name under the folder, the rows in it, and a hash that
    stands for what it holds."""

    split: str
    name: str
    rows: tuple[Mapping[str, Any], ...]
    holds: str


@dataclass(frozen=True)
class Exported:
    """What `export_parquet` leaves behind; `written` files were missing, the others whole."""

    folder: Path
    files: tuple[str, ...]
    written: int


def export_parquet(
    folder: Path, out: Path, *, file_bytes: int = FILE_BYTES, progress: Progress = silent
) -> Exported:
    """Write a finished data set as Parquet into `out`, or finish what was begun there.

    Args:
        file_bytes: a file is closed when it holds that much.

    Raises:
        DatasetError: there is no finished data set, a shard is damaged, `out` holds something
            else or an export of another data set, or another export is at work in it.
        DiskFull: there is no room; finished files stay.
    """
    parts = _parts(Dataset(folder).rows, file_bytes, read_plan(folder).store)
    refuse_inside(out, folder, "folder")
    _refuse_foreign(out, parts)
    with naming_a_full_disk(out):
        (out / "data").mkdir(parents=True, exist_ok=True)
    with work_alone(out, "another export"):
        for left_over in out.glob("**/.*.tmp"):  # by a run that was killed
            left_over.unlink()
        known = read_sums(out)
        missing = [part for part in parts if not _whole(out / part.name, part, known)]
        total = sum(len(part.rows) for part in missing)
        done = 0
        for part in missing:
            for done_here in _write(folder, out / part.name, part):
                progress("exporting", done + done_here, total, "examples")
            done += len(part.rows)
        _close(folder, out, parts)
    return Exported(out, tuple(part.name for part in parts), len(missing))


def _close(folder: Path, out: Path, parts: Sequence[Part]) -> None:
    bytes_of: dict[str, int] = {}
    for part in parts:
        size = (out / part.name).stat().st_size
        bytes_of[part.split] = bytes_of.get(part.split, 0) + size
    rows = [row for part in parts for row in part.rows]
    card = export_card(read_plan(folder), rows, read_rejected(folder), features(), bytes_of)
    write_whole(out / CARD, card.encode())
    names = sorted((CARD, *(part.name for part in parts)))
    sums = "".join(f"{file_sha256(out / name)}  {name}\n" for name in names)
    write_whole(out / SUMS, sums.encode())


def _parts(rows: Sequence[Mapping[str, Any]], file_bytes: int, store: str) -> tuple[Part, ...]:
    """Which rows go to which file: by split, in the order of the manifest, as their sizes in the
    shards say; what is not stored there is taken to be as large as what is."""
    sides = 1 if store == "both" else 2
    by_split: dict[str, list[list[Mapping[str, Any]]]] = {}
    filled: dict[str, int] = {}
    for row in rows:
        files = by_split.setdefault(row["split"], [])
        if not files or filled[row["split"]] + sides * row["size"] > file_bytes:
            files.append([])
            filled[row["split"]] = 0
        files[-1].append(row)
        filled[row["split"]] += sides * row["size"]
    return tuple(
        Part(
            split,
            f"data/{split}-{number:05d}-of-{len(files):05d}.parquet",
            tuple(held),
            fingerprint([[row["id"], row["sha256"]] for row in held]),
        )
        for split, files in sorted(by_split.items())
        for number, held in enumerate(files)
    )


def _refuse_foreign(out: Path, parts: Sequence[Part]) -> None:
    if out.exists() and not out.is_dir():
        raise DatasetError(f"{out}: is a file; choose a folder that is empty or new")
    known = {"data", CARD, SUMS, *(part.name for part in parts)}
    held = [path for path in out.rglob("*") if not path.name.endswith(".tmp")]
    names = sorted(path.relative_to(out).as_posix() for path in held)
    foreign = [name for name in names if name not in known]
    sums = read_sums(out)
    foreign += [part.name for part in parts if _is_of_another(out / part.name, part, sums)]
    if foreign:
        raise DatasetError(
            f"{out}: holds something else, or an export of another data set or file size "
            f"({', '.join(foreign[:3])}): choose a folder that is empty or new"
        )


def _whole(path: Path, part: Part, known: Mapping[str, str]) -> bool:
    """Whether a file is there, holds the rows it should, and is as SHA256SUMS has it, if it does.

    Files appear whole, so that one which says what it holds was finished.
    """
    same = _holds(path) == part.holds.encode()
    return same and known.get(part.name) in (None, file_sha256(path))


def _is_of_another(path: Path, part: Part, known: Mapping[str, str]) -> bool:
    """Whether a file is whole and holds other rows than it should: it is not ours to write over."""
    held = _holds(path)
    other = held is not None and held != part.holds.encode()
    return other and known.get(part.name) in (None, file_sha256(path))


def _holds(path: Path) -> bytes | None:
    """What a file says that it holds; None if it is not there or says nothing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found: bytes | None = (pq.read_schema(path).metadata or {}).get(MARK)
    except (pa.ArrowException, OSError):
        return None
    return found


def _write(folder: Path, path: Path, part: Part) -> Iterator[int]:
    """Write one file, and yield how many of its examples are in it, group by group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    features = schema().with_metadata({**schema().metadata, MARK: part.holds.encode()})
    # Sounds are compressed as they are, and their extremes mean nothing.
    with (
        whole_file(path) as file,
        pq.ParquetWriter(
            file,
            features,
            compression="none",
            use_dictionary=False,
            write_statistics=[*TEXTS[:5], *NUMBERS],
            store_schema=True,
        ) as writer,
    ):
        done = 0
        for held in _groups(_row(folder, row) for row in part.rows):
            writer.write_table(pa.Table.from_pylist(held, schema=features))
            done += len(held)
            yield done


def _groups(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        sounds = [row["before_mix"], row["after_mix"]]
        sounds += [stem[side] for stem in row["stems"] for side in ("before", "after")]
        more = sum(len(sound["bytes"]) for sound in sounds)
        if group and (size + more > ROW_GROUP_BYTES or len(group) == FEW_ROWS):
            yield group
            group, size = [], 0
        group.append(row)
        size += more
    yield group


def _row(folder: Path, row: Mapping[str, Any]) -> dict[str, Any]:
    files = read_files(folder, row)
    if f"{row['id']}.after.mix.flac" not in files:
        files = encode(decode(files))

    def sound(side: str, name: str) -> dict[str, Any]:
        path = f"{row['id']}.{side}.{name}.flac"
        return {"bytes": files[path], "path": path}

    return {
        **{name: row[name] for name in (*TEXTS[:6], *NUMBERS, "gain_db")},
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


def schema() -> Any:
    """The columns, an Arrow schema that says to `datasets` which of them are sounds."""
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
    said = json.dumps({"info": {"features": features()}})
    return pa.schema(columns, metadata={b"huggingface": said.encode()})


def features() -> dict[str, Any]:
    """The same columns as `datasets` writes them into the metadata of a schema."""
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
