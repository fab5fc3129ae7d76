"""Loudness dynamic range: fast level against slow level, moment by moment.

    P_t = P_(t-1) + c (max(x_t^2, floor) - P_(t-1)),  c = 1 - exp(-2.2 / (T rate))
    LDR(t) = 10 log10( P_fast(t) / P_slow(t + (T_slow - T_fast) / 2) )

as in DiffVox (Yu et al., DAFx 2025, `loss/ldr.py`), where T is the time from 10 to 90 %. There are
four differences. There is a point every 5 ms. There are no points at the end, where the slow level
has no future; DiffVox wraps the start of the sound around. The floor is 80 dB under the largest
sample of the sound, not under full scale, so that curves do not depend on the level. Both levels
are divided by 1 - (1 - c)^t, the weight that a mean started from zero has gathered; without it
every sound would begin with an attack. Differences of two curves are the same with and without that
division.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import no_type_check

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio, peak
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.memo import shared

__all__ = ["FAST", "SLOW", "Windows", "curve_db", "percentile_db"]

_POINT_SECONDS = 0.005
_FLOOR = 1e-8
_GATE = 1e-7
_PERCENTILE = 95.0

Curve = Float64[np.ndarray, "channels points"]


@dataclass(frozen=True)
class Windows:
    """The times of the two levels, from 10 to 90 %."""

    fast_seconds: float
    slow_seconds: float

    @property
    def lead(self) -> int:
        """The number of points by which the slow level is read ahead."""
        return round((self.slow_seconds - self.fast_seconds) / 2.0 / _POINT_SECONDS)


FAST, SLOW = Windows(0.05, 1.0), Windows(0.1, 2.0)


def curve_db(audio: Audio, windows: Windows) -> Curve:
    """LDR in dB, every 5 ms, of a sound that is not silent. No points for a sound shorter than half
    the slow window."""
    levels = _levels(audio, windows)
    fast, slow = levels[:, 0, : -windows.lead], levels[:, 1, windows.lead :]
    curve: Curve = 10.0 * np.log10(fast / slow)
    return curve


def percentile_db(audio: Audio, windows: Windows) -> float:
    """The 95th percentile of LDR in dB: how far the strongest twentieth of the points stands out,
    at least. LDR is computed from the powers of all channels together, over the points whose slow
    level is no more than 70 dB under the largest sample. NaN where there is no such point."""
    fast, slow = _levels(audio, windows).mean(axis=0)
    now, around = fast[: -windows.lead], slow[windows.lead :]
    audible = around > _GATE * peak(audio) ** 2
    if not audible.any():
        return math.nan
    return float(np.percentile(10.0 * np.log10(now[audible] / around[audible]), _PERCENTILE))


@shared
def _levels(audio: Audio, windows: Windows) -> Float64[np.ndarray, "channels levels points"]:
    """The fast and the slow power, every 5 ms."""
    every = max(round(_POINT_SECONDS * audio.rate), 1)
    times = np.array([windows.fast_seconds, windows.slow_seconds])
    rises = -np.expm1(-2.2 / (times * audio.rate))
    samples = np.ascontiguousarray(audio.samples).view()
    samples.flags.writeable = False
    powers: np.ndarray = _smoothed(samples, rises[0], rises[1], every, _FLOOR * peak(audio) ** 2)
    passed = every * np.arange(1, powers.shape[2] + 1)
    levels: np.ndarray = powers / -np.expm1(passed * np.log1p(-rises)[:, np.newaxis])
    levels.flags.writeable = False
    return levels


@compiled
@no_type_check
def _smoothed(
    samples: np.ndarray, fast_rise: float, slow_rise: float, every: int, floor: float
) -> np.ndarray:
    """Two exponential means of the power, started from 0, at the end of each stretch of `every`
    samples."""
    channels, length = samples.shape
    out = np.empty((channels, 2, length // every))
    for channel in range(channels):
        fast = slow = 0.0
        for point in range(length // every):
            for n in range(point * every, (point + 1) * every):
                x = np.float64(samples[channel, n])
                power = max(x * x, floor)
                fast += fast_rise * (power - fast)
                slow += slow_rise * (power - slow)
            out[channel, 0, point] = fast
            out[channel, 1, point] = slow
    return out
