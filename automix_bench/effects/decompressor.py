"""Dynamic-range compression, undone."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.feed_forward import CompressorSettings
from automix_bench.dsp.dynamics.gain_reduction_inverse import restored
from automix_bench.effect import Effect, counterpart, knob

__all__ = ["Decompressor"]


@dataclass(frozen=True)
class Decompressor(CompressorSettings):
    """The sound that a `Compressor` with these knobs, and no side chain, has made this one of.

    With y the level of what came out, in dB full scale, and over(x) and a as the compressor has
    them, each sample's level x before the compressor is the one solution of

        y[n] = x[n] + makeup_db - a r[n-1] - (1 - a) over(x[n]),

    as the right side rises strictly with x, by 1/R or more; then

        x[n] = 10^((r[n] - makeup_db) / 20) y[n].

    The compressor is that of D. Giannoulis, M. Massberg and J. D. Reiss, "Digital dynamic range
    compressor design: a tutorial and analysis", JAES 60 (6), 2012; the idea of solving for the
    input sample by sample is that of S. Gorlow and J. D. Reiss, "Model-based inversion of dynamic
    range compression", IEEE TASLP 21 (7), 2013. With `detector_ms` 0 (peak detector) the solution
    has a closed form; above 0 (mean square) it is found by Newton steps inside a bracket, to
    1e-6 dB. All channels get one gain. Latency: 0 samples. US patent 10,924,078 is about the
    inversion of dynamic range control.

    Errors do not pile up: what is wrong with the input by some decibels, the knobs being right, is
    wrong with the output by no more than the ratio times as many. The knobs have to be those of the
    compressor: speed/drc_inversion.py shows what wrong ones cost, and noise, codecs and
    16 bits.

    Undone by the `Compressor`, to within the rounding of float32.
    """

    ratio: float = knob(1.0, 100.0, "dB out per dB in")

    def __call__(self, audio: Audio) -> Audio:
        return restored(audio, self.law(audio.rate))

    def inverse(self) -> Effect:
        return counterpart(self, "compressor")
