"""Look-ahead for limiters: a sliding maximum, a release, and a smooth ramp that reaches it in time.

Together they turn the least reduction that each sample needs into a smooth reduction that is
nowhere smaller. The maximum over the samples ahead gives the target early. The average over as many
samples behind, of values none of which is too low, reaches it in time.
"""

from __future__ import annotations

from typing import no_type_check

import numpy as np
from jaxtyping import Float64

from automix_bench.dsp.compiled import compiled

__all__ = ["arriving", "highest_ahead", "released"]

Row = Float64[np.ndarray, " samples"]


def highest_ahead(values: Row, ahead: int) -> Row:
    """The maximum of each value and the `ahead` values after it, as far as there are any.

        out[n] = max(values[n], ..., values[n + ahead])

    The time does not depend on `ahead` (D. Lemire, "Streaming maximum-minimum filter using no more
    than three comparisons per element", Nordic J. Computing 13 (4), 2006).
    """
    highest: Row = _highest_ahead(values, ahead)
    return highest


def arriving(values: Row, behind: int) -> Row:
    """A weighted mean of each value and the `behind` values before it (0 before the first).

        out[n] = w[0] values[n] + ... + w[behind] values[n - behind]

    The weights are those of three moving averages in series, each about a third as long: a bell of
    parabolas, positive, of sum 1, symmetric to within a sample. A step becomes an S of `behind`
    samples whose first two derivatives have no jump.
    """
    third, left = divmod(behind, 3)
    for spare in range(3):
        values = _mean_behind(values, third + (spare < left))
    return values


def released(target_db: Row, release: float) -> Row:
    """The target, which falls no faster than one pole lets it: `release` is the pole.

    out[n] = target[n] where that is higher, else release out[n-1] + (1 - release) target[n]
    """
    held_db: Row = _released(target_db, release)
    return held_db


@compiled
@no_type_check
def _highest_ahead(values: np.ndarray, ahead: int) -> np.ndarray:
    """Work from the last value to the first, with a queue of the values that may still be the
    highest: each is later than the one before it, and higher."""
    length = values.size
    highest = np.empty(length)
    queue = np.empty(length, np.int64)
    head = length
    last = length
    for n in range(length - 1, -1, -1):
        while head < last and values[queue[head]] <= values[n]:
            head += 1
        head -= 1
        queue[head] = n
        if queue[last - 1] > n + ahead:
            last -= 1
        highest[n] = values[queue[last - 1]]
    return highest


@compiled
@no_type_check
def _mean_behind(values: np.ndarray, behind: int) -> np.ndarray:
    mean = np.empty(values.size)
    total = 0.0
    share = 1.0 / (behind + 1)
    for n in range(values.size):
        total += values[n]
        if n > behind:
            total -= values[n - behind - 1]
        mean[n] = total * share
    return mean


@compiled
@no_type_check
def _released(target_db: np.ndarray, release: float) -> np.ndarray:
    """Rises at once, and falls by one pole."""
    held_db = np.empty(target_db.size)
    held = 0.0
    for n in range(target_db.size):
        held = max(target_db[n], target_db[n] + release * (held - target_db[n]))
        # float32 cannot distinguish a smaller reduction from none.
        if held < 1e-9:
            held = 0.0
        held_db[n] = held
    return held_db
