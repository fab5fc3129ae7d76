"""A comparison that is claimed before it is made: one metric, one pair of models, one margin.

The claim is written before the run, and its hash is published. The comparison then tests this claim
alone, so that nobody can choose metric, margin or number of songs after seeing the scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.card_checks import demand_scores, demand_sound
from automix_bench.evaluation.compare import demand_comparable, improvements
from automix_bench.evaluation.released_mixes import scored_examples
from automix_bench.evaluation.sample_size import SampleSize
from automix_bench.evaluation.scored_data import ALL
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import nulled, pretty
from automix_bench.metric import Ranged
from automix_bench.scorecard import Scorecard, by_song
from automix_bench.statistics import Estimate, estimate
from automix_bench.statistics.intervals import song_means
from automix_bench.statistics.power import power
from automix_bench.statistics.significance import sign_flips
from automix_bench.task import Task
from automix_bench.untrusted.claim_record import FORMAT, Claim, with_hash
from automix_bench.untrusted.shown import one_line


@dataclass(frozen=True)
class Terms:
    """What is claimed: `better` is better than `than` by more than `margin`.

    Attributes:
        margin: in the metric's unit; below 0 for "is not worse by more than".
        alpha: the level of the test.
        sides: 1 or 2.
    """

    better: str
    than: str
    margin: float = 0.0
    alpha: float = 0.05
    sides: int = 1


@dataclass(frozen=True)
class ClaimTest:
    """A claim that was tested.

    Attributes:
        difference: by how much the model that is claimed to be better is better: the mean over
            songs, with its 95 % interval.
        p: of the sign-flip test of `difference - margin`, with the sides of the claim. There is one
            test, and no correction.
    """

    claim: Claim
    unit: str
    difference: Estimate
    p: float

    @property
    def confirmed(self) -> bool:
        """Whether p is at most alpha and the difference is above the margin."""
        claim = self.claim
        return self.p <= claim["alpha"] and self.difference.value > claim["margin"]

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values; NaN is null."""
        one = self.difference
        content: dict[str, Any] = nulled(
            {
                "claim": dict(self.claim),
                "confirmed": self.confirmed,
                "difference": {
                    "value": one.value,
                    "low": one.low,
                    "high": one.high,
                    "songs": one.songs,
                },
                "unit": self.unit,
                "p": self.p,
            }
        )
        return content


def claim_of(
    terms: Terms, size: SampleSize, cards: Sequence[Scorecard], task: Task, dataset: Dataset
) -> Claim:
    """The claim that is tested later, on a data set.

    Args:
        size: the variance over songs and the difference to find, from cards of other data, or of
            other models.
        cards: those that `size` is from.
        dataset: on which the models will be compared, with its split.

    Raises:
        UsageError: the models are one, a number is out of its range, or the data has fewer than two
            songs.
        DatasetError: the model that is claimed to be better was scored on this data already.
    """
    _demand_terms(terms, size.difference)
    if any(c.model == terms.better and c.dataset == dataset.fingerprint for c in cards):
        raise DatasetError(
            f"{one_line(terms.better)} was scored on this data already: a claim is made before the "
            "run: give cards of other data, or a card of the other model alone"
        )
    clips: dict[str, int] = {}
    rows = dataset.rows
    for number in scored_examples(task, dataset).numbers:
        song = rows[number]["song"]
        clips[song] = clips.get(song, 0) + 1
    if len(clips) < 2:
        raise UsageError(f"{dataset.folder}: expected two songs or more, got {len(clips)}")
    harmonic = len(clips) / sum(1.0 / count for count in clips.values())
    deviation = size.components.deviation(harmonic)
    above = size.difference - terms.margin
    return with_hash(
        {
            "format": FORMAT,
            "task": task.name,
            "task_version": task.version,
            "dataset": dataset.fingerprint,
            "split": dataset.split or ALL,
            "songs": len(clips),
            "metric": size.metric,
            "better": terms.better,
            "than": terms.than,
            "margin": float(terms.margin),
            "difference": float(size.difference),
            "alpha": float(terms.alpha),
            "sides": terms.sides,
            "power": round(power(above, deviation, len(clips), terms.alpha, terms.sides), 6),
        }
    )


def _demand_terms(terms: Terms, difference: float) -> None:
    if not terms.better.strip() or not terms.than.strip() or terms.better == terms.than:
        raise UsageError(
            "a claim is of two models: expected --better MODEL and --than another, got "
            f"{one_line(terms.better)!r} and {one_line(terms.than)!r}"
        )
    if not isfinite(terms.margin) or not terms.margin < difference:
        raise UsageError(
            f"--margin: expected a number below the difference to find, {difference:g}, got "
            f"{terms.margin:g}"
        )
    if not 1e-6 <= terms.alpha <= 0.5:
        raise UsageError(f"--alpha: expected a level from 1e-6 to 0.5, got {terms.alpha:g}")
    if terms.sides not in (1, 2):
        raise UsageError(f"--sides: expected 1 or 2, got {terms.sides}")


def write_claim(claim: Claim, path: Path) -> None:
    """Write a claim as JSON.

    Raises:
        UsageError: there is a file of that name: a claim is never changed.
    """
    if path.exists():
        raise UsageError(f"{path}: is there already, and a claim is never changed: name another")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, pretty(claim).encode())


def compare_as_claimed(claim: Claim, cards: Sequence[Scorecard], metric: Ranged) -> ClaimTest:
    """Test a claim on the scorecards of its two models.

        H0: mean over songs of (d_song - margin) = 0 (two-sided) or <= 0 (one-sided)

    with d_song the mean improvement of `better` over `than` on a song. The test flips the signs of
    d_song - margin (`significance.sign_flips`).

    Raises:
        UsageError: not two cards.
        DatasetError: a card is not what the claim says, and the message names what: task, version,
            data, models, metric, or number of songs.
    """
    if len(cards) != 2:
        raise UsageError(f"a claim is of two models: expected two scorecards, got {len(cards)}")
    for card in cards:
        expected = (
            ("task", claim["task"], card.task),
            ("task version", claim["task_version"], card.task_version),
            ("data", claim["dataset"], card.dataset),
            ("split", claim["split"], card.split or claim["split"]),
        )
        for name, claimed, got in expected:
            if claimed != got:
                raise _differs(name, claimed, f"{got} on the card of {card.model}")
    models = {card.model: card for card in cards}
    if set(models) != {claim["better"], claim["than"]}:
        claimed = f"{claim['better']} and {claim['than']}"
        raise _differs("models", claimed, " and ".join(card.model for card in cards))
    if metric.name != claim["metric"]:
        raise _differs("metric", claim["metric"], metric.name)
    demand_comparable(cards)
    demand_scores(cards, metric)
    demand_sound(cards, [metric])
    better, than = models[claim["better"]], models[claim["than"]]
    scores = improvements(better, than, metric)
    if (songs := len({score.song for score in scores})) != claim["songs"]:
        raise _differs("number of songs", claim["songs"], songs)
    by = by_song(scores)
    widest = metric.high - metric.low
    above = np.array(list(song_means(by).values()), np.float64) - claim["margin"]
    p = float("nan")
    if len(above):
        (p,) = sign_flips(above[None, :], seed=better.dataset, sides=claim["sides"])
    difference = estimate(by, seed=better.dataset).within(-widest, widest)
    return ClaimTest(claim, metric.unit, difference, float(p))


def _differs(name: str, claimed: object, got: object) -> DatasetError:
    return DatasetError(
        f"{name}: the claim is of {one_line(str(claimed))}, got {one_line(str(got))}: a claim "
        "holds for what it names alone"
    )
