"""Read a claim about two models that was written before they were compared, and check every field.

`evaluation.claim` writes it. Anybody may have written the one that is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict, cast

from automix_bench.errors import DatasetError
from automix_bench.files.canonical_json import fingerprint
from automix_bench.untrusted.fields import Schema, number, sha256_text, shown, text, whole
from automix_bench.untrusted.json_file import read_json_object

FORMAT = 1
REMEDY = "use the file that `power --claim` wrote"
MOST_BYTES = 1 << 20


_CLAIM = Schema(
    {
        "format": whole(),
        "task": text(),
        "task_version": whole(),
        "dataset": sha256_text,
        "split": text(),
        "songs": whole(2),
        "metric": text(),
        "better": text(),
        "than": text(),
        "margin": number(),
        "difference": number(),
        "alpha": number(1e-6, 0.5),
        "sides": whole(1, 2),
        "power": number(0.0, 1.0),
        "sha256": sha256_text,
    }
)


class Claim(TypedDict):
    """That one model is better than another by more than a margin.

    Attributes:
        format: `FORMAT`.
        task, task_version: what both are asked.
        dataset, split, songs: the fingerprint of the data, its split, and how many songs are
            scored.
        metric: in whose unit margin and difference are.
        better, than: the models.
        margin: the claim is that `better` is better by more than this.
        difference: the true difference at which the power is stated.
        alpha: the level of the test.
        sides: 1 for a one-sided test, 2 for a two-sided one.
        power: the probability that a true difference of `difference` is confirmed.
        sha256: of the canonical JSON of the other fields.
    """

    format: int
    task: str
    task_version: int
    dataset: str
    split: str
    songs: int
    metric: str
    better: str
    than: str
    margin: float
    difference: float
    alpha: float
    sides: int
    power: float
    sha256: str


def with_hash(fields: Mapping[str, Any]) -> Claim:
    """The claim of these fields, with its sha256 as the last."""
    rest = {name: value for name, value in fields.items() if name != "sha256"}
    return cast("Claim", {**rest, "sha256": fingerprint(rest)})


def read_claim(path: Path) -> Claim:
    """The claim in a file.

    Raises:
        DatasetError: there is no such file, a field is missing, unknown or wrong, or the hash is
            not that of the fields.
    """
    content = read_json_object(path, "claim", REMEDY, MOST_BYTES)
    given = content.get("format")
    if given != FORMAT or isinstance(given, bool):
        raise DatasetError(f"{path}: format: expected {FORMAT}, got {shown(given)}: {REMEDY}")
    _CLAIM.demand(content, str(path), REMEDY)
    claim = with_hash(content)
    if claim != content:
        raise DatasetError(
            f"{path}: sha256: expected {claim['sha256'][:12]}…, the hash of its other fields, got "
            f"{content['sha256'][:12]}…: the claim was changed after it was written: {REMEDY}"
        )
    return claim
