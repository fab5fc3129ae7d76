"""How far all answers of a run are from all targets, stem by stem, as sets of embedded sounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan, sqrt
from pathlib import Path

import numpy as np

from automix_bench.dataset.reader import Dataset
from automix_bench.embedding import Embedding
from automix_bench.evaluation.run_folder import demand_run_of, read_answer
from automix_bench.executor import Progress, silent
from automix_bench.sampling import rng_for
from automix_bench.set_metric import SetMetric
from automix_bench.task import Task

RESAMPLES = 200


@dataclass(frozen=True)
class Pair:
    """What a target and its answer were turned into.

    Attributes:
        stem: its role: the part of its name before the first dash.
        estimate: None where there is no answer that could be compared.
    """

    song: str
    stem: str
    reference: np.ndarray
    estimate: np.ndarray | None


@dataclass(frozen=True)
class SetDistance:
    """A distance with its 95 % interval over songs, and what it rests on.

    Attributes:
        low, high: NaN with fewer than three songs.
        vectors: of the answers; as many are of the targets.
        songs, answered, wanted: songs that were answered; answers there are; answers there would
            be. A distance has no worst value to give what is missing: it is of what there is, and
            with `answered` below `wanted` it stands beside no other.
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
    """The distance of a run's answers from the targets, of every role of stem.

    Raises:
        DatasetError: the folder holds no run of this task and data set, or an answer is damaged.
        MissingPart: the embedding needs a package that is not installed.
        UsageError: the embedding has no weights.
    """
    record = demand_run_of(folder, task, dataset)
    pairs: list[Pair] = []
    for number in range(len(dataset)):
        pairs += _embedded(task, dataset, folder, number, embedding)
        progress(f"embedding {record['model']}", number + 1, len(dataset), "examples")
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
    targets = task.targets(example)
    pairs = []
    for stem, fault in answer.faults(targets).items():
        estimate = None if fault else embedding(answer.stems[stem])
        role = stem.partition("-")[0]
        pairs.append(Pair(example.song, role, embedding(targets[stem]), estimate))
    return pairs


def distance_of(
    stem: str, pairs: Sequence[Pair], metric: SetMetric, seed: str, resamples: int = RESAMPLES
) -> SetDistance:
    """The distance over pairs of one stem, those that were answered on both sides.

    The interval is the value and Student's quantile times the standard deviation of a bootstrap
    that redraws songs whole, target and answer together. Its percentiles are not used: a song that
    is drawn twice brings no new vectors, so redrawn sets are smaller than they look, and distances
    of small sets are too large.

    Args:
        seed: a text that belongs to the data, so that equal answers have equal intervals.
    """
    by_song: dict[str, list[Pair]] = {}
    for pair in pairs:
        if pair.estimate is not None:
            by_song.setdefault(pair.song, []).append(pair)
    sets = {song: _joined(held) for song, held in by_song.items()}
    answered = sum(len(held) for held in by_song.values())
    vectors = sum(len(estimate) for _, estimate in sets.values())
    value = _distance(metric, sets, list(sets))
    half = _half_width(metric, sets, f"{seed} {stem}", resamples)
    counts = (vectors, len(sets), answered, len(pairs))
    return SetDistance(stem, value, value - half, value + half, *counts)


Sets = Mapping[str, tuple[np.ndarray, np.ndarray]]


def _joined(pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    """The vectors of a song's targets, and those of its answers."""
    estimates = [pair.estimate for pair in pairs if pair.estimate is not None]
    return np.concatenate([pair.reference for pair in pairs]), np.concatenate(estimates)


def _distance(metric: SetMetric, sets: Sets, songs: Sequence[str]) -> float:
    """Of those songs; NaN where they have fewer vectors than the metric needs."""
    if sum(len(sets[song][0]) for song in songs) < metric.least:
        return nan
    reference, estimate = (np.concatenate([sets[song][side] for song in songs]) for side in (0, 1))
    return metric(reference=reference, estimate=estimate)


def _half_width(metric: SetMetric, sets: Sets, seed: str, resamples: int) -> float:
    from scipy.stats import t

    songs = sorted(sets)
    if len(songs) < 3:
        return nan
    rng = rng_for(0, "set distance", seed)
    drawn = [
        _distance(metric, sets, [songs[n] for n in rng.integers(len(songs), size=len(songs))])
        for _ in range(resamples)
    ]
    # Redrawing n songs gives the spread of a mean with divisor n instead of n - 1.
    spread = float(np.std(drawn)) * sqrt(len(songs) / (len(songs) - 1))
    return float(t.ppf(0.975, len(songs) - 1)) * spread
