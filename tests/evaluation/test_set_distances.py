"""Intervals of the distances of whole data sets."""

import math

import numpy as np
import pytest
import scipy.stats

from automix_bench.evaluation import set_distances
from automix_bench.metrics.sets.fad import fad

SETS = {f"s{n}": (np.zeros((2, 3)), np.ones((2, 3))) for n in range(4)}


def test_the_interval_is_that_of_all_redraws_by_hand(monkeypatch):
    drawn = []

    def distance(metric, sets, songs):
        drawn.append(tuple(songs))
        return float(len(drawn) ** 2)

    monkeypatch.setattr(set_distances, "_distance", distance)
    half = set_distances._half_width(fad, SETS, "x", 7)
    assert len(drawn) == 7
    assert all(len(songs) == 4 and set(songs) <= set(SETS) for songs in drawn)
    assert len(set(drawn)) > 1
    spread = float(np.std([n**2 for n in range(1, 8)])) * math.sqrt(4 / 3)
    assert half == pytest.approx(scipy.stats.t.ppf(0.975, 3) * spread)


def test_two_songs_have_no_interval():
    two = dict(list(SETS.items())[:2])
    assert math.isnan(set_distances._half_width(fad, two, "x", 7))
