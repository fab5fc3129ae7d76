"""pedalboard's limiter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.effect import knob, option
from automix_bench.hosting.pedalboard_effects import PedalboardEffect

__all__ = ["PedalboardLimiter"]


@dataclass(frozen=True)
class PedalboardLimiter(PedalboardEffect):
    """pedalboard's `BrickwallLimiter`: one gain with look-ahead for all channels.

        y[n] = g[n] x[n],  g[n] <= C / max |x[n .. n + lookahead]|,  g = 1 where that is over 1

    C is the ceiling, linear. The attack takes no time, and the release is exponential over
    `release_ms` (pedalboard 0.9.25, 2026). With `true_peak` on, the peaks are those of the sound at
    four times the rate; pedalboard does not promise that the curve between the samples stays below.
    pedalboard's other limiter, `Limiter` (from JUCE), is not offered here: it adds make-up gain
    that cannot be turned off, and clips at 0 dB. Latency: compensated by pedalboard, 0 samples.

    Raises:
        MissingPart: pedalboard is not installed.
    """

    plays: ClassVar[str] = "BrickwallLimiter"

    ceiling_db: float = knob(-60.0, 0.0, "dB")
    release_ms: float = knob(1.0, 5_000.0, "ms")
    lookahead_ms: float = knob(0.1, 100.0, "ms")
    true_peak: str = option("off", "on")

    def arguments(self) -> dict[str, float | bool]:
        return {**super().arguments(), "true_peak": self.true_peak == "on"}
