"""Means of arms over songs and seeds, and how they change with other songs and seeds.

A two-way bootstrap: songs and the seeds of each arm are redrawn together. Every arm meets the same
redrawn songs, so differences of arms are paired by song, and so is anything that is made of several
differences. With one seed only songs are redrawn.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import nan
from pathlib import Path

import numpy as np

from automix_bench.errors import DatasetError
from automix_bench.metric import Metric
from automix_bench.sampling import rng_for
from automix_bench.scorecard import read_scorecard
from automix_bench.statistics import Estimate
from automix_bench.statistics.intervals import song_means

Arm = tuple[str, int]
"""The name of an arm and the number of songs that were trained on; 0 for a model that was not
trained here."""
Table = Mapping[tuple[str, int, int], Mapping[str, float]]
"""The value of every song, by arm, number of songs and seed. Models that were not trained here
stand under their name, with 0 songs and seed 0."""


@dataclass(frozen=True)
class Redrawn:
    """A mean over songs and seeds, or what is made of such means.

    Attributes:
        value: of the songs and seeds that there are.
        draws: `(resamples,)` of the redrawn ones.
        songs: how many.
    """

    value: float
    draws: np.ndarray
    songs: int

    def __sub__(self, other: Redrawn) -> Redrawn:
        return Redrawn(self.value - other.value, self.draws - other.draws, self.songs)

    def __truediv__(self, other: Redrawn) -> Redrawn:
        return Redrawn(self.value / other.value, self.draws / other.draws, self.songs)

    def times(self, factor: float) -> Redrawn:
        return Redrawn(factor * self.value, factor * self.draws, self.songs)

    def estimate(self, level: float) -> Estimate:
        """With the plain percentiles of the redraws as its interval. Ends may be infinite."""
        ends = 100.0 * np.array([0.5 * level, 1.0 - 0.5 * level])
        low, high = np.percentile(self.draws, ends, method="closest_observation")
        return Estimate(self.value, float(low), float(high), self.songs)

    @property
    def p(self) -> float:
        """Two-sided, for a value of 0; 2 / (resamples + 1) or more."""
        tail = min(np.sum(self.draws <= 0.0), np.sum(self.draws >= 0.0))
        return min(1.0, 2.0 * (float(tail) + 1.0) / (len(self.draws) + 1.0))


def redrawn(table: Table, arm: Arm, songs: Sequence[str], resamples: int) -> Redrawn:
    """The mean of an arm over these songs and its seeds.

    Raises:
        KeyError: a seed lacks a song.
    """
    rows = np.array([[table[key][song] for song in songs] for key in _keys(table, arm)])
    of_songs = _of_songs(len(songs), resamples)
    of_seeds = rng_for(0, "seeds", f"{arm}").integers(len(rows), size=(resamples, len(rows)))
    weights = np.stack([(of_seeds == row).mean(axis=1) for row in range(len(rows))], axis=1)
    means = np.stack([row[of_songs].mean(axis=1) for row in rows], axis=1)
    return Redrawn(float(rows.mean()), (weights * means).sum(axis=1), len(songs))


def common_songs(table: Table, *arms: Arm) -> list[str]:
    """The songs that every seed of these arms has a value of."""
    rows = [set(table[key]) for arm in arms for key in _keys(table, arm)]
    return sorted(set.intersection(*rows)) if rows else []


def seeds_of(table: Table, arm: Arm) -> int:
    """How many seeds of an arm are there; 0 if it is not."""
    return len(_keys(table, arm))


def table_of(cards: Path, metric: Metric) -> dict[tuple[str, int, int], dict[str, float]]:
    """The values of a metric of all scorecards in a folder, by song.

    Raises:
        DatasetError: two of them are of different data sets.
    """
    table: dict[tuple[str, int, int], dict[str, float]] = {}
    first = ""
    for path in sorted(cards.glob("*.json")):
        card = read_scorecard(path)
        first = first or card.dataset
        if card.dataset != first:
            raise DatasetError(
                f"{path}: expected a scorecard of the data set {first[:16]}…, as beside it, got "
                f"one of {card.dataset[:16]}…"
            )
        values: dict[str, list[float]] = {}
        for score in card.of(metric):
            values.setdefault(score.song, []).append(score.value)
        table[_key(path.stem)] = song_means(values)
    return table


def csv_of(tables: Mapping[str, Table]) -> str:
    """The values of several metrics as CSV: a line for every model and song."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["arm", "songs", "seed", "song", *tables])
    first = next(iter(tables.values()))
    for key in sorted(first):
        for song in sorted(first[key]):
            values = [f"{table[key].get(song, nan):.4f}" for table in tables.values()]
            writer.writerow([*key, song, *values])
    return out.getvalue()


@lru_cache(maxsize=4)
def _of_songs(songs: int, resamples: int) -> np.ndarray:
    return rng_for(0, "songs", f"{songs}").integers(songs, size=(resamples, songs))


def _keys(table: Table, arm: Arm) -> list[tuple[str, int, int]]:
    return [key for key in sorted(table) if key[:2] == arm]


def _key(name: str) -> tuple[str, int, int]:
    parts = name.rsplit("_", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return parts[0], int(parts[1]), int(parts[2])
    return name, 0, 0
