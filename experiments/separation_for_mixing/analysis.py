"""From scorecards to answers: differences between arms, with intervals over songs and seeds."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.metric import Metric
from automix_bench.sampling import rng_for
from automix_bench.scorecard import read_scorecard
from automix_bench.statistics import Estimate
from automix_bench.statistics.intervals import song_means
from automix_bench.statistics.significance import holm

Table = Mapping[tuple[str, int, int], Mapping[str, float]]
"""The value of every song, by arm, number of songs that were trained on, and seed. Models that were
not trained here stand under their name, with 0 songs and seed 0."""


@dataclass(frozen=True)
class Step:
    """The difference between two arms: the value of `after` minus that of `before`. Metrics here
    are distances, so a difference above 0 says that `after` mixes worse.

    Attributes:
        p: two-sided, of the bootstrap; corrected by Holm's method where it is one of several.
        seeds: how many of each arm.
        margin: above 0, or there is none: NaN, or the loss that is a share of no gain.
        inferior, not_inferior: whether the whole interval lies above, or below, the margin.
    """

    before: str
    after: str
    what: str
    difference: Estimate
    p: float
    seeds: tuple[int, int]
    margin: float = nan

    @property
    def inferior(self) -> bool:
        return self.margin > 0.0 and self.difference.low > self.margin

    @property
    def not_inferior(self) -> bool:
        return self.margin > 0.0 and self.difference.high < self.margin

    @property
    def verdict(self) -> str:
        """What the difference says, in words."""
        if isnan(self.difference.low):
            return "no interval"
        if self.difference.high < 0.0:
            return "better"
        if self.inferior:
            return "worse by more than the margin"
        if self.not_inferior:
            return "worse, within the margin" if self.difference.low > 0.0 else "within the margin"
        if self.difference.low > 0.0:
            return "worse, perhaps within the margin" if self.margin > 0.0 else "worse"
        return "not decided"


@dataclass(frozen=True)
class Answers:
    """What the report shows.

    Attributes:
        gain: of arm T over `equal_loudness`; the margin is a share of it.
        ladder, also: the steps that were fixed; those of the ladder are corrected together.
        curve: by arm and number of songs, the mean value.
        means: of every arm at the main number of songs, and of models that were not trained here.
    """

    gain: Step | None
    margin: float
    ladder: Sequence[Step] = ()
    also: Sequence[Step] = ()
    curve: Mapping[tuple[str, int], Estimate] = field(default_factory=dict)
    means: Mapping[str, Estimate] = field(default_factory=dict)


def table_of(cards: Path, metric: Metric) -> dict[tuple[str, int, int], dict[str, float]]:
    """The values of a metric of all scorecards in a folder, by song."""
    table: dict[tuple[str, int, int], dict[str, float]] = {}
    for path in sorted(cards.glob("*.json")):
        values: dict[str, list[float]] = {}
        for score in read_scorecard(path).of(metric):
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


def answers_of(
    table: Table, fixed: Mapping[str, Any], size: int, margin: float | None = None
) -> Answers:
    """The answers that a table gives, as far as it has the arms.

    Args:
        fixed: `fixed.json`.
        size: the number of songs of the ladder.
        margin: that of another table; None for a share of this one's gain.
    """
    one, floor = fixed["margin"]["of"]
    gain = step_between(table, (floor, 0), (one, size), "what training gains", fixed)
    if margin is None:
        margin = -fixed["margin"]["share"] * gain.difference.value if gain else nan

    def steps(of: Sequence[Sequence[str]]) -> list[Step]:
        made = [
            step_between(table, (before, size), (after, size), what, fixed, margin)
            for before, after, what in of
        ]
        return [step for step in made if step is not None]

    ladder = steps(fixed["ladder"])
    corrected = holm([step.p for step in ladder])
    ladder = [replace(step, p=p) for step, p in zip(ladder, corrected, strict=True)]
    arms = sorted({(arm, songs) for arm, songs, _ in table})
    estimates = {key: mean_of(table, key, fixed) for key in arms}
    means = {arm: value for (arm, songs), value in estimates.items() if songs in (0, size)}
    curve = {key: value for key, value in estimates.items() if key[0] in fixed["curves"]}
    return Answers(gain, margin, ladder, steps(fixed["also"]), curve, means)


def step_between(
    table: Table,
    before: tuple[str, int],
    after: tuple[str, int],
    what: str,
    fixed: Mapping[str, Any],
    margin: float = nan,
) -> Step | None:
    """The difference of two arms with its interval; None if one of them is not there.

    Songs and the seeds of each arm are redrawn together (a two-way bootstrap): the interval is for
    other songs and other seeds. With one seed only songs are redrawn.
    """
    one, other = _matrix(table, before), _matrix(table, after)
    if one is None or other is None:
        return None
    songs = sorted(one[0].keys() & other[0].keys())
    first = np.array([[row[song] for song in songs] for row in one])
    second = np.array([[row[song] for song in songs] for row in other])
    redrawn = _redrawn(second, f"{before} {after}", fixed) - _redrawn(
        first, f"{before} {after}", fixed, "before"
    )
    value = float(second.mean() - first.mean())
    low, high = np.percentile(redrawn, [50.0 * fixed["level"], 100.0 - 50.0 * fixed["level"]])
    tail = min(np.sum(redrawn <= 0.0), np.sum(redrawn >= 0.0))
    p = min(1.0, 2.0 * (float(tail) + 1.0) / (len(redrawn) + 1.0))
    seeds = (len(first), len(second))
    estimate = Estimate(value, float(low), float(high), len(songs))
    return Step(before[0], after[0], what, estimate, p, seeds, margin)


def mean_of(table: Table, key: tuple[str, int], fixed: Mapping[str, Any]) -> Estimate:
    """The mean of an arm over songs and seeds, with its interval for other songs and seeds."""
    rows = _matrix(table, key) or []
    songs = sorted(set.intersection(*(set(row) for row in rows)))
    values = np.array([[row[song] for song in songs] for row in rows])
    redrawn = _redrawn(values, f"{key}", fixed)
    low, high = np.percentile(redrawn, [50.0 * fixed["level"], 100.0 - 50.0 * fixed["level"]])
    return Estimate(float(values.mean()), float(low), float(high), len(songs))


def sizes_equivalent(
    curve: Mapping[tuple[str, int], Estimate], of: str, to: str
) -> dict[int, float]:
    """How many songs of arm `to` train as well as so many of arm `of`, where the curve of `to`
    crosses that value: by linear interpolation over the logarithm of the number of songs."""
    there = sorted((size, one.value) for (arm, size), one in curve.items() if arm == to)
    answers: dict[int, float] = {}
    for (arm, size), one in sorted(curve.items()):
        for (low, above), (high, below) in pairwise(there):
            if arm == of and below <= one.value <= above and above > below:
                share = (above - one.value) / (above - below)
                answers[size] = float(low * (high / low) ** share)
                break
    return answers


def _redrawn(
    values: np.ndarray, seed: str, fixed: Mapping[str, Any], which: str = ""
) -> np.ndarray:
    """Means of a table `(seeds, songs)` with both redrawn. The songs of a redraw depend on `seed`
    alone, so that two arms are compared on the same songs."""
    count, (seeds, songs) = fixed["resamples"], values.shape
    of_songs = rng_for(0, "songs", seed).integers(songs, size=(count, songs))
    of_seeds = rng_for(0, "seeds", seed, which).integers(seeds, size=(count, seeds))
    weights = np.stack([(of_seeds == row).mean(axis=1) for row in range(seeds)], axis=1)
    means = np.stack([row[of_songs].mean(axis=1) for row in values], axis=1)
    drawn: np.ndarray = (weights * means).sum(axis=1)
    return drawn


def _matrix(table: Table, key: tuple[str, int]) -> list[Mapping[str, float]] | None:
    rows = [table[one] for one in sorted(table) if one[:2] == key]
    return rows or None


def _key(name: str) -> tuple[str, int, int]:
    parts = name.rsplit("_", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return parts[0], int(parts[1]), int(parts[2])
    return name, 0, 0
