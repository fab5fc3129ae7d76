"""pedalboard's chorus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.effect import knob
from automix_bench.hosting.pedalboard_effects import PedalboardEffect

__all__ = ["PedalboardChorus"]


@dataclass(frozen=True)
class PedalboardChorus(PedalboardEffect):
    """pedalboard's `Chorus`, taken from the library JUCE: one voice, the same on all channels.

        y[n] = (1 - mix) x[n] + mix d[n],  d[n] = u[n - D(n)],  u[n] = x[n] - feedback d[n-1],
        D(n) rate^-1 = max(1 ms, centre_delay_ms + 10 ms depth sin(2 pi rate_hz n / rate))

    Values between samples are interpolated linearly (JUCE, `dsp::Chorus`, 2020). The sine starts
    again with each call. The feedback has the opposite sign. RemFX (2023) drew rate 0.25 to 1.5 Hz,
    depth 0.2 to 0.6, centre 5 to 10 ms, feedback 0.1 to 0.4, mix 0.15 to 0.4. Latency of the dry
    sound: 0 samples.

    Raises:
        MissingPart: pedalboard is not installed.
    """

    neutral: ClassVar[Mapping[str, float]] = {"mix": 0.0}
    linear: ClassVar[bool] = True
    plays: ClassVar[str] = "Chorus"

    rate_hz: float = knob(0.01, 20.0, "Hz")
    depth: float = knob(0.0, 1.0, "(linear)")
    centre_delay_ms: float = knob(1.0, 100.0, "ms")
    feedback: float = knob(-0.95, 0.95, "(linear)")
    mix: float = knob(0.0, 1.0, "(linear)")
