"""How many songs a benchmark needs to tell two models apart, judged by scorecards there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import inf, isnan
from typing import Any

import numpy as np

from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.compare import demand_comparable, gains
from automix_bench.files.canonical_json import nulled
from automix_bench.metric import Metric
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
    """What it takes to find a difference in one metric, in 80 % of the cases at 5 %.

    Attributes:
        models: whose scores it is judged by: the difference of two; or one, taken twice.
        difference: to be found, in the metric's unit.
        components: how the differences between two models vary.
        power: how likely it is found with the present songs and clips.
        least: the smallest difference that the present songs and clips find in 80 %.
        needed: songs, by clips per song; infinite where a million are too few.
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
        """All of it; NaN and infinity are null."""
        needed = {str(n): None if s == inf else s for n, s in self.needed.items()}
        said: dict[str, Any] = nulled({**asdict(self), "needed": needed})
        return said


def sample_size(cards: Sequence[Scorecard], metric: Metric, difference: float) -> SampleSize:
    """Judge by two cards' differences, clip by clip; a clip's is the mean over its stems.

    Of one card alone it is not known how the other model's scores go with it. They are taken for
    unrelated, with the same variance: twice the card's own. Two models on the same songs are alike
    in what is hard, so this is more songs than it will take.

    Raises:
        UsageError: not one card or two, the difference is not above 0, or the card has fewer than
            two songs.
        DatasetError: the cards do not compare, or hold no scores of the metric.
    """
    if len(cards) not in (1, 2):
        raise UsageError(f"power: give one scorecard or two, got {len(cards)}")
    if not 0.0 < difference < inf:
        raise UsageError(f"power: --difference must lie above 0, got {difference:g}")
    if len(cards) == 2:
        demand_comparable(cards)
        scores = gains(cards[0], cards[1], metric)
    else:
        scores = cards[0].of(metric)
    if not scores:
        raise DatasetError(f"{cards[0].model} has no scores of {metric.name}: score it again")
    found = components(_by_clip(scores))
    if found.songs < 2:
        raise UsageError(f"power: {metric.name} is defined on {found.songs} song; it takes two")
    if len(cards) == 1:
        found = replace(found, between=2.0 * found.between, within=2.0 * found.within)
    present = found.deviation(found.clips)
    # Without two clips of one song nobody knows what more clips would help.
    clips = (1,) if isnan(found.within) else CLIPS
    return SampleSize(
        models=tuple(card.model for card in cards),
        metric=metric.name,
        unit=metric.unit,
        difference=difference,
        components=found,
        power=power(difference, present, found.songs),
        least=least_difference(present, found.songs),
        needed={n: songs_needed(difference, found.deviation(n)) for n in clips},
    )


def _by_clip(scores: Sequence[Score]) -> dict[str, list[float]]:
    """By song, the mean over the stems of each example."""
    clips: dict[tuple[str, str], list[float]] = {}
    for score in scores:
        if not isnan(score.value):
            clips.setdefault((score.song, score.example), []).append(score.value)
    values: dict[str, list[float]] = {}
    for (song, _), stems in clips.items():
        values.setdefault(song, []).append(float(np.mean(stems)))
    return values
