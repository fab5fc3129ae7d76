"""What each metric sees: whether its values follow the grades of eight degradations of music."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isnan, nan
from typing import Any

import numpy as np
import scipy.stats

from automix_bench.audio import Audio
from automix_bench.dsp.memo import sharing
from automix_bench.executor import Progress, silent
from automix_bench.files.canonical_json import nulled
from automix_bench.metric import Metric
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.proofs.prove import error
from automix_bench.proofs.songs import ProofSong


@dataclass(frozen=True)
class Sight:
    """How the error of a metric follows one degradation. The error is the distance of the metric's
    value from perfect.

    Attributes:
        order: Spearman's rank correlation of the error with the grade, the mean over songs: 1 in
            order, -1 in the opposite order, NaN where the value is undefined.
        strict: whether the five grades are in strict order on every song.
        largest: the largest error over all grades and songs, in the metric's unit.
        blind: whether `largest` is less than a step.
        claimed: whether the metric's card says that it sees the degradation.
    """

    metric: str
    degradation: str
    order: float
    strict: bool
    largest: float
    blind: bool
    claimed: bool

    @property
    def cell(self) -> str:
        """The text in a table: "blind", the order, or a dash where it is undefined."""
        if isnan(self.largest):
            return "–"
        return "blind" if self.blind else f"{self.order + 0.0:.2f}"


@dataclass(frozen=True)
class Sensitivity:
    """The sights of some metrics on some songs, metric by metric.

    Attributes:
        songs: the names of the songs.
    """

    songs: tuple[str, ...]
    sights: tuple[Sight, ...]

    @property
    def rows(self) -> dict[str, tuple[Sight, ...]]:
        """The sights of each metric, in the order of `DEGRADATIONS`."""
        names = dict.fromkeys(sight.metric for sight in self.sights)
        return {name: tuple(s for s in self.sights if s.metric == name) for name in names}

    def to_json(self) -> dict[str, Any]:
        """The songs, the degradations with their grades, and the sights; NaN becomes null."""
        grades = {
            one.name: {"unit": one.unit, "amounts": list(one.amounts)}
            for one in DEGRADATIONS.values()
        }
        sights = [nulled(asdict(sight)) for sight in self.sights]
        return {"songs": list(self.songs), "degradations": grades, "sights": sights}

    def to_markdown(self) -> str:
        """A table in Markdown. What the card claims to see is bold."""
        lines = [["metric", *DEGRADATIONS], ["---"] * (1 + len(DEGRADATIONS))]
        for name, sights in self.rows.items():
            cells = [f"**{sight.cell}**" if sight.claimed else sight.cell for sight in sights]
            lines.append([f"`{name}`", *cells])
        return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def sensitivity(
    metrics: Sequence[Metric], songs: Sequence[ProofSong], *, progress: Progress = silent
) -> Sensitivity:
    """How the error of each metric follows every degradation of the songs.

    Raises:
        MissingPart: a metric needs a package that is not installed.
    """
    errors: dict[tuple[str, str], list[list[float]]] = {}
    done, total = 0, len(songs) * len(DEGRADATIONS)
    progress("damaging and measuring", done, total, "damaged songs")
    for song in songs:
        for degradation in DEGRADATIONS:
            rows = [_errors(metrics, song.sound, grade) for grade in song.graded(degradation)]
            for metric, row in zip(metrics, zip(*rows, strict=True), strict=True):
                errors.setdefault((metric.name, degradation), []).append(list(row))
            done += 1
            progress("damaging and measuring", done, total, "damaged songs")
    sights = [
        _sight(metric, degradation, np.array(errors[metric.name, degradation]))
        for metric in metrics
        for degradation in DEGRADATIONS
    ]
    return Sensitivity(tuple(song.name for song in songs), tuple(sights))


def _errors(metrics: Sequence[Metric], reference: Audio, estimate: Audio) -> list[float]:
    """The error of each metric. Metrics share their common measurements."""
    with sharing():
        return [error(metric, reference, estimate) for metric in metrics]


def _sight(metric: Metric, degradation: str, errors: np.ndarray) -> Sight:
    """The sight of a metric whose errors have the shape `(songs, grades)`."""
    largest = float(errors.max())
    return Sight(
        metric.name,
        degradation,
        order=float(np.mean([_spearman(row) for row in errors])),
        strict=bool((np.diff(errors, axis=1) > 0.0).all()),
        largest=largest,
        blind=largest < metric.step,
        claimed=degradation in metric.sees,
    )


def _spearman(errors: np.ndarray) -> float:
    """The rank correlation of errors with their grades. It is 0 if all errors are equal, NaN if one
    is undefined."""
    if np.isnan(errors).any():
        return nan
    ranks = scipy.stats.rankdata(errors)
    if (ranks == ranks[0]).all():
        return 0.0
    return round(float(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1]), 9)
