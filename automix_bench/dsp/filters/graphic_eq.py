"""The design of a graphic equaliser in third octaves: bells in series that together give the gain
of each fader.

Bells overlap, so a bell with exactly its fader's gain would be raised further by its neighbours.
The gains of the bells are therefore solved for, as in V. Valimaki and J. Liski, "Accurate cascade
graphic equalizer", IEEE Signal Processing Letters 24 (2), 2017, with a matrix of how much each bell
adds at each centre. Here the matrix is computed anew at the gains reached (Newton's method), so
that only rounding remains. With t = tan(pi f / rate) over its value at the bell's centre, a bell's
level is

    10 log10((u + A^2 v) / (u + v / A^2)) dB,  u = (1 - t^2)^2,  v = (t / q)^2,  A^2 = 10^(gain/20)

and its slope against its own gain is (A^2 v / (u + A^2 v) + (v / A^2) / (u + v / A^2)) / 2. The
level is odd and the slope even in the gain, so opposite faders give opposite bells: the reciprocal
filter.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from automix_bench.dsp.filters.biquad import Biquad, peaking

__all__ = ["CENTRES_HZ", "NOMINAL_HZ", "sections"]

# The names of the bands (ISO 266:1997) and their exact centres, 1 kHz 10^(n / 10) (IEC 61260-1).
_DECADE = (1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0)
NOMINAL_HZ = tuple(_DECADE[n % 10] * 10 ** (n // 10) for n in range(13, 44))
CENTRES_HZ = tuple(1_000.0 * 10.0 ** ((n - 30) / 10.0) for n in range(13, 44))

# Newton steps. Five are enough for the most extreme setting; each further one squares the error.
_STEPS = 8

Row = Float64[np.ndarray, " bands"]
Matrix = Float64[np.ndarray, "centres bands"]


def sections(gains_db: tuple[float, ...], rate: int) -> tuple[Biquad, ...]:
    """A bell for each of the lowest `len(gains_db)` bands, whose centres lie below half the rate.
    In series they have `gains_db` at the centres."""
    centres = np.array(CENTRES_HZ[: len(gains_db)])
    q = _qualities(centres, rate)
    solved = _solved(np.array(gains_db), _warped(centres, rate), q)
    rows = zip(centres.tolist(), solved.tolist(), q.tolist(), strict=True)
    return tuple(peaking(hz, gain_db, q, rate) for hz, gain_db, q in rows)


def _warped(frequencies_hz: Row, rate: int) -> Row:
    warped: Row = np.tan(np.pi * frequencies_hz / rate)
    return warped


def _qualities(centres_hz: Row, rate: int) -> Row:
    """The q of bells that have half their gain, in dB, one band below their centre, at any rate."""
    width = _warped(centres_hz, rate) / _warped(centres_hz * 10.0**-0.1, rate)
    quality: Row = 1.0 / (width - 1.0 / width)
    return quality


def _solved(target_db: Row, warped: Row, q: Row) -> Row:
    """The gains of bells that together give `target_db` at every centre."""
    t = warped[:, np.newaxis] / warped[np.newaxis, :]
    u, v = np.square(1.0 - np.square(t)), np.square(t / q)
    gains_db = target_db
    for _ in range(_STEPS):
        above, below = _numerator(gains_db, u, v), _numerator(-gains_db, u, v)
        error_db = target_db - (10.0 * np.log10(above / below)).sum(axis=1)
        slopes = ((above - u) / above + (below - u) / below) / 2.0
        gains_db = gains_db + np.linalg.solve(slopes, error_db)
    return gains_db


def _numerator(gains_db: Row, u: Matrix, v: Matrix) -> Matrix:
    squared: Matrix = u + 10.0 ** (gains_db / 20.0) * v
    return squared
