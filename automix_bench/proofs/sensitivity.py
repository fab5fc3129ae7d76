"""Which metrics see what: their order over the grades of eight degradations of real music."""

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
    """What a metric makes of one degradation.

    Attributes:
        order: Spearman's rank correlation of how far off the value is with the grade, the mean over
            songs: 1 is in order, -1 the wrong way round; NaN where the value is undefined.
        strict: the five grades are in strict order on every song.
        largest: the farthest that any grade of any song is off, in the metric's unit.
        blind: that is less than a step.
        claimed: the card says that it is seen.
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
        """As a cell of a table."""
        if isnan(self.largest):
            return "–"
        return "blind" if self.blind else f"{self.order + 0.0:.2f}"


@dataclass(frozen=True)
class Sensitivity:
    """The sights of some metrics on some songs, metric by metric."""

    songs: tuple[str, ...]
    sights: tuple[Sight, ...]

    @property
    def rows(self) -> dict[str, tuple[Sight, ...]]:
        """The sights of each metric, in the order of `DEGRADATIONS`."""
        names = dict.fromkeys(sight.metric for sight in self.sights)
        return {name: tuple(s for s in self.sights if s.metric == name) for name in names}

    def to_json(self) -> dict[str, Any]:
        """All of it; NaN is null."""
        grades = {
            one.name: {"unit": one.unit, "amounts": list(one.amounts)}
            for one in DEGRADATIONS.values()
        }
        sights = [nulled(asdict(sight)) for sight in self.sights]
        return {"songs": list(self.songs), "degradations": grades, "sights": sights}

    def to_markdown(self) -> str:
        """A table: bold where the card claims that it is seen."""
        lines = [["metric", *DEGRADATIONS], ["---"] * (1 + len(DEGRADATIONS))]
        for name, sights in self.rows.items():
            cells = [f"**{sight.cell}**" if sight.claimed else sight.cell for sight in sights]
            lines.append([f"`{name}`", *cells])
        return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def sensitivity(
    metrics: Sequence[Metric], songs: Sequence[ProofSong], *, progress: Progress = silent
) -> Sensitivity:
    """What each metric makes of every degradation of the songs.

    Raises:
        MissingPart: a metric needs a package that is not installed.
    """
    errors: dict[tuple[str, str], list[list[float]]] = {}
    done, total = 0, len(songs) * len(DEGRADATIONS)
    for song in songs:
        for degradation in DEGRADATIONS:
            rows = [_errors(metrics, song.sound, grade) for grade in song.graded(degradation)]
            for metric, row in zip(metrics, zip(*rows, strict=True), strict=True):
                errors.setdefault((metric.name, degradation), []).append(list(row))
            done += 1
            progress("spoiling and measuring", done, total, "degraded songs")
    sights = [
        _sight(metric, degradation, np.array(errors[metric.name, degradation]))
        for metric in metrics
        for degradation in DEGRADATIONS
    ]
    return Sensitivity(tuple(song.name for song in songs), tuple(sights))


def _errors(metrics: Sequence[Metric], reference: Audio, estimate: Audio) -> list[float]:
    """How far off each metric is, sharing what it can with the others."""
    with sharing():
        return [error(metric, reference, estimate) for metric in metrics]


def _sight(metric: Metric, degradation: str, errors: np.ndarray) -> Sight:
    """Of errors of shape `(songs, grades)`."""
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
    """With the grades; 0 where nothing moves, NaN where something is undefined."""
    if np.isnan(errors).any():
        return nan
    ranks = scipy.stats.rankdata(errors)
    if (ranks == ranks[0]).all():
        return 0.0
    return round(float(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1]), 9)
