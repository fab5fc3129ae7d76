"""The inverse of dynamic-range compression."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.feed_forward import CompressorSettings
from automix_bench.dsp.dynamics.gain_reduction_inverse import restored
from automix_bench.effect import Effect, counterpart, knob

__all__ = ["Decompressor"]


@dataclass(frozen=True)
class Decompressor(CompressorSettings):
    """Recovers the input of a `Compressor` with these settings and no side chain from its output.

    With y the output's level in dB full scale, and over(x) and a as in `Compressor`, the level x of
    each input sample is the only solution of

        y[n] = x[n] + makeup_db - a r[n-1] - (1 - a) over(x[n]),

    because the right side rises strictly with x, with a slope of 1/R or more. The recovered sample
    is

        x[n] = 10^((r[n] - makeup_db) / 20) y[n].

    The compressor is that of D. Giannoulis, M. Massberg and J. D. Reiss, "Digital dynamic range
    compressor design: a tutorial and analysis", JAES 60 (6), 2012. Solving for the input sample by
    sample is the idea of S. Gorlow and J. D. Reiss, "Model-based inversion of dynamic range
    compression", IEEE TASLP 21 (7), 2013. With `detector_ms` 0 (peak detector) the solution has a
    closed form. With `detector_ms` above 0 (mean square) Newton steps inside a bracket find it, to
    1e-6 dB. All channels get one gain. Latency: 0 samples. US patent 10,924,078 is about the
    inversion of dynamic range control.

    Errors do not accumulate. If the settings are right and the input has an error of some decibels,
    the output has an error of at most the ratio times as many decibels. The settings must be those
    of the compressor: `speed/drc_inversion.py` measures the error from wrong settings, noise,
    codecs and 16 bits.

    Undone by the `Compressor`, to within the rounding of float32.
    """

    ratio: float = knob(1.0, 100.0, "dB out per dB in")

    def __call__(self, audio: Audio) -> Audio:
        return restored(audio, self.law(audio.rate))

    def inverse(self) -> Effect:
        return counterpart(self, "compressor")
