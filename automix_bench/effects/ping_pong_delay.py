"""An echo that alternates between left and right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.delays.echo import whole_lag
from automix_bench.dsp.loops import SILENCE, doubles
from automix_bench.effect import Effect, Unsuitable, knob, option

__all__ = ["PingPongDelay"]


@dataclass(frozen=True)
class PingPongDelay(Effect):
    """Adds echoes of the mid signal that alternate: left, right, left and so on.

        left[n] += wet a[n],   a[n] = m[n-D] + feedback b[n-D],  m = (left + right) / 2,
        right[n] += wet b[n],  b[n] = feedback a[n-D]

    Two delay lines feed each other (U. Zoelzer, ed., "DAFX: Digital Audio Effects", 2nd ed., 2011,
    ch. 2, cross-coupled; makers differ in which line gets the input). D is `delay_ms * rate / 1000`
    rounded to the nearest sample, a half to even. The first echo is at D, with `wet` times the mid
    signal; each later one is `feedback` times the one before. The dry sound always stays at full
    level. Echoes beyond the end are cut off. Latency of the dry sound: 0 samples.

    Undone by the same settings in the other `direction`, to within the rounding of float32. That
    direction subtracts the echoes of its own output from its input. Its loop has the poles z^D =
    -feedback and z^D = feedback - wet / 2, which are inside the unit circle at every setting.

    Raises:
        Unsuitable: the audio is not stereo; or D is 0, which happens only at rates below 1 kHz.
    """

    neutral: ClassVar[Mapping[str, float]] = {"wet": 0.0}
    linear: ClassVar[bool] = True
    stereo_only: ClassVar[bool] = True

    delay_ms: float = knob(1.0, 2_000.0, "ms")
    feedback: float = knob(0.0, 0.95, "(linear)")
    wet: float = knob(0.0, 1.0, "(linear)")
    direction: str = option("apply", "undo")

    def __call__(self, audio: Audio) -> Audio:
        if audio.channels != 2:
            raise Unsuitable(
                f"PingPongDelay wants stereo audio, 2 channels, got {audio.channels}: "
                "put a mono sound on both channels first"
            )
        lag = whole_lag(self.delay_ms, audio.rate, knob="PingPongDelay.delay_ms")
        undo = self.direction == "undo"
        return audio.with_samples(_bounced(doubles(audio), lag, self.feedback, self.wet, undo))

    def inverse(self) -> PingPongDelay:
        return replace(self, direction="undo" if self.direction == "apply" else "apply")


@compiled
@no_type_check
def _bounced(samples: np.ndarray, lag: int, feedback: float, wet: float, undo: bool) -> np.ndarray:
    length = samples.shape[1]
    out = np.empty((2, length), np.float32)
    # The input of the two lines at each sample.
    to_left, to_right = np.empty(length), np.empty(length)
    added = -wet if undo else wet
    for n in range(length):
        left = to_left[n - lag] if n >= lag else 0.0
        right = to_right[n - lag] if n >= lag else 0.0
        new_left, new_right = samples[0, n] + added * left, samples[1, n] + added * right
        out[0, n], out[1, n] = new_left, new_right
        dry = new_left + new_right if undo else samples[0, n] + samples[1, n]
        sent = 0.5 * dry + feedback * right
        to_left[n] = sent if abs(sent) >= SILENCE else 0.0
        sent = feedback * left
        to_right[n] = sent if abs(sent) >= SILENCE else 0.0
    return out
