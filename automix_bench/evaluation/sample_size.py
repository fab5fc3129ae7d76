"""How many songs a benchmark needs to tell two models apart, estimated from scorecards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import inf, isnan
from typing import Any

import numpy as np

from automix_bench.errors import UsageError
from automix_bench.evaluation.card_checks import demand_scores, demand_sound
from automix_bench.evaluation.compare import demand_comparable, improvements
from automix_bench.files.canonical_json import nulled
from automix_bench.metric import Ranged
from automix_bench.scorecard import Score, Scorecard
from automix_bench.statistics.power import (
    Components,
    components,
    least_difference,
    power,
    songs_needed,
)

CLIPS = (1, 2, 4, 8, 16)


@dataclass(frozen=True)
class SampleSize:
    """The songs that detect a difference in one metric with a power of 80 % at the 5 % level.

    Attributes:
        models: the models whose scores the variance is estimated from: two, or one.
        difference: the true difference to detect, in the metric's unit.
        components: the variance of the difference between two models.
        power: the probability that the present songs and clips detect the difference.
        least: the smallest difference that the present songs and clips detect with 80 %.
        needed: the number of songs, by clips per song; infinite if a million are too few.
    """

    models: tuple[str, ...]
    metric: str
    unit: str
    difference: float
    components: Components
    power: float
    least: float
    needed: dict[int, float]

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values; NaN and infinity are null."""
        needed = {str(n): None if s == inf else s for n, s in self.needed.items()}
        content: dict[str, Any] = nulled({**asdict(self), "needed": needed})
        return content


def sample_size(cards: Sequence[Scorecard], metric: Ranged, difference: float) -> SampleSize:
    """Estimate the sample size for a difference in one metric.

    With two cards the variance is that of their differences, clip by clip; a clip's difference is
    the mean over its stems. With one card the scores of the other model are unknown. They are
    assumed to be uncorrelated with the card's and of the same variance, so the difference has twice
    the card's variance. Two models tend to find the same songs hard, so their scores correlate, and
    this assumption overestimates the number of songs.

    Args:
        difference: the true difference to detect, in the metric's unit.

    Raises:
        UsageError: not one card or two, the difference is not above 0, or the metric is defined on
            fewer than two songs.
        DatasetError: the cards do not compare, or one holds no scores of the metric, or one that
            cannot be.
    """
    if len(cards) not in (1, 2):
        raise UsageError(f"power: give one scorecard or two, got {len(cards)}")
    if not 0.0 < difference < inf:
        raise UsageError(f"power: --difference must lie above 0, got {difference:g}")
    if len(cards) == 2:
        demand_comparable(cards)
    demand_scores(cards, metric)
    demand_sound(cards, [metric])
    two = len(cards) == 2
    scores = improvements(cards[0], cards[1], metric) if two else cards[0].of(metric)
    variance = components(_clip_means(scores))
    if variance.songs < 2:
        raise UsageError(
            f"power: {metric.name} is defined on {variance.songs} song: give a card of two or more"
        )
    if len(cards) == 1:
        variance = replace(variance, between=2.0 * variance.between, within=2.0 * variance.within)
    deviation = variance.deviation(variance.clips)
    # With one clip for every song the gain of further clips cannot be estimated.
    clips = (1,) if isnan(variance.within) else CLIPS
    return SampleSize(
        models=tuple(card.model for card in cards),
        metric=metric.name,
        unit=metric.unit,
        difference=difference,
        components=variance,
        power=power(difference, deviation, variance.songs),
        least=least_difference(deviation, variance.songs),
        needed={n: songs_needed(difference, variance.deviation(n)) for n in clips},
    )


def _clip_means(scores: Sequence[Score]) -> dict[str, list[float]]:
    """By song, the mean over the stems of each example (clip)."""
    clips: dict[tuple[str, str], list[float]] = {}
    for score in scores:
        if not isnan(score.value):
            clips.setdefault((score.song, score.example), []).append(score.value)
    values: dict[str, list[float]] = {}
    for (song, _), stems in clips.items():
        values.setdefault(song, []).append(float(np.mean(stems)))
    return values
