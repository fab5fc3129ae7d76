"""The settings of Gorlow and Reiss's model, which the compressor and its inverse share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.dsp.dynamics.gorlow_reiss import DrcModel, drc_model
from automix_bench.effect import Effect, knob, option


@dataclass(frozen=True)
class DrcSettings(Effect):
    """An effect with all parameters of the model as its knobs."""

    inverse_db: ClassVar[float] = 90.0
    neutral: ClassVar[Mapping[str, float | str]] = {"mode": "compressor", "ratio": 1.0}

    threshold_db: float = knob(-80.0, 0.0, "dB")
    ratio: float = knob(1.0, 100.0, "dB per dB")
    detector_attack_ms: float = knob(0.1, 500.0, "ms")
    detector_release_ms: float = knob(1.0, 5_000.0, "ms")
    gain_attack_ms: float = knob(0.1, 500.0, "ms")
    gain_release_ms: float = knob(1.0, 5_000.0, "ms")
    mode: str = option("compressor", "expander", "limiter")
    detector: str = option("rms", "peak")

    def model(self, rate: int) -> DrcModel:
        """The model with these settings, for audio of `rate` Hz."""
        steepness = {
            "compressor": 1.0 - 1.0 / self.ratio,
            "expander": 1.0 - self.ratio,
            "limiter": 1.0,
        }
        times_ms = (
            self.detector_attack_ms,
            self.detector_release_ms,
            self.gain_attack_ms,
            self.gain_release_ms,
        )
        p = 2.0 if self.detector == "rms" else 1.0
        return drc_model(self.threshold_db, steepness[self.mode], p, times_ms, rate)
