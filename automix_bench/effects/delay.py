"""A repeating echo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.delays.echo import whole_lag
from automix_bench.dsp.loops import SILENCE, doubles
from automix_bench.effect import Effect, knob

__all__ = ["Delay"]


@dataclass(frozen=True)
class Delay(Effect):
    """Adds a repeating echo to the sound.

        y[n] = x[n] + wet d[n],  d[n] = x[n-D] + feedback d[n-D],
        H(z) = (1 - (feedback - wet) z^-D) / (1 - feedback z^-D)

    This is the universal comb filter (U. Zoelzer, ed., "DAFX: Digital Audio Effects", 2nd ed.,
    2011, ch. 2). D is `delay_ms * rate / 1000` rounded to the nearest sample, a half to even. The
    dry sound always stays at full level. A negative `wet` or `feedback` inverts the polarity. Each
    channel has its own echo. The output is as long as the input: echoes beyond its end are cut off.
    Latency of the dry sound: 0 samples.

    Undone by the delay whose feedback is `feedback - wet` and whose wet is `-wet`, to within the
    rounding of float32. There is no inverse where that feedback lies beyond +-0.95, because its
    echoes would ring almost for ever, or grow.

    Raises:
        Unsuitable: D is 0, which happens only at rates below 1 kHz.
    """

    neutral: ClassVar[Mapping[str, float]] = {"wet": 0.0}
    linear: ClassVar[bool] = True

    delay_ms: float = knob(1.0, 2_000.0, "ms")
    feedback: float = knob(-0.95, 0.95, "(linear)")
    wet: float = knob(-1.0, 1.0, "(linear)")

    def __call__(self, audio: Audio) -> Audio:
        lag = whole_lag(self.delay_ms, audio.rate, knob="Delay.delay_ms")
        return audio.with_samples(_comb(doubles(audio), lag, self.feedback, self.wet))

    def inverse(self) -> Delay | None:
        feedback, spec = self.feedback - self.wet, self.knobs()["feedback"]
        if not spec.low <= feedback <= spec.high:
            return None
        return Delay(self.delay_ms, feedback, -self.wet)


@compiled
@no_type_check
def _comb(samples: np.ndarray, lag: int, feedback: float, wet: float) -> np.ndarray:
    channels, length = samples.shape
    echo = np.zeros((channels, length))
    out = np.empty((channels, length), np.float32)
    for channel in range(channels):
        for n in range(length):
            if n >= lag:
                value = samples[channel, n - lag] + feedback * echo[channel, n - lag]
                if abs(value) >= SILENCE:
                    echo[channel, n] = value
            out[channel, n] = samples[channel, n] + wet * echo[channel, n]
    return out
