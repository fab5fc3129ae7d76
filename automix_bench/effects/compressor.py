"""Dynamic-range compression."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import SILENCE, compiled, doubles
from automix_bench.effect import Effect, knob

__all__ = ["Compressor"]


@dataclass(frozen=True)
class Compressor(Effect):
    """A feed-forward compressor with a soft knee that works in the logarithmic domain.

    With x the level of the loudest channel at one sample, 20 log10 |x[n]| dB full scale, T the
    threshold, R the ratio and W the width of the knee, the static curve is

        over(x) = 0                              for 2 (x - T) < -W
                  (1 - 1/R) (x - T + W/2)^2 / 2W for 2 |x - T| <= W
                  (1 - 1/R) (x - T)              for 2 (x - T) > W

    decibels of reduction, smoothed by one pole that has two speeds,

        r[n] = a r[n-1] + (1 - a) over(x[n]),  a = exp(-1 / (time rate)),

    where the time is `attack_ms` while over(x[n]) > r[n-1] and `release_ms` otherwise; then

        y[n] = 10^((makeup_db - r[n]) / 20) x[n].

    This is the log-domain design with the smooth branching detector of D. Giannoulis, M. Massberg
    and J. D. Reiss, "Digital dynamic range compressor design: a tutorial and analysis", JAES 60
    (6), 2012. `attack_ms` and `release_ms` are time constants: after a step in level
    the reduction, in dB, has gone 63 % (1 - 1/e) of its way in that time. An attack of 0 is
    instantaneous. As that detector follows the rectified wave itself, a sine is reduced by what
    the curve says of its peak only where the attack is short and the release long beside half its
    period; otherwise by less.

    All channels get one gain, so the stereo image stays. No look-ahead; latency: 0 samples. Starts
    from no reduction.
    """

    irreversible: ClassVar[str] = (
        "the gain follows the level of the input, which the output does not tell in closed form"
    )

    neutral: ClassVar[Mapping[str, float]] = {"ratio": 1.0, "makeup_db": 0.0}

    threshold_db: float = knob(-80.0, 0.0, "dB")
    ratio: float = knob(1.0, 100.0, "dB in per dB out")
    knee_db: float = knob(0.0, 40.0, "dB")
    attack_ms: float = knob(0.0, 500.0, "ms")
    release_ms: float = knob(1.0, 5_000.0, "ms")
    makeup_db: float = knob(-24.0, 48.0, "dB")

    def __call__(self, audio: Audio) -> Audio:
        attack = _pole(self.attack_ms, audio.rate)
        release = _pole(self.release_ms, audio.rate)
        curve = (self.threshold_db, 1.0 - 1.0 / self.ratio, self.knee_db)
        samples = _compress(doubles(audio), *curve, attack, release, self.makeup_db)
        return audio.with_samples(samples)

    def inverse(self) -> None:
        return None


def _pole(time_ms: float, rate: int) -> float:
    """The pole of a one-pole low pass with that time constant; 0 for no smoothing."""
    return math.exp(-1_000.0 / (time_ms * rate)) if time_ms > 0.0 else 0.0


@compiled
@no_type_check
def _over(level_db: float, threshold_db: float, slope: float, knee_db: float) -> float:
    """The static curve: dB of reduction at a level. A knee of 0 dB never comes to the last line."""
    above = level_db - threshold_db
    if 2.0 * above >= knee_db:
        return slope * above
    if 2.0 * above <= -knee_db:
        return 0.0
    return slope * (above + knee_db / 2.0) ** 2 / (2.0 * knee_db)


@compiled
@no_type_check
def _compress(
    samples: np.ndarray,
    threshold_db: float,
    slope: float,
    knee_db: float,
    attack: float,
    release: float,
    makeup_db: float,
) -> np.ndarray:
    channels, length = samples.shape
    out = np.empty(samples.shape, np.float32)
    makeup = 10.0 ** (makeup_db / 20.0)
    lowest = 10.0 ** ((threshold_db - knee_db / 2.0) / 20.0)
    to_log = math.log(10.0) / 20.0
    reduction = 0.0
    for n in range(length):
        peak = 0.0
        for channel in range(channels):
            peak = max(peak, abs(samples[channel, n]))
        wanted = 0.0
        if peak > lowest:
            wanted = _over(math.log(peak) / to_log, threshold_db, slope, knee_db)
        pole = attack if wanted > reduction else release
        reduction = pole * reduction + (1.0 - pole) * wanted
        if reduction < SILENCE:
            reduction = 0.0
        gain = makeup * math.exp(-to_log * reduction)
        for channel in range(channels):
            out[channel, n] = gain * samples[channel, n]
    return out
