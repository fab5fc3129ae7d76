"""A second voice that drifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.dsp.swept_echo import SweptEcho
from automix_bench.effect import knob

__all__ = ["Chorus"]


@dataclass(frozen=True)
class Chorus(SweptEcho):
    """An echo too short to be heard as one, whose delay swings like a sine, added to the sound.

        y[n] = x[n] + wet d[n],  d[n] = v(n - D[n]),  v[n] = x[n] + feedback d[n],
        D[n] = max(delay_ms + depth_ms sin(2 pi speed_hz n / rate + phase), 1 ms) rate / 1000

    The industry's standard chorus (J. Dattorro, "Effect design, part 2: delay-line modulation and
    chorus", JAES 45 (10), 1997), read between samples by 16 least-squares weights, to 0.1 % (-60
    dB) up to 0.7 of half the rate. `phase_degrees` is the sine's at the first sample,
    `spread_degrees` what each further channel is ahead of the one before. The dry sound is there
    in full. A chorus that cross-fades by `mix` and swings by `depth` times 10 ms, with its
    feedback subtracted, as JUCE's does, is this one with
    `wet = mix / (1 - mix)` and `feedback` negated, 1 - mix times as loud. D is never below 8
    samples, which are more than 1 ms where the rate is below 8 kHz. Latency of the dry sound: 0
    samples.

    Undone by the chorus whose feedback is `feedback - wet` and whose wet is `-wet`, to within the
    rounding of float32; not where that feedback lies beyond +-0.9, as it would ring.
    """

    least_ms: ClassVar[float] = 1.0

    depth_ms: float = knob(0.0, 10.0, "ms")
    delay_ms: float = knob(1.0, 50.0, "ms")
    feedback: float = knob(-0.9, 0.9, "(linear)")
