"""pedalboard's phaser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.effect import knob
from automix_bench.hosting.pedalboard_effects import PedalboardEffect

__all__ = ["PedalboardPhaser"]


@dataclass(frozen=True)
class PedalboardPhaser(PedalboardEffect):
    """pedalboard's `Phaser`, taken from the library JUCE: six first-order all-pass filters.

        y = (1 - mix) x + mix A^6 u,  u[n] = x[n] - feedback (A^6 u)[n-1]

    A turns the phase by 90 degrees at a frequency that a sine of `rate_hz` moves around
    `centre_frequency_hz`, evenly in octaves. To each side it moves by up to `depth` of half the way
    from 20 Hz to 20 kHz (or 0.49 of the rate), in steps of four samples (JUCE, `dsp::Phaser`,
    2020). All channels move alike, and start again with each call. Latency of the dry sound: 0
    samples.

    Raises:
        Unsuitable: `centre_frequency_hz` is not below half the rate.
        MissingPart: pedalboard is not installed.
    """

    neutral: ClassVar[Mapping[str, float]] = {"mix": 0.0}
    linear: ClassVar[bool] = True
    plays: ClassVar[str] = "Phaser"
    below_nyquist: ClassVar[str] = "centre_frequency_hz"

    rate_hz: float = knob(0.01, 20.0, "Hz")
    depth: float = knob(0.0, 1.0, "(linear)")
    centre_frequency_hz: float = knob(20.0, 20_000.0, "Hz")
    feedback: float = knob(-0.95, 0.95, "(linear)")
    mix: float = knob(0.0, 1.0, "(linear)")
