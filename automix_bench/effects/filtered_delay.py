"""A repeating echo that loses highs and lows, as from tape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.delays.echo import whole_lag
from automix_bench.dsp.filters.nyquist import require_below_nyquist
from automix_bench.dsp.loops import SILENCE, doubles
from automix_bench.effect import Effect, knob

__all__ = ["FilteredDelay"]


@dataclass(frozen=True)
class FilteredDelay(Effect):
    """Adds a repeating echo that loses highs and lows with each repeat, as from tape.

        y[n] = x[n] + wet d[n],  d = f * (delayed by D: x + feedback d),
        F(z) = (1 + z^-1) g / (1 + g - (1 - g) z^-1) (1 - z^-1) / (1 + h - (1 - h) z^-1)

    D is `delay_ms * rate / 1000` rounded to the nearest sample, a half to even. F is a one-pole low
    pass and a one-pole high pass in series, made by the bilinear transform, with g = tan(pi
    low_pass_hz / rate) and h = tan(pi high_pass_hz / rate). Each filter by itself is 3.01 dB down
    at its frequency. The first echo has passed F once, the next one twice. (U. Zoelzer, ed., "DAFX:
    Digital Audio Effects", 2nd ed., 2011, ch. 2 and 5.) The dry sound always stays at full level.
    Echoes beyond the end are cut off. Latency of the dry sound: 0 samples.

    Undone by the delay whose feedback is `feedback - wet` and whose wet is `-wet`, to within the
    rounding of float32. There is no inverse where that feedback lies beyond +-0.95, because it
    would ring.

    Raises:
        Unsuitable: D is 0, which happens only at rates below 1 kHz; or a filter's frequency is not
            below half the rate.
    """

    neutral: ClassVar[Mapping[str, float]] = {"wet": 0.0}
    linear: ClassVar[bool] = True

    delay_ms: float = knob(1.0, 2_000.0, "ms")
    feedback: float = knob(-0.95, 0.95, "(linear)")
    wet: float = knob(-1.0, 1.0, "(linear)")
    low_pass_hz: float = knob(200.0, 20_000.0, "Hz")
    high_pass_hz: float = knob(5.0, 5_000.0, "Hz")

    def __call__(self, audio: Audio) -> Audio:
        rate = audio.rate
        require_below_nyquist(self.low_pass_hz, rate, knob="FilteredDelay.low_pass_hz")
        require_below_nyquist(self.high_pass_hz, rate, knob="FilteredDelay.high_pass_hz")
        lag = whole_lag(self.delay_ms, rate, knob="FilteredDelay.delay_ms")
        filters = (
            math.tan(math.pi * self.low_pass_hz / rate),
            math.tan(math.pi * self.high_pass_hz / rate),
        )
        return audio.with_samples(
            _filtered_comb(doubles(audio), lag, self.feedback, self.wet, *filters)
        )

    def inverse(self) -> FilteredDelay | None:
        feedback, spec = self.feedback - self.wet, self.knobs()["feedback"]
        if not spec.low <= feedback <= spec.high:
            return None
        return replace(self, feedback=feedback, wet=-self.wet)


@compiled
@no_type_check
def _filtered_comb(
    samples: np.ndarray, lag: int, feedback: float, wet: float, low: float, high: float
) -> np.ndarray:
    """Each filter has one state, s = (input gain) x + (pole) y of the sample before."""
    channels, length = samples.shape
    out = np.empty((channels, length), np.float32)
    echo = np.empty(length)
    low_gain, low_pole = low / (1.0 + low), (1.0 - low) / (1.0 + low)
    high_gain, high_pole = 1.0 / (1.0 + high), (1.0 - high) / (1.0 + high)
    for channel in range(channels):
        dull = thin = 0.0
        for n in range(min(lag, length)):
            echo[n] = 0.0
            out[channel, n] = samples[channel, n]
        for n in range(lag, length):
            sent = low_gain * (samples[channel, n - lag] + feedback * echo[n - lag])
            lower = sent + dull
            dull = sent + low_pole * lower
            sent = high_gain * lower
            value = sent + thin
            thin = high_pole * value - sent
            if abs(dull) < SILENCE and abs(thin) < SILENCE:
                dull = thin = value = 0.0
            echo[n] = value
            out[channel, n] = samples[channel, n] + wet * value
    return out
