"""What one model scored on one task, cell by cell, and how sure we are of the means."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import isnan, nan
from pathlib import Path
from typing import Literal

from automix_bench.errors import DatasetError
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import nulled, pretty
from automix_bench.metric import Metric
from automix_bench.statistics import Estimate, estimate

FORMAT = 1
Status = Literal["ok", "undefined", "failed"]


@dataclass(frozen=True)
class Score:
    """One metric, on one stem, of one example.

    Attributes:
        value: the metric's worst where the status is `failed`, NaN where it is `undefined`: the
            reference has no such property (silence has no loudness), whatever the model did.
        reason: why it failed.
    """

    example: str
    song: str
    stem: str
    metric: str
    value: float
    status: Status = "ok"
    reason: str = ""


@dataclass(frozen=True)
class Scorecard:
    """Every score of one model on one task, in the order of the examples.

    Attributes:
        dataset: the fingerprint of the examples; cards of different ones do not compare.
        cost: seconds of audio and of work over all answers.
        environment: versions and machine the answers were made on.
        told_the_answer: the model is a `TruthReader`, and never competes.
    """

    task: str
    task_version: int
    dataset: str
    model: str
    scores: tuple[Score, ...]
    cost: Mapping[str, float]
    environment: Mapping[str, str]
    told_the_answer: bool = False

    def of(self, metric: Metric) -> tuple[Score, ...]:
        """The scores of one metric."""
        return tuple(score for score in self.scores if score.metric == metric.name)

    @property
    def coverage(self) -> float:
        """The share of cells that did not fail, from 0 to 1."""
        failed = sum(score.status == "failed" for score in self.scores)
        return 1.0 - failed / len(self.scores) if self.scores else 0.0

    def estimate(self, metric: Metric) -> Estimate:
        """The metric's mean over songs, with a 95 % interval within the metric's range."""
        found = estimate(by_song(self.of(metric)), seed=self.dataset)
        clip = [
            nan if isnan(v) else min(max(v, metric.low), metric.high)
            for v in (found.low, found.high)
        ]
        return Estimate(found.value, clip[0], clip[1], found.songs)

    def gain_over(self, other: Scorecard, metric: Metric) -> Estimate:
        """How much better than another card: differences cell by cell, positive is better.

        Raises:
            DatasetError: the two are not of the same cells.
        """
        return estimate(by_song(self.gains_over(other, metric)), seed=self.dataset)

    def gains_over(self, other: Scorecard, metric: Metric) -> tuple[Score, ...]:
        """The scores of one metric with the difference to another card's in place of the value;
        positive is better, NaN where one of the two is undefined.

        Raises:
            DatasetError: the two are not of the same cells.
        """
        mine, theirs = self.of(metric), other.of(metric)
        if [_cell(s) for s in mine] != [_cell(s) for s in theirs]:
            raise DatasetError(f"{self.model} and {other.model} were not scored on the same items")
        pairs = zip(mine, theirs, strict=True)
        return tuple(replace(a, value=metric.sign * (a.value - b.value)) for a, b in pairs)

    def write(self, path: Path) -> None:
        """Write the card as JSON, in a folder that is made if need be."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, pretty({"format": FORMAT, **nulled(asdict(self))}).encode())


def read_scorecard(path: Path) -> Scorecard:
    """The card in a JSON file.

    Raises:
        DatasetError: there is none, or it is damaged.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said.pop("format") != FORMAT:
            raise DatasetError(f"{path}: a scorecard of another version: score the run again")
        scores = tuple(
            Score(**{**score, "value": nan if score["value"] is None else float(score["value"])})
            for score in said.pop("scores")
        )
        return Scorecard(**said, scores=scores)
    except FileNotFoundError as error:
        raise DatasetError(f"{path}: no scorecard there; run `score` first") from error
    except (ValueError, KeyError, TypeError, AttributeError, IsADirectoryError) as error:
        raise DatasetError(f"{path}: not a scorecard: {type(error).__name__} {error}") from error


def by_song(scores: Sequence[Score]) -> dict[str, list[float]]:
    """The values of each song."""
    values: dict[str, list[float]] = {}
    for score in scores:
        values.setdefault(score.song, []).append(score.value)
    return values


def _cell(score: Score) -> tuple[str, str, str]:
    return score.example, score.stem, score.metric
