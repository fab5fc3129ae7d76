"""A chorus: an echo with a drifting delay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.dsp.delays.swept_echo import SweptEcho
from automix_bench.effect import knob

__all__ = ["Chorus"]


@dataclass(frozen=True)
class Chorus(SweptEcho):
    """Adds an echo whose delay swings like a sine, and is too short to be heard as an echo.

        y[n] = x[n] + wet d[n],  d[n] = v(n - D[n]),  v[n] = x[n] + feedback d[n],
        D[n] = max(delay_ms + depth_ms sin(2 pi speed_hz n / rate + phase), 1 ms) rate / 1000

    This is the industry's standard chorus (J. Dattorro, "Effect design, part 2: delay-line
    modulation and chorus", JAES 45 (10), 1997). Values between samples are interpolated by 16
    least-squares weights, with an error of 0.1 % (-60 dB) up to 0.7 of half the rate.
    `phase_degrees` is the phase of the sine at the first sample; each further channel is
    `spread_degrees` ahead of the one before. The dry sound stays at full level. D is never below 8
    samples, which is more than 1 ms where the rate is below 8 kHz. Latency of the dry sound: 0
    samples.

    Some choruses, such as JUCE's, cross-fade by `mix`, swing by `depth` times 10 ms and subtract
    their feedback. Such a chorus equals this one with `wet = mix / (1 - mix)` and `feedback`
    negated, times 1 - mix.

    Undone by the chorus whose feedback is `feedback - wet` and whose wet is `-wet`, to within the
    rounding of float32. There is no inverse where that feedback lies beyond +-0.9, because it would
    ring.
    """

    least_ms: ClassVar[float] = 1.0

    depth_ms: float = knob(0.0, 10.0, "ms")
    delay_ms: float = knob(1.0, 50.0, "ms")
    feedback: float = knob(-0.9, 0.9, "(linear)")
