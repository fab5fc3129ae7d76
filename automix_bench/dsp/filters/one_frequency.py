"""Base classes of effects that are filters at one frequency. Each effect adds its knobs, its
equation and its design."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.filters.biquad import Biquad, filtered
from automix_bench.dsp.filters.nyquist import require_below_nyquist
from automix_bench.effect import Effect, knob

__all__ = ["Equaliser", "Filter"]


@dataclass(frozen=True)
class Filter(Effect):
    """Sections in series, designed for the rate of the audio.

    Raises:
        Unsuitable: `frequency_hz` is not below half the rate of the audio.
    """

    linear: ClassVar[bool] = True

    frequency_hz: float = knob(20.0, 20_000.0, "Hz")

    def __call__(self, audio: Audio) -> Audio:
        name = f"{type(self).__name__}.frequency_hz"
        require_below_nyquist(self.frequency_hz, audio.rate, knob=name)
        return filtered(audio, *self.sections(audio.rate))

    @abstractmethod
    def sections(self, rate: int) -> tuple[Biquad, ...]:
        """The sections at a rate."""


@dataclass(frozen=True)
class Equaliser(Filter):
    """A filter that boosts or cuts; its reciprocal is the same filter with the opposite gain."""

    neutral: ClassVar[Mapping[str, float]] = {"gain_db": 0.0}

    gain_db: float = knob(-24.0, 24.0, "dB")

    def inverse(self) -> Equaliser:
        return dataclasses.replace(self, gain_db=-self.gain_db)
