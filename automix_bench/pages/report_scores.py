"""The scores of a report by item, and which items are heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, isnan, nan

from automix_bench.evaluation.stored_runs import TaskRuns
from automix_bench.metric import Ranged
from automix_bench.scorecard import Score, Scorecard


@dataclass(frozen=True)
class ItemScores:
    """The scores of all models on all items.

    Attributes:
        items: ids, in the order of the data set.
        songs: of each item.
        models: in the order of the board.
        entries: those that are neither floor nor ceiling.
        means: by model, item and metric: the mean over stems. NaN where none is defined.
        stems: by model, item, stem and metric: the single values.
        failed: by model and item: why a part of the answer failed.
    """

    items: tuple[str, ...]
    songs: Mapping[str, str]
    models: tuple[str, ...]
    entries: tuple[str, ...]
    metrics: tuple[Ranged, ...]
    means: Mapping[tuple[str, str, str], float]
    stems: Mapping[tuple[str, str, str, str], float]
    failed: Mapping[tuple[str, str], str]

    def worst_first(self) -> list[str]:
        """The items by the mean over the entries of the metric that ranks, the worst first. Without
        entries it is the mean of the floor. Items without a value are left out."""
        first = self.metrics[0]
        models = self.entries or self.models[:1]

        means = {
            item: _known_mean(self.means.get((model, item, first.name), nan) for model in models)
            for item in self.items
        }
        known = [item for item, mean in means.items() if not isnan(mean)]
        return sorted(known, key=lambda item: first.sign * means[item]) or list(self.items)


def item_scores(runs: TaskRuns) -> ItemScores:
    """The scores of the cards of a task by item."""
    rows = runs.board.rows
    models = tuple(row.model for row in rows)
    cards = {model: runs.cards[model] for model in models}
    songs = {score.example: score.song for card in cards.values() for score in card.scores}
    order = {row["id"]: place for place, row in enumerate(runs.dataset.rows)}
    items = tuple(sorted(songs, key=lambda item: order.get(item, len(order))))
    means = dict[tuple[str, str, str], float]()
    stems = dict[tuple[str, str, str, str], float]()
    failed = dict[tuple[str, str], str]()
    for model, card in cards.items():
        for item, metric, scores in _grouped(card):
            means[model, item, metric] = _known_mean(score.value for score in scores)
            for score in scores:
                stems[model, item, score.stem, metric] = score.value
                if score.status == "failed":
                    failed.setdefault((model, item), score.reason)
    ends = {runs.task.floor, runs.task.ceiling}
    return ItemScores(
        items=items,
        songs=songs,
        models=models,
        entries=tuple(row.model for row in rows if row.model not in ends),
        metrics=runs.board.metrics,
        means=means,
        stems=stems,
        failed=failed,
    )


def _grouped(card: Scorecard) -> list[tuple[str, str, list[Score]]]:
    groups: dict[tuple[str, str], list[Score]] = {}
    for score in card.scores:
        groups.setdefault((score.example, score.metric), []).append(score)
    return [(item, metric, scores) for (item, metric), scores in groups.items()]


def _known_mean(values: Iterable[float]) -> float:
    known = [value for value in values if not isnan(value)]
    return fsum(known) / len(known) if known else nan


def heard_items(worst_first: Sequence[str], most: int) -> list[str]:
    """The items whose sounds are on the page: the worst half of `most`, and as many that are evenly
    spaced through the others, the best one among them.

    >>> heard_items(list("abcdefghij"), 4)
    ['a', 'b', 'f', 'j']
    """
    if most >= len(worst_first):
        return list(worst_first)
    worst = (most + 1) // 2
    others, count = worst_first[worst:], most - worst
    places = [round((n + 1) * len(others) / count) - 1 for n in range(count)]
    return [*worst_first[:worst], *(others[place] for place in places)]
