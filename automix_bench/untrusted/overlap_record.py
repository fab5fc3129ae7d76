"""Read a record of the items of a data set that a training corpus holds, and check every field.

`submissions.overlap` writes it. Anybody may have written the one that is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, cast

from automix_bench.errors import DatasetError
from automix_bench.files.canonical_json import sealed
from automix_bench.untrusted.fields import (
    Schema,
    number,
    one_of,
    optional,
    record,
    sequence,
    sha256_text,
    shown,
    text,
    whole,
)
from automix_bench.untrusted.json_file import read_json_object
from automix_bench.untrusted.shown import one_line

FORMAT = 1
REMEDY = "make it again with `automix-bench overlap`"
MOST_BYTES = 64 << 20
BY = ("sound", "origin", "song")


_CORPUS = Schema(
    {
        "recordings": whole(1),
        "unreadable": whole(),
        "sha256": sha256_text,
    }
)
_ITEM = Schema(
    {
        "item": text(),
        "by": one_of(BY),
        "sound": text(empty=True),
        "differing": optional(number(0.0, 0.5)),
        "seconds": optional(number(0.0, 1e6)),
    }
)
_RECORD = Schema(
    {
        "format": whole(),
        "search": whole(1),
        "dataset": sha256_text,
        "split": text(),
        "items": whole(1),
        "unsearchable": whole(),
        "corpus": record(_CORPUS),
        "overlapping": sequence,
        "seal": sha256_text,
    }
)


class OverlapItem(TypedDict):
    """An item that a corpus holds.

    Attributes:
        item: the id of the example.
        by: `sound` if a sound of it is in the corpus; `origin` if it was made from a file with the
            hash of one that the corpus was made from; `song` if another item of its song is there.
        sound: which of its sounds, as `before.mix`; empty where none was compared.
        differing: the share of bits of the fingerprint that differ, 0 for equal sounds and 0.5 for
            unrelated ones; None where none was compared.
        seconds: of the item that lie in the recording; None where none were compared.
    """

    item: str
    by: str
    sound: str
    differing: float | None
    seconds: float | None


class OverlapCorpus(TypedDict):
    """What was searched.

    Attributes:
        recordings: how many were searched.
        unreadable: how many files could not be read.
        sha256: over the sorted fingerprints of the recordings.
    """

    recordings: int
    unreadable: int
    sha256: str


class OverlapRecord(TypedDict):
    """Which items of a data set a corpus holds.

    Attributes:
        format: `FORMAT`.
        search: the version of fingerprints and of the search.
        dataset: the fingerprint of the data set, of the split.
        split: of the data set; `all` for all of it.
        items: how many were looked for.
        unsearchable: how many of them are too short or too quiet to be found by sound.
        overlapping: in the order of their ids.
        seal: the sha256 of the canonical JSON of the other fields.
    """

    format: int
    search: int
    dataset: str
    split: str
    items: int
    unsearchable: int
    corpus: OverlapCorpus
    overlapping: list[OverlapItem]
    seal: str


def read_overlap(path: Path) -> OverlapRecord:
    """The record in a file.

    Raises:
        DatasetError: there is no such file, it is damaged, or a field is missing, unknown or wrong.
            The message names the file and the item.
    """
    content = read_json_object(path, "record of an overlap", REMEDY, MOST_BYTES)
    given = content.get("format")
    if given != FORMAT or isinstance(given, bool):
        raise DatasetError(f"{path}: format: expected {FORMAT}, got {shown(given)}: {REMEDY}")
    _RECORD.demand(content, str(path), REMEDY)
    _demand_items(path, content)
    if sealed(content) != content:
        raise DatasetError(f"{path}: damaged: its seal is not the hash of its fields: {REMEDY}")
    return cast("OverlapRecord", content)


def _demand_items(path: Path, content: Mapping[str, Any]) -> None:
    """Refuse wrong items, items out of order or twice, and more items than were looked for."""
    overlapping: Sequence[Any] = content["overlapping"]
    counts = {"overlapping": len(overlapping), "unsearchable": content["unsearchable"]}
    for name, count in counts.items():
        if count > content["items"]:
            raise DatasetError(
                f"{path}: {name}: expected at most the {content['items']} items, got {count}: "
                f"{REMEDY}"
            )
    before = ""
    for place, one in enumerate(overlapping):
        where = f"{path}: overlapping {place}"
        _ITEM.demand(one, where, REMEDY)
        if one["item"] <= before:
            raise DatasetError(
                f"{where}: item: expected ids in order, each once, got {shown(one['item'])}: "
                f"{REMEDY}"
            )
        compared = one["differing"] is not None and one["seconds"] is not None
        if compared != (one["by"] == "sound"):
            raise DatasetError(
                f"{where}: differing: expected a number where a sound is compared and null "
                f"elsewhere, got {shown(one['differing'])} by {one['by']}: {REMEDY}"
            )
        before = one["item"]


def demand_overlap_of(record: OverlapRecord, where: str, dataset: str, split: str) -> None:
    """Refuse a record of other data.

    Args:
        where: the file of the record, for the message.
        dataset: the fingerprint of the data.
        split: of the data; empty if it is not known.

    Raises:
        DatasetError: it is of another data set or split.
    """
    if record["dataset"] != dataset:
        raise DatasetError(
            f"{where}: an overlap with another data set: expected {dataset[:12]}…, got "
            f"{record['dataset'][:12]}…: {REMEDY} on this one"
        )
    if split and record["split"] != split:
        raise DatasetError(
            f"{where}: split: expected {one_line(split)}, got {one_line(record['split'])[:20]}: "
            f"{REMEDY}"
        )
