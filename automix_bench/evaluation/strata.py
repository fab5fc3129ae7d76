"""Scores by stratum of the data: by severity or name of effects, by stem, by what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.severity import BINS, severity_bin
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.card_checks import demand_sound
from automix_bench.evaluation.compare import Stratum, in_strata
from automix_bench.metric import Ranged
from automix_bench.plugin import did_you_mean
from automix_bench.scorecard import Score, Scorecard
from automix_bench.statistics import Estimate
from automix_bench.untrusted.shown import one_line

By = Literal["severity", "effect", "stem", "operation"]
MIX = ""
"""Stands for the mix among the names of stems."""


@dataclass(frozen=True)
class StratumScore:
    """A model's mean over songs in one metric, on one stratum of the data.

    Attributes:
        cells: how many scores the stratum has.
        failed: how many of them failed.
    """

    stratum: str
    metric: str
    unit: str
    estimate: Estimate
    cells: int
    failed: int


def strata(card: Scorecard, metrics: Sequence[Ranged], by: Stratum) -> tuple[StratumScore, ...]:
    """The card's means by stratum, metric after metric.

    The strata of a metric are sorted: bins of severity from mild to strong, others by name.

    Raises:
        DatasetError: a score cannot be.
    """
    demand_sound([card], metrics)
    return tuple(
        StratumScore(
            stratum=stratum,
            metric=metric.name,
            unit=metric.unit,
            estimate=replace(card, scores=tuple(scores)).estimate(metric),
            cells=len(scores),
            failed=sum(score.status == "failed" for score in scores),
        )
        for metric in metrics
        for stratum, scores in _sorted(in_strata(card.of(metric), by))
    )


def _sorted(parts: dict[str, list[Score]]) -> list[tuple[str, list[Score]]]:
    return sorted(parts.items(), key=lambda part: _order(part[0]))


def stratum_of(by: str, card: Scorecard, dataset: Dataset | None) -> Stratum:
    """The function that gives the stratum of a score of this card.

    Args:
        by: "stem": by the role of the stem, its name up to the first dash. "severity": by how far,
            in dB, the console changed that stem, in bins; where the mix is scored, how far it
            changed the mix. "effect": by the effects of that stem's strip; where the mix is
            scored, by those of the bus. Gains count as none. "operation": by the label of that
            name, of data with instructions.
        dataset: the data set with the consoles: the whole of it, or the card's split.

    Raises:
        UsageError: there is no such way to divide the scores, or it lacks a data set.
        DatasetError: the card is of other data.
    """
    if by not in get_args(By):
        raise UsageError(f"no --by {by!r}{did_you_mean(by, get_args(By))}")
    if by == "stem":
        return lambda score: score.stem.partition("-")[0]
    if dataset is None:
        raise UsageError(f"--by {by}: say with --data which data set the cards are of")
    of_card = _of_card(card, dataset)
    names = _DIVISIONS[by](of_card)

    def name(score: Score) -> str:
        if (of_example := names.get(score.example)) is None:
            raise DatasetError(
                f"the card of {one_line(card.model)}: {one_line(score.example)}: expected an "
                f"example of {dataset.folder}, got none of that name: score it again"
            )
        return of_example.get(score.stem, of_example[MIX])

    return name


def _of_card(card: Scorecard, dataset: Dataset) -> Dataset:
    """The data set, or that split of it, which the card is of."""
    splits = sorted({row["split"] for row in dataset.rows})
    for split in (None, *splits):
        part = Dataset(dataset.folder, split)
        if part.fingerprint == card.dataset:
            return part
    raise DatasetError(
        f"{dataset.folder}: the card of {card.model} is of other data ({card.dataset[:12]})"
    )


def _severity_bins(dataset: Dataset) -> dict[str, dict[str, str]]:
    """The bin of severity by example and stem; that of the mix under `MIX`."""
    return {
        row["id"]: {
            **{
                stem: severity_bin(severity_db)
                for stem, severity_db in zip(row["stems"], row["stem_severity_db"], strict=True)
            },
            MIX: severity_bin(row["mix_severity_db"]),
        }
        for row in dataset.rows
    }


def _effects(dataset: Dataset) -> dict[str, dict[str, str]]:
    """The names of the effects by example and stem, and of those of the bus under `MIX`."""
    return {
        row["id"]: {
            **{stem: _names(row["console"]["strips"].get(stem, ())) for stem in row["stems"]},
            MIX: _names(row["console"]["bus"]),
        }
        for row in dataset.rows
    }


def _operations(dataset: Dataset) -> dict[str, dict[str, str]]:
    """The label `operation` by example, under `MIX`: it is that of all its sounds."""
    labels = {row["id"]: row["console"].get("labels", {}) for row in dataset.rows}
    return {
        id: {MIX: one_line(str(each.get("operation", "no operation")))}
        for id, each in labels.items()
    }


_DIVISIONS = {"severity": _severity_bins, "effect": _effects, "operation": _operations}


def _names(chain: Iterable[Mapping[str, Any]]) -> str:
    """The names of a chain's effects, sorted, without gains: `compressor + delay`."""
    names = {one_line(str(one["effect"])) for one in chain} - {"gain"}
    return " + ".join(sorted(names)) or "no effect"


def _order(stratum: str) -> tuple[int, str]:
    """Sorts bins of severity from mild to strong, other strata by name."""
    bins = [name for name, _ in BINS]
    return (bins.index(stratum) if stratum in bins else len(bins)), stratum
