"""A noise gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.dynamics.detector import pole
from automix_bench.dsp.loops import doubles
from automix_bench.effect import Effect, knob

__all__ = ["Gate"]


@dataclass(frozen=True)
class Gate(Effect):
    """A noise gate: it turns a sound down after it has been quiet for a while.

    With p[n] the magnitude of the loudest channel at one sample, in dB full scale, T the threshold
    and H the hysteresis, the gate opens at p >= T, and closes once p has been below T - H for
    longer than `hold_ms`. Its gain moves between 1 and the floor F = 10^(-range_db / 20) by

        g[n] = a g[n-1] + (1 - a) (1 if open, F if closed),  a = exp(-1 / (time rate)),
        y[n] = g[n] x[n],

    where the time is `attack_ms` while open and `release_ms` while closed (U. Zoelzer, ed., "DAFX:
    Digital Audio Effects", 2nd ed., 2011, ch. 4). Both are time constants: in that time after the
    gate opens or closes, the gain, in amplitude, covers 63 % (1 - 1/e) of its way. An attack of 0
    is instantaneous. The gate starts closed, with the gain F.

    Detector: the peak of the wave itself, without smoothing. A sine passes through 0 twice in each
    period, so the gate flutters if the hold is shorter than half a period. There is no knee,
    make-up gain or side-chain filter. All channels get one gain, so the stereo image stays. There
    is no look-ahead: the attack begins when the note begins. Latency: 0 samples. A range of 0 dB
    changes no bit.
    """

    irreversible: ClassVar[str] = (
        "the output does not show when the gate was closed; rounding removes what it turned down"
    )

    neutral: ClassVar[Mapping[str, float]] = {"range_db": 0.0}

    threshold_db: float = knob(-80.0, 0.0, "dB")
    hysteresis_db: float = knob(0.0, 24.0, "dB")
    range_db: float = knob(0.0, 80.0, "dB")
    attack_ms: float = knob(0.0, 500.0, "ms")
    hold_ms: float = knob(0.0, 2_000.0, "ms")
    release_ms: float = knob(1.0, 5_000.0, "ms")

    def __call__(self, audio: Audio) -> Audio:
        opens = 10.0 ** (self.threshold_db / 20.0)
        closes = 10.0 ** ((self.threshold_db - self.hysteresis_db) / 20.0)
        floor = 10.0 ** (-self.range_db / 20.0)
        hold = round(self.hold_ms * audio.rate / 1_000.0)
        speeds = (pole(self.attack_ms, audio.rate), pole(self.release_ms, audio.rate))
        return audio.with_samples(_gate(doubles(audio), opens, closes, floor, hold, *speeds))

    def inverse(self) -> None:
        return None


@compiled
@no_type_check
def _gate(
    samples: np.ndarray,
    opens: float,
    closes: float,
    floor: float,
    hold: int,
    attack: float,
    release: float,
) -> np.ndarray:
    channels, length = samples.shape
    out = np.empty(samples.shape, np.float32)
    gain = floor
    is_open = False
    quiet = 0
    for n in range(length):
        peak = 0.0
        for channel in range(channels):
            peak = max(peak, abs(samples[channel, n]))
        quiet = 0 if peak >= closes else quiet + 1
        is_open = peak >= opens or (is_open and quiet <= hold)
        # Written so that a gain that has reached its target stays there, to the bit.
        gain = 1.0 + attack * (gain - 1.0) if is_open else floor + release * (gain - floor)
        for channel in range(channels):
            out[channel, n] = gain * samples[channel, n]
    return out
