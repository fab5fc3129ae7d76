"""Intervals that hold what they promise."""

import math

import numpy as np
import pytest
from scipy.stats import t

from automix_bench.statistics import estimate, expanded_tail


def boards(songs, clips, count, seed=0):
    """Simulated scores: songs differ (variance 0.6) and so do clips within a song (0.4)."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        effects = rng.standard_normal(songs) * math.sqrt(0.6)
        scores = effects[:, None] + rng.standard_normal((songs, clips)) * math.sqrt(0.4)
        yield {f"song-{n}": list(map(float, row)) for n, row in enumerate(scores)}


@pytest.mark.parametrize("songs", [2, 3, 4, 5, 6, 9, 10, 12, 40])
def test_the_interval_covers_the_truth_as_often_as_it_says(songs):
    held = 0
    for number, scores in enumerate(boards(songs, clips=10, count=600)):
        found = estimate(scores, seed=str(number), resamples=600)
        held += found.low <= 0.0 <= found.high
    assert 0.925 <= held / 600 <= 0.975


def test_clips_taken_for_independent_would_be_far_too_sure():
    held = 0
    for number, scores in enumerate(boards(12, clips=10, count=300)):
        clips = {f"{s}-{n}": [v] for s, values in scores.items() for n, v in enumerate(values)}
        found = estimate(clips, seed=str(number), resamples=400)
        held += found.low <= 0.0 <= found.high
    assert held / 300 < 0.75


def test_for_many_songs_it_is_the_students_interval():
    values = {str(n): [float(v)] for n, v in enumerate(np.random.default_rng(1).normal(size=200))}
    means = np.array([v[0] for v in values.values()])
    half = t.ppf(0.975, 199) * means.std(ddof=1) / math.sqrt(200)
    found = estimate(values, seed="x", resamples=20_000)
    assert found.value == pytest.approx(means.mean())
    assert found.low == pytest.approx(means.mean() - half, abs=0.02)
    assert found.high == pytest.approx(means.mean() + half, abs=0.02)


def test_songs_weigh_the_same_whatever_their_number_of_clips():
    found = estimate({"long": [1.0] * 99, "short": [3.0]}, seed="x")
    assert found.value == 2.0
    assert found.songs == 2


def test_the_same_scores_give_the_same_interval():
    (scores,) = boards(10, 3, 1)
    assert estimate(scores, seed="a") == estimate(scores, seed="a")
    assert estimate(scores, seed="a") != estimate(scores, seed="b")


def test_undefined_values_and_few_songs():
    nan = math.nan
    found = estimate({"a": [nan, 2.0], "b": [nan], "c": [4.0]}, seed="x")
    assert (found.value, found.songs) == (3.0, 2)
    one = estimate({"a": [2.0]}, seed="x")
    assert one.value == 2.0
    assert math.isnan(one.low)
    assert math.isnan(estimate({"a": [nan]}, seed="x").value)


def test_tails_widen_with_fewer_songs():
    assert expanded_tail(5) < expanded_tail(30) < expanded_tail(10_000) < 0.025 + 1e-6
