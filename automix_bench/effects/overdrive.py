"""An overdriven valve amplifier."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.dsp.filters.nyquist import require_below_nyquist
from automix_bench.dsp.filters.one_pole import high_passed, low_passed
from automix_bench.dsp.filters.oversampling import bent
from automix_bench.dsp.loops import doubles
from automix_bench.effect import Effect, knob

__all__ = ["Overdrive"]

COUPLING_HZ = 10.0


@dataclass(frozen=True)
class Overdrive(Effect):
    """Gain into a curve that saturates, a coupling capacitor, and a tone control.

        y = low_pass(high_pass(c(10^(drive_db / 20) x) / C)),
        c(u) = s(u + bias) - s(bias),  s(u) = u / sqrt(1 + u^2),
        C = (c(10^(drive_db / 20)) - c(-10^(drive_db / 20))) / 2

    The curve is a sigmoid of the wave-shaping literature (U. Zoelzer, ed., "DAFX: Digital Audio
    Effects", 2nd ed., 2011, ch. 4). C keeps the swing of full scale: a sine from -1 to 1 still
    spans a range of 2 before the filters. Sounds below full scale get louder, by `drive_db` at most
    plus the share of C (3 dB at a drive of 0 dB, little at 20 dB and more). A `bias` moves the
    resting point off the middle of the curve, which makes even harmonics. It also makes a constant
    offset (DC), which the capacitor blocks: a first-order high pass, 3 dB down at 10 Hz. The tone
    control is a first-order low pass, 3 dB down at `tone_hz`. The curve runs at 4 times the rate,
    so harmonics beyond half the rate alias less than without oversampling; a wave close to a square
    wave overshoots by 1.5 dB. Latency: 0 samples; the delay of the filters is compensated.

    Raises:
        Unsuitable: `tone_hz` is not below half the rate.
    """

    irreversible: ClassVar[str] = "deep in saturation, sounds differ by less than float32 can hold"

    drive_db: float = knob(0.0, 40.0, "dB")
    tone_hz: float = knob(500.0, 20_000.0, "Hz")
    bias: float = knob(0.0, 1.0, "(linear)", default=0.0)

    def __call__(self, audio: Audio) -> Audio:
        require_below_nyquist(self.tone_hz, audio.rate, knob="Overdrive.tone_hz")
        coupled = high_passed(self.bent(doubles(audio)), COUPLING_HZ, audio.rate)
        return audio.with_samples(low_passed(coupled, self.tone_hz, audio.rate))

    def bent(self, samples: np.ndarray) -> np.ndarray:
        """`(channels, samples)` in float64 through the curve alone."""
        drive, bias = amplitude(self.drive_db), self.bias
        scale = 2.0 / (_sigmoid(drive + bias) - _sigmoid(bias - drive))
        return bent(samples, lambda wave: _bend(wave, drive, bias, scale))

    def inverse(self) -> None:
        return None


def _sigmoid(u: float) -> float:
    return u / math.sqrt(1.0 + u * u)


def _bend(wave: np.ndarray, drive: float, bias: float, scale: float) -> np.ndarray:
    u = drive * wave + bias
    bend: np.ndarray = scale * (u / np.sqrt(1.0 + u * u) - _sigmoid(bias))
    return bend
