"""A phaser: notches that sweep."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.delays.lfo import sines
from automix_bench.dsp.filters.nyquist import require_below_nyquist
from automix_bench.dsp.loops import SILENCE, doubles
from automix_bench.effect import Effect, knob, option

__all__ = ["Phaser"]


@dataclass(frozen=True)
class Phaser(Effect):
    """Adds the sound after a row of sweeping all-pass filters, with feedback.

        y = x + wet d,  d = A(v),  v = x + feedback d,
        A(z) = ((c + z^-1) / (1 + c z^-1))^stages,  c = (t - 1) / (t + 1)

    t = tan(pi f / rate), and f is the frequency at which each filter turns the phase by 90 degrees.
    ln t follows a sine of `speed_hz` between its values at `low_hz` and `high_hz`, and reaches
    both. It starts in the middle and goes up, or down if `low_hz` is the higher one. (U. Zoelzer,
    ed., "DAFX: Digital Audio Effects", 2nd ed., 2011, ch. 2; J. O. Smith, "Physical Audio Signal
    Processing", 2010.)

    Each filter is a normalised lattice, (y, s') = ((c, k), (k, -c)) (x, s) with k = sqrt(1 - c^2).
    It is a rotation, which keeps the energy however c moves, so with |feedback| < 1 no sweep can
    make it ring up. The feedback has no delay: the loop is solved for d at every sample. The dry
    sound stays at full level. Where A turns the phase by 0 degrees, as at 0 Hz, the sound is raised
    by wet if there is no feedback. `phase_degrees` is the phase of the sine at the first sample;
    each further channel is `spread_degrees` ahead of the one before. Latency of the dry sound: 0
    samples.

    Undone by the phaser whose feedback is `feedback - wet` and whose wet is `-wet`, whatever the
    sweep, to within the rounding of float32. There is no inverse where that feedback lies beyond
    +-0.95, because it would ring.

    Raises:
        Unsuitable: `low_hz` or `high_hz` is not below half the rate.
    """

    neutral: ClassVar[Mapping[str, float]] = {"wet": 0.0}
    linear: ClassVar[bool] = True

    speed_hz: float = knob(0.01, 10.0, "Hz")
    low_hz: float = knob(20.0, 20_000.0, "Hz")
    high_hz: float = knob(20.0, 20_000.0, "Hz")
    feedback: float = knob(-0.95, 0.95, "(linear)")
    wet: float = knob(-1.0, 1.0, "(linear)")
    phase_degrees: float = knob(0.0, 360.0, "degrees", default=0.0)
    spread_degrees: float = knob(0.0, 180.0, "degrees", default=0.0)
    stages: str = option("4", "2", "6", "8", "10", "12")

    def __call__(self, audio: Audio) -> Audio:
        require_below_nyquist(self.low_hz, audio.rate, knob="Phaser.low_hz")
        require_below_nyquist(self.high_hz, audio.rate, knob="Phaser.high_hz")
        low, high = (
            math.log(math.tan(math.pi * f / audio.rate)) for f in (self.low_hz, self.high_hz)
        )
        waves = sines(audio, self.speed_hz, self.phase_degrees, self.spread_degrees)
        sweep = ((low + high) / 2.0, (high - low) / 2.0)
        settings = (int(self.stages), self.feedback, self.wet)
        return audio.with_samples(_phased(doubles(audio), waves, *sweep, *settings))

    def inverse(self) -> Phaser | None:
        feedback, spec = self.feedback - self.wet, self.knobs()["feedback"]
        if not spec.low <= feedback <= spec.high:
            return None
        return replace(self, feedback=feedback, wet=-self.wet)


@compiled
@no_type_check
def _phased(
    samples: np.ndarray,
    waves: np.ndarray,
    middle: float,
    swing: float,
    stages: int,
    feedback: float,
    wet: float,
) -> np.ndarray:
    channels, length = samples.shape
    out = np.empty((channels, length), np.float32)
    states = np.zeros(stages)
    for channel in range(channels):
        states[:] = 0.0
        for n in range(length):
            # With r = sqrt(t), c = (r^2 - 1) / (r^2 + 1) and k = 2 r / (r^2 + 1).
            root = math.exp(0.5 * (middle + swing * waves[channel, n]))
            share = 1.0 / (root * root + 1.0)
            c, k = (root * root - 1.0) * share, 2.0 * root * share
            # d = given + through v: a part from the states and a share of v. This solves the loop.
            given, through = 0.0, 1.0
            for stage in range(stages):
                given = c * given + k * states[stage]
                through *= c
            dry = samples[channel, n]
            value = (dry + feedback * given) / (1.0 - feedback * through)
            for stage in range(stages):
                passed = c * value + k * states[stage]
                state = k * value - c * states[stage]
                states[stage] = state if abs(state) >= SILENCE else 0.0
                value = passed
            out[channel, n] = dry + wet * value
    return out
