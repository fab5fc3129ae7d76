"""The average traits of the stems of a corpus, by role: the targets of effect normalisation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.dsp.traits import CENTRES_HZ, peaks_db, similarity, spectrum_db
from automix_bench.errors import DataError
from automix_bench.example import Example
from automix_bench.files.canonical_json import pretty
from automix_bench.song import role

EVERY = "every"
"""The role of all stems together, for roles that the corpus does not have."""


@dataclass(frozen=True)
class Traits:
    """The average traits of the stems of one role.

    Attributes:
        stems: how many were measured.
        loudness_lufs: mean integrated loudness.
        spectrum_db: mean `traits.spectrum_db`, one number for each of the 31 third octaves.
        peaks_db, peaks_deviation_db: mean and standard deviation of `traits.peaks_db`.
        similarity: mean `traits.similarity` of left and right.
    """

    stems: int
    loudness_lufs: float
    spectrum_db: tuple[float, ...]
    peaks_db: float
    peaks_deviation_db: float
    similarity: float


class _TraitsFile(TypedDict):
    """The JSON of a file of traits."""

    corpus: str
    bands_hz: list[float]
    roles: dict[str, dict[str, Any]]


def measured(examples: Iterable[Example]) -> dict[str, Traits]:
    """The traits of the stems in `before` by role, and those of all stems as `every`.

    The residual is left out, and so are stems that have no loudness (silent or too short).

    Raises:
        DataError: no stem has a loudness.
    """
    lines_of: dict[str, list[tuple[float, ...]]] = {}
    for example in examples:
        for name, stem in example.before.stems.items():
            loudness = integrated_lufs(stem)
            if name == "residual" or not np.isfinite(loudness):
                continue
            line = (loudness, peaks_db(stem), similarity(stem), *spectrum_db(stem))
            for key in (role(name), EVERY):
                lines_of.setdefault(key, []).append(line)
    if not lines_of:
        raise DataError("traits of a corpus: no stem in it has a loudness, all are silent or short")
    return {name: _mean(np.array(lines)) for name, lines in sorted(lines_of.items())}


def _mean(lines: np.ndarray) -> Traits:
    loudness, peaks, alike = lines[:, 0], lines[:, 1], lines[:, 2]
    known = alike[np.isfinite(alike)]
    return Traits(
        stems=len(lines),
        loudness_lufs=round(float(loudness.mean()), 2),
        spectrum_db=tuple(round(float(level), 2) for level in lines[:, 3:].mean(axis=0)),
        peaks_db=round(float(peaks.mean()), 2),
        peaks_deviation_db=round(float(peaks.std()), 2),
        similarity=round(float(known.mean()), 4) if known.size else 1.0,
    )


def to_json(traits: Mapping[str, Traits], corpus: str) -> str:
    """The traits as the JSON text of a file, with the name of the corpus and the bands in Hz."""
    roles = {name: asdict(one) for name, one in traits.items()}
    bands = [round(float(hz), 1) for hz in CENTRES_HZ]
    return pretty({"corpus": corpus, "bands_hz": bands, "roles": roles})


def read(path: Path) -> dict[str, Traits]:
    """The traits that `to_json` wrote.

    Raises:
        DataError: there is no such file, or it has other content.
    """
    try:
        json_object: _TraitsFile = json.loads(path.read_text(encoding="utf-8"))
        traits = {
            name: Traits(**{**one, "spectrum_db": tuple(map(float, one["spectrum_db"]))})
            for name, one in json_object["roles"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path}: wanted traits of a corpus, as `automix-bench traits` writes them: {error}"
        ) from error
    if EVERY not in traits:
        raise DataError(f"{path}: wanted the traits of the role `{EVERY}` among {sorted(traits)}")
    return traits
