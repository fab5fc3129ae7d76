"""Several answers of one model to each example, for models that draw at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import fsum, isnan, nan
from statistics import stdev

from automix_bench.evaluation.run_costs import total_cost
from automix_bench.isolation.box import weakest
from automix_bench.scorecard import Score, Scorecard, Spread


def of_samples(cards: Sequence[Scorecard]) -> Scorecard:
    """One card of several runs of a model on the same examples, each with another seed.

    A score is the mean of its samples. It fails if a sample fails, and is undefined if they are.
    The spread of a metric is over the samples of each score: the best of them, and their standard
    deviation, each as the mean over scores. The interval of a mean is over songs; what samples of
    one song differ by is part of what songs differ by, so it is in the interval too.

    Args:
        cards: in the order of the seeds; of the same items in the same order.
    """
    first = cards[0]
    if len(cards) == 1:
        return first
    items = list(zip(*(card.scores for card in cards), strict=True))
    return replace(
        first,
        scores=tuple(map(_mean, items)),
        cost=total_cost([card.cost for card in cards]),
        isolation=weakest({card.isolation for card in cards}),
        samples=len(cards),
        spread={name: _spread(name, items, first) for name in first.metrics},
    )


def _mean(samples: Sequence[Score]) -> Score:
    failed = next((score for score in samples if score.status == "failed"), None)
    if failed is not None:
        return failed
    return replace(samples[0], value=fsum(score.value for score in samples) / len(samples))


def _spread(metric: str, items: Sequence[Sequence[Score]], card: Scorecard) -> Spread:
    """The spread of a metric over the scores that did not fail and are defined."""
    values = [
        [score.value for score in samples]
        for samples in items
        if samples[0].metric == metric and all(score.status == "ok" for score in samples)
    ]
    choose = max if card.metrics[metric]["better"] == "higher" else min
    return {
        "best": _average([choose(of_item) for of_item in values]),
        "deviation": _average([stdev(of_item) for of_item in values]),
    }


def _average(values: Sequence[float]) -> float | None:
    mean = fsum(values) / len(values) if values else nan
    return None if isnan(mean) else mean
