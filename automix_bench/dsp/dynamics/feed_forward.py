"""The settings that a dynamics effect shares with the effect that undoes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.dsp.dynamics.detector import pole
from automix_bench.dsp.dynamics.gain_reduction import CEILING_DB, PEAK, Law
from automix_bench.effect import Effect, knob

__all__ = ["CompressorSettings", "ExpanderSettings"]


@dataclass(frozen=True)
class CompressorSettings(Effect):
    """Of a compressor, and of the effect that undoes it."""

    neutral: ClassVar[Mapping[str, float]] = {"ratio": 1.0, "makeup_db": 0.0}

    threshold_db: float = knob(-80.0, 0.0, "dB")
    ratio: float = knob(1.0, 100.0, "dB in per dB out")
    knee_db: float = knob(0.0, 40.0, "dB")
    attack_ms: float = knob(0.0, 500.0, "ms")
    release_ms: float = knob(1.0, 5_000.0, "ms")
    makeup_db: float = knob(-24.0, 48.0, "dB")
    detector_ms: float = knob(0.0, 500.0, "ms", default=0.0)

    def law(self, rate: int) -> Law:
        """The law of gain reduction that these settings give at a rate in Hz."""
        slope = 1.0 - 1.0 / self.ratio
        return Law(
            threshold_db=self.threshold_db,
            slope=slope,
            knee_db=self.knee_db,
            direction=1.0,
            range_db=slope * (CEILING_DB - self.threshold_db),
            rising=pole(self.attack_ms, rate),
            falling=pole(self.release_ms, rate),
            averaging=pole(self.detector_ms, rate) if self.detector_ms > 0.0 else PEAK,
            makeup_db=self.makeup_db,
        )


@dataclass(frozen=True)
class ExpanderSettings(Effect):
    """Of a downward expander, and of the effect that undoes it."""

    neutral: ClassVar[Mapping[str, float]] = {"ratio": 1.0}

    threshold_db: float = knob(-80.0, 0.0, "dB")
    ratio: float = knob(1.0, 100.0, "dB out per dB in")
    knee_db: float = knob(0.0, 40.0, "dB")
    attack_ms: float = knob(0.0, 500.0, "ms")
    release_ms: float = knob(1.0, 5_000.0, "ms")
    range_db: float = knob(0.0, 100.0, "dB")
    detector_ms: float = knob(0.0, 500.0, "ms", default=0.0)

    def law(self, rate: int) -> Law:
        """The law of gain reduction that these settings give at a rate in Hz."""
        return Law(
            threshold_db=self.threshold_db,
            slope=self.ratio - 1.0,
            knee_db=self.knee_db,
            direction=-1.0,
            range_db=self.range_db if self.ratio > 1.0 else 0.0,
            rising=pole(self.release_ms, rate),
            falling=pole(self.attack_ms, rate),
            averaging=pole(self.detector_ms, rate) if self.detector_ms > 0.0 else PEAK,
            makeup_db=0.0,
        )
