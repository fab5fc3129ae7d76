"""A flanger: a comb filter that sweeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.dsp.delays.swept_echo import SweptEcho
from automix_bench.effect import knob

__all__ = ["Flanger"]


@dataclass(frozen=True)
class Flanger(SweptEcho):
    """Adds an echo of a few milliseconds whose delay swings like a sine: a comb filter whose
    notches move.

        y[n] = x[n] + wet d[n],  d[n] = v(n - D[n]),  v[n] = x[n] + feedback d[n],
        D[n] = max((delay_ms + depth_ms sin(2 pi speed_hz n / rate + phase)) rate / 1000, 8)

    This is the flanger with feedback (J. Dattorro, "Effect design, part 2: delay-line modulation
    and chorus", JAES 45 (10), 1997). Values between samples are interpolated by 16 least-squares
    weights, with an error of 0.1 % (-60 dB) up to 0.7 of half the rate. The weights need past
    samples, so the delay is never shorter than 8 samples, 0.18 ms at 44.1 kHz. `phase_degrees` is
    the phase of the sine at the first sample; each further channel is `spread_degrees` ahead of the
    one before. The dry sound stays at full level. Latency of the dry sound: 0 samples.

    Undone by the flanger whose feedback is `feedback - wet` and whose wet is `-wet`, to within the
    rounding of float32. There is no inverse where that feedback lies beyond +-0.95, because it
    would ring.
    """

    least_ms: ClassVar[float] = 0.0

    depth_ms: float = knob(0.0, 5.0, "ms")
    delay_ms: float = knob(0.1, 15.0, "ms")
    feedback: float = knob(-0.95, 0.95, "(linear)")
