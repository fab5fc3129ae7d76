"""What a submission says of itself: the system card, and the record that names every file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.scored_data import ALL
from automix_bench.licence import checked
from automix_bench.untrusted.fields import (
    Check,
    Schema,
    mapping,
    one_of,
    optional,
    record,
    sha256_text,
    shown,
    text,
    truth,
    whole,
)
from automix_bench.untrusted.overlap_record import demand_overlap_of, read_overlap
from automix_bench.untrusted.readable_name import readable_name
from automix_bench.untrusted.scorecard_record import COST
from automix_bench.untrusted.shown import one_line

FORMAT = 1
_MOST_TEXTS, _MOST_AUTHORS = 1_000, 100
_LONGEST_LICENSE = 120


def _texts(value: object) -> str:
    """The check of a list of texts."""
    right = isinstance(value, list) and len(value) <= _MOST_TEXTS
    if right and isinstance(value, list) and not any(text()(item) for item in value):
        return ""
    return f"a list of at most {_MOST_TEXTS} texts"


def _authors(value: object) -> str:
    """The check of `authors`: one or more, who fit on a page."""
    right = isinstance(value, list) and 0 < len(value) <= _MOST_AUTHORS
    if right and isinstance(value, list) and not any(text(200)(item) for item in value):
        return ""
    return f"a list of 1 to {_MOST_AUTHORS} authors, each a text of 1 to 200 characters"


def _weights(value: object) -> str:
    """The check of `weights`: a sha256 by the name of each file."""
    return mapping(sha256_text)(value) and "an object of sha256 (64 digits of 0-9 a-f) by file"


_SYSTEM: dict[str, Check] = {
    "name": readable_name,
    "authors": _authors,
    "code": text(1_000),
    "commit": text(100, empty=True),
    "license": text(_LONGEST_LICENSE),
    "kind": one_of(("single", "composite")),
    "parameters": optional(whole(0, 10**15)),
    "weights": _weights,
    "trained_on": _texts,
    "tuned_on": _texts,
    "selected_on": _texts,
    "deterministic": truth,
}
_FURTHER: dict[str, Check] = {
    "description": text(10_000, empty=True),
    "contact": text(1_000, empty=True),
    "open": truth,
    "interpretable": truth,
    "real_time": truth,
}
SYSTEM = Schema(_SYSTEM, _FURTHER)
SUBMISSION = Schema(
    {
        "format": whole(),
        **dict.fromkeys(("task", "dataset", "recipe", "split", "model"), text()),
        "task_version": whole(),
        "system": lambda value: "" if isinstance(value, dict) else "a system card, an object",
        "environment": mapping(text(empty=True)),
        "files": mapping(sha256_text, most=200_000),
    },
    {"benchmark": text(empty=True), "floor_cost": optional(record(COST))},
)

TEMPLATE = """\
# What stands beside the scores of a submission. Fill in name, authors and code; check the others.
name = ""                                # what it is called on the board
authors = []                             # ["Ann Other", "Bob Other"]
code = ""                                # the address of the code, or "closed"
commit = ""                              # of the code
license = "Apache-2.0"                   # SPDX, of code and weights
kind = "single"                          # or "composite": several models, or other people's parts
parameters = 0                           # delete this line if the number is not known
trained_on = []                          # data sets and splits, also those of pretrained parts
tuned_on = []                            # what settings were chosen on
selected_on = []                         # what this version was chosen on
deterministic = true

[weights]                                # the sha256 of each file of weights
# "net.safetensors" = "…"
"""


class SystemCard(TypedDict, total=False):
    """What is submitted. `description`, `contact`, `open`, `interpretable` and `real_time` may be
    missing. In a file, `parameters` and `weights` may be left out too.

    Attributes:
        code: where its code is.
        kind: `composite` if it is made of several models, or of other people's.
        parameters: how many; None if that is not known.
        weights: the sha256 of each file of weights.
        trained_on, tuned_on, selected_on: data sets and their splits.
        deterministic: whether it gives the same answer again.
    """

    name: str
    authors: list[str]
    code: str
    commit: str
    license: str
    kind: str
    parameters: int | None
    weights: dict[str, str]
    trained_on: list[str]
    tuned_on: list[str]
    selected_on: list[str]
    deterministic: bool
    description: str
    contact: str
    open: bool
    interpretable: bool
    real_time: bool


def read_system_card(path: Path) -> dict[str, Any]:
    """The system card in a TOML file.

    Raises:
        UsageError: there is no such file, or a field is missing, unknown or wrong.
    """
    try:
        card = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: expected a system card in TOML: {error}") from None
    card.setdefault("weights", {})
    card.setdefault("parameters", None)
    if fault := system_fault(card):
        raise UsageError(f"{path}: {fault}")
    return card


def system_fault(card: object) -> str:
    """What is wrong with a system card; empty if nothing."""
    if fault := SYSTEM.fault(card):
        return fault
    assert isinstance(card, dict)
    if card["parameters"] and not card["weights"]:
        count = card["parameters"]
        return f"weights: expected the sha256 of each file of {count} parameters, got none"
    try:
        checked(card["license"])
    except UsageError as error:
        return f"license: {error}"
    return ""


def demand_submission(record: Mapping[str, Any], where: str) -> None:
    """Refuse the record of a submission with a fault.

    Raises:
        DatasetError: a field is missing, unknown or wrong; or it is of another format.
    """
    given = record.get("format")
    if given != FORMAT or isinstance(given, bool):
        raise DatasetError(f"{where}: format: expected {FORMAT}, got {shown(given)}: pack it again")
    SUBMISSION.demand(record, where, "pack it again")
    if fault := system_fault(record["system"]):
        raise DatasetError(f"{where}: system: {fault}: pack it again")


def overlapping_items(path: Path, where: str, dataset: Dataset) -> tuple[str, ...]:
    """The items of a data set that a record of an overlap names (`submissions.overlap`).

    Args:
        where: the file, for messages.

    Raises:
        DatasetError: the record is damaged, of other data, or names an item that the data does not
            have.
    """
    record = read_overlap(path)
    demand_overlap_of(record, where, dataset.fingerprint, dataset.split or ALL)
    ids = {row["id"] for row in dataset.rows}
    if record["items"] != len(ids):
        raise DatasetError(
            f"{where}: items: expected the {len(ids)} of the data set, got {record['items']}"
        )
    named = tuple(one["item"] for one in record["overlapping"])
    if strange := [item for item in named if item not in ids]:
        raise DatasetError(f"{where}: {one_line(strange[0])[:100]}: no example of this data set")
    return named
