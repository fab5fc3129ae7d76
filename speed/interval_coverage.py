"""How often intervals hold the truth, and how often a comparison sees what is not there.

    python speed/interval_coverage.py [--boards 2000] [--songs 5 10 20 50 150]

Boards are simulated: each song has an effect of its own, each of its ten clips another, both of
the same kind. For each kind and number of songs the table has the share of 95 % intervals that hold
the true mean, and in brackets their median width. `clips` takes every clip for independent, as is
often done; `ours` is what `statistics.estimate` gives, `quartiles` its inter-quartile mean. The
second table: how often a comparison of two models that are alike, in eight metrics, finds any
difference at 5 %, corrected by Holm and not.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from scipy.stats import beta, norm

from automix_bench.statistics import estimate
from automix_bench.statistics.intervals import (
    bca,
    bootstrap_t,
    interquartile_mean,
    student,
)
from automix_bench.statistics.significance import holm, sign_flips

CLIPS = 10
KINDS = ("normal", "skewed", "heavy", "bounded", "lognormal")
SIGMA = 0.75


def boards(kind: str, songs: int, count: int, seed: int) -> Iterator[np.ndarray]:
    """Scores of one model, (songs, clips), again and again."""
    rng = np.random.default_rng([seed, KINDS.index(kind), songs])
    for _ in range(count):
        yield drawn(kind, rng, songs)


def drawn(kind: str, rng: np.random.Generator, songs: int) -> np.ndarray:
    """One board: a song's effect plus a clip's."""
    one, each = (songs, 1), (songs, CLIPS)
    if kind == "normal":
        return rng.normal(size=one) + rng.normal(size=each)
    if kind == "skewed":
        return rng.gamma(2.0, size=one) + rng.exponential(size=each)
    if kind == "heavy":
        return rng.standard_t(4, size=one) + rng.standard_t(4, size=each)
    if kind == "bounded":
        return np.clip(rng.beta(5.0, 1.5, size=one) + rng.normal(0.0, 0.1, size=each), 0.0, 1.0)
    return rng.lognormal(0.0, SIGMA, size=one) + rng.normal(0.0, 0.3, size=each)


def truth(kind: str) -> float:
    """The mean of all songs there could be."""
    if kind == "bounded":
        p = (np.arange(100_000) + 0.5) / 100_000
        songs = beta.ppf(p, 5.0, 1.5)
        above, below = (1.0 - songs) / 0.1, songs / 0.1
        # The mean of a normal variable that is clipped to 0 and 1.
        inside = songs * (norm.cdf(above) - norm.cdf(-below))
        inside += 0.1 * (norm.pdf(below) - norm.pdf(above)) + norm.sf(above)
        return float(inside.mean())
    means = {"normal": 0.0, "skewed": 3.0, "heavy": 0.0, "lognormal": float(np.exp(SIGMA**2 / 2.0))}
    return means[kind]


def true_quartile_mean(kind: str) -> float:
    """The inter-quartile mean of the song means of a million songs."""
    rng, pieces = np.random.default_rng(1), []
    for _ in range(20):
        pieces.append(drawn(kind, rng, 50_000).mean(axis=1))
    return float(interquartile_mean(np.concatenate(pieces)))


def intervals(board: np.ndarray, seed: str) -> dict[str, tuple[float, float]]:
    """Every method's interval of one board."""
    means = board.mean(axis=1)
    values = {str(n): list(map(float, row)) for n, row in enumerate(board)}
    ours = estimate(values, seed=seed)
    quartiles = estimate(values, seed=seed, aggregate="interquartile mean")
    return {
        "clips": student(board.ravel()),
        "Student": student(means),
        "BCa": bca(means, _mean, seed, 2000, tail=0.025),
        "BCa expanded": bca(means, _mean, seed, 2000),
        "bootstrap-t": bootstrap_t(means, seed, 2000),
        "ours": (ours.low, ours.high),
        "quartiles": (quartiles.low, quartiles.high),
    }


def _mean(values: np.ndarray) -> np.ndarray:
    return np.asarray(values.mean(axis=-1))


def coverage(kind: str, songs: int, count: int, seed: int = 1) -> dict[str, tuple[float, float]]:
    """By method, the share of intervals that hold the truth, and their median width."""
    aims = {"quartiles": true_quartile_mean(kind)}
    mean = truth(kind)
    held: dict[str, int] = {}
    widths: dict[str, list[float]] = {}
    for number, board in enumerate(boards(kind, songs, count, seed)):
        for method, (low, high) in intervals(board, str(number)).items():
            aim = aims.get(method, mean)
            held[method] = held.get(method, 0) + (low <= aim <= high)
            widths.setdefault(method, []).append(high - low)
    return {m: (held[m] / count, float(np.median(widths[m]))) for m in held}


def false_alarms(kind: str, songs: int, count: int, seed: int = 1) -> tuple[float, float]:
    """How often two models alike are found to differ in any of eight metrics: after Holm's
    correction, and without. What a song is like is common to both models and all metrics."""
    rng = np.random.default_rng([seed, KINDS.index(kind), songs, 2])
    alarms = np.zeros(2)
    for number in range(count):
        common = drawn(kind, rng, songs)
        models = [
            np.array([(common + drawn(kind, rng, songs)).mean(axis=1) for _ in range(8)])
            for _ in range(2)
        ]
        p = sign_flips(models[0] - models[1], seed=str(number), tests=8)
        alarms += min(holm(tuple(map(float, p)))) <= 0.05, p.min() <= 0.05
    return float(alarms[0] / count), float(alarms[1] / count)


def main() -> None:
    parser = argparse.ArgumentParser(description="How often intervals hold the truth.")
    parser.add_argument("--boards", type=int, default=2000)
    parser.add_argument("--songs", type=int, nargs="+", default=[5, 10, 20, 50, 150])
    asked = parser.parse_args()
    for kind in KINDS:
        for songs in asked.songs:
            found = coverage(kind, songs, asked.boards)
            cells = "  ".join(f"{m} {100 * s:.1f} ({w:.2f})" for m, (s, w) in found.items())
            print(f"{kind:10s}{songs:4d}  {cells}", flush=True)
    print("false alarms in eight metrics, per cent: after Holm, without")
    for kind in KINDS:
        for songs in asked.songs:
            after, without = false_alarms(kind, songs, asked.boards // 4)
            print(f"{kind:10s}{songs:4d}  {100 * after:.1f}  {100 * without:.1f}", flush=True)


if __name__ == "__main__":
    main()
