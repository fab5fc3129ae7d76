"""The distance between all answers of a run and all targets, as sets of embedded sounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan, sqrt
from pathlib import Path

import numpy as np

from automix_bench.dataset.reader import Dataset
from automix_bench.embedding import Embedding
from automix_bench.evaluation.compared import compared, wanted_of
from automix_bench.evaluation.released_mixes import scored_examples
from automix_bench.evaluation.run_folder import demand_run_of, read_answer
from automix_bench.executor import Progress, silent
from automix_bench.sampling import rng_for
from automix_bench.set_metric import SetMetric
from automix_bench.task import Task

RESAMPLES = 200


@dataclass(frozen=True)
class Pair:
    """The vectors of a target and of its answer, each `(blocks, dimensions)`.

    Attributes:
        stem: the role of the stem: the part of its name before the first dash.
        estimate: None where no answer can be compared.
    """

    song: str
    stem: str
    reference: np.ndarray
    estimate: np.ndarray | None


@dataclass(frozen=True)
class SetDistance:
    """A distance with its 95 % interval over songs, and the numbers of sounds behind it.

    A distance has no worst value that a missing answer could get. It is measured on the answers
    that exist. If `answered` is below `wanted` it must not be compared with other distances.

    Attributes:
        low, high: NaN with fewer than three songs.
        vectors: how many vectors the answers have; the targets have as many.
        songs: how many songs have an answer.
        answered: how many stems have an answer.
        wanted: how many stems should have one.
    """

    stem: str
    value: float
    low: float
    high: float
    vectors: int
    songs: int
    answered: int
    wanted: int


def set_distances(
    task: Task,
    dataset: Dataset,
    folder: Path,
    metric: SetMetric,
    embedding: Embedding,
    *,
    resamples: int = RESAMPLES,
    progress: Progress = silent,
) -> list[SetDistance]:
    """Measure the distance between a run's answers and the targets, for each role of stem.

    Args:
        resamples: how often songs are redrawn for the interval.

    Raises:
        DatasetError: the folder holds no run of this task and data set, or an answer is damaged.
        MissingPart: the embedding needs a package that is not installed.
        UsageError: the embedding has no weights.
    """
    record = demand_run_of(folder, task, dataset)
    pairs: list[Pair] = []
    numbers = scored_examples(task, dataset).numbers
    title = f"embedding {record['model']}"
    progress(title, 0, len(numbers), "examples")
    for done, number in enumerate(numbers, 1):
        pairs += _embedded(task, dataset, folder, number, embedding)
        progress(title, done, len(numbers), "examples")
    seed = f"{dataset.fingerprint} {metric.name} {embedding.name}"
    return [
        distance_of(stem, [pair for pair in pairs if pair.stem == stem], metric, seed, resamples)
        for stem in sorted({pair.stem for pair in pairs})
    ]


def _embedded(
    task: Task, dataset: Dataset, folder: Path, number: int, embedding: Embedding
) -> list[Pair]:
    example = dataset[number]
    answer = read_answer(folder, example.id)
    sounds = compared(task, example, wanted_of(task, example), answer)
    pairs = []
    for stem, reference in sounds.references.items():
        estimate = embedding(sounds.estimates[stem]) if stem in sounds.estimates else None
        role = stem.partition("-")[0]
        pairs.append(Pair(example.song, role, embedding(reference), estimate))
    return pairs


def distance_of(
    stem: str, pairs: Sequence[Pair], metric: SetMetric, seed: str, resamples: int = RESAMPLES
) -> SetDistance:
    """The distance over the pairs of one stem that have an answer.

    The 95 % interval is value ± t(0.975, n - 1) s over n songs. s is the standard deviation of a
    bootstrap over songs, times sqrt(n / (n - 1)). The bootstrap redraws whole songs, target and
    answer together. Its percentiles are not used: a song that is drawn twice adds no new vectors,
    so a redrawn set has fewer distinct vectors than the original, and the distances of small sets
    are biased upwards.

    Args:
        seed: a text that depends on the data alone, so that equal answers have equal intervals.
    """
    by_song: dict[str, list[Pair]] = {}
    for pair in pairs:
        if pair.estimate is not None:
            by_song.setdefault(pair.song, []).append(pair)
    sets = {song: _joined(of_song) for song, of_song in by_song.items()}
    answered = sum(len(of_song) for of_song in by_song.values())
    vectors = sum(len(estimate) for _, estimate in sets.values())
    value = _distance(metric, sets, list(sets))
    half = _half_width(metric, sets, f"{seed} {stem}", resamples)
    counts = (vectors, len(sets), answered, len(pairs))
    return SetDistance(stem, value, value - half, value + half, *counts)


Sets = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""By song, the vectors of its targets and of its answers."""


def _joined(pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    """The vectors of a song's targets and of its answers, each `(blocks, dimensions)`."""
    estimates = [pair.estimate for pair in pairs if pair.estimate is not None]
    return np.concatenate([pair.reference for pair in pairs]), np.concatenate(estimates)


def _distance(metric: SetMetric, sets: Sets, songs: Sequence[str]) -> float:
    """The distance over these songs; NaN if they have fewer vectors than the metric needs."""
    if sum(len(sets[song][0]) for song in songs) < metric.least:
        return nan
    reference, estimate = (np.concatenate([sets[song][side] for song in songs]) for side in (0, 1))
    return metric(reference=reference, estimate=estimate)


def _half_width(metric: SetMetric, sets: Sets, seed: str, resamples: int) -> float:
    """Half the width of the interval; NaN with fewer than three songs."""
    from scipy.stats import t

    songs = sorted(sets)
    if len(songs) < 3:
        return nan
    rng = rng_for(0, "set distance", seed)
    drawn = [
        _distance(metric, sets, [songs[n] for n in rng.integers(len(songs), size=len(songs))])
        for _ in range(resamples)
    ]
    # A bootstrap of n songs estimates a variance with the divisor n instead of n - 1.
    spread = float(np.std(drawn)) * sqrt(len(songs) / (len(songs) - 1))
    return float(t.ppf(0.975, len(songs) - 1)) * spread
