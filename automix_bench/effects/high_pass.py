"""Only what lies above a frequency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.dsp.filters import butterworth
from automix_bench.dsp.filters.biquad import Biquad
from automix_bench.dsp.filters.one_frequency import Filter
from automix_bench.effect import option

__all__ = ["HighPass"]


@dataclass(frozen=True)
class HighPass(Filter):
    """A Butterworth high pass: flat above, down by 6 dB an octave below for each order.

        |H(f)|^2 = 1 / (1 + v^(2 order)),  v = tan(pi frequency_hz / rate) / tan(pi f / rate)

    -3.01 dB at `frequency_hz` whatever the order, nothing at 0 Hz, 0 dB at half the rate (S.
    Butterworth, "On the theory of filter amplifiers", 1930, through the bilinear transform); an
    order of 2 is the high pass of R. Bristow-Johnson's cookbook with q = 0.7071. `order` is one of
    the words "1" to "8".

    Latency: 0 samples, minimum phase.

    Raises:
        Unsuitable: `frequency_hz` is not below half the rate of the audio. All settings are legal
            at 44.1 kHz and above; at 8 kHz those from 4 kHz on are not.
    """

    irreversible: ClassVar[str] = "0 Hz is silenced, and what lies near it lost in rounding"

    order: str = option("1", "2", "3", "4", "5", "6", "7", "8")

    def sections(self, rate: int) -> tuple[Biquad, ...]:
        return butterworth.high_pass(self.frequency_hz, int(self.order), rate)

    def inverse(self) -> None:
        return None
