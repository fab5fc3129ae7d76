"""Parts of a data set by what is in them: how hard the effects hit, or which instrument it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from automix_bench.dataset.manifest import ManifestRow
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.severity import BINS, severity_bin
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.compare import Stratum, in_strata
from automix_bench.metric import Metric
from automix_bench.scorecard import Score, Scorecard
from automix_bench.statistics import Estimate

By = Literal["severity", "stem"]


@dataclass(frozen=True)
class StratumScore:
    """A model's mean in one metric on one part of the data, over that part's songs.

    Attributes:
        cells: how many scores it is of.
        failed: how many of them failed.
    """

    stratum: str
    metric: str
    unit: str
    estimate: Estimate
    cells: int
    failed: int


def strata(card: Scorecard, metrics: Sequence[Metric], by: Stratum) -> tuple[StratumScore, ...]:
    """The card's means by stratum, metric after metric; bins of severity from mild to
    strong, else by name."""
    return tuple(
        StratumScore(
            name,
            metric.name,
            metric.unit,
            replace(card, scores=tuple(scores)).estimate(metric),
            len(scores),
            sum(score.status == "failed" for score in scores),
        )
        for metric in metrics
        for name, scores in sorted(in_strata(card.of(metric), by).items(), key=_order)
    )


def stratum_of(by: str, card: Scorecard, dataset: Dataset | None) -> Stratum:
    """What tells to which part a score of this card belongs.

    Args:
        by: "stem": the stem's role, its name up to a dash. "severity": the bin into which falls how
            far the console moved that stem, or the mix where the mix is scored.
        dataset: where severities stand; the whole of it, or the card's split.

    Raises:
        UsageError: there is no such way to part them, or severities are wanted of no data set.
        DatasetError: the card is of other data.
    """
    if by not in get_args(By):
        raise UsageError(f"--by {by}: there is {' and '.join(get_args(By))}")
    if by == "stem":
        return lambda score: score.stem.partition("-")[0]
    if dataset is None:
        raise UsageError("--by severity: say with --data which data set the cards are of")
    severities = _severities(_of_card(card, dataset).rows)

    def severity(score: Score) -> str:
        known = severities[score.example]
        return severity_bin(known.get(score.stem, known[""]))

    return severity


def _of_card(card: Scorecard, dataset: Dataset) -> Dataset:
    """The data set, or the split of it, that the card is of."""
    splits = sorted({row["split"] for row in dataset.rows})
    for split in (None, *splits):
        part = Dataset(dataset.folder, split)
        if part.fingerprint == card.dataset:
            return part
    raise DatasetError(
        f"{dataset.folder}: the card of {card.model} is of other data ({card.dataset[:12]})"
    )


def _severities(rows: Sequence[ManifestRow]) -> dict[str, dict[str, float]]:
    """By example and stem, in dB; the mix's under no name."""
    return {
        row["id"]: {
            **dict(zip(row["stems"], row["stem_severity_db"], strict=True)),
            "": row["mix_severity_db"],
        }
        for row in rows
    }


def _order(item: tuple[str, Any]) -> tuple[int, str]:
    """Bins of severity from mild to strong, all else by name."""
    bins = [name for name, _ in BINS]
    return (bins.index(item[0]) if item[0] in bins else len(bins)), item[0]
