"""A high pass filter."""

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
    """A Butterworth high pass: flat above, falling below by 6 dB an octave for each order.

        |H(f)|^2 = 1 / (1 + v^(2 order)),  v = tan(pi frequency_hz / rate) / tan(pi f / rate)

    The response is -3.01 dB at `frequency_hz` whatever the order, zero at 0 Hz and 0 dB at half the
    rate (S. Butterworth, "On the theory of filter amplifiers", 1930, through the bilinear
    transform). Order 2 is the high pass of R. Bristow-Johnson's cookbook with q = 0.7071. `order`
    is one of the words "1" to "8".

    Latency: 0 samples, minimum phase.

    Raises:
        Unsuitable: `frequency_hz` is not below half the rate of the audio. All settings are legal
            at 44.1 kHz and above; at 8 kHz `frequency_hz` must be below 4 kHz.
    """

    irreversible: ClassVar[str] = "0 Hz is removed, and frequencies near it are lost in rounding"

    order: str = option("1", "2", "3", "4", "5", "6", "7", "8")

    def sections(self, rate: int) -> tuple[Biquad, ...]:
        return butterworth.high_pass(self.frequency_hz, int(self.order), rate)

    def inverse(self) -> None:
        return None
