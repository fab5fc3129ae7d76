"""Downward expansion."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.feed_forward import ExpanderSettings
from automix_bench.dsp.dynamics.gain_reduction import reduced
from automix_bench.effect import Effect, counterpart

__all__ = ["Expander"]


@dataclass(frozen=True)
class Expander(ExpanderSettings):
    """A feed-forward downward expander in the logarithmic domain: it makes quiet sounds quieter.

    With x the level in dB full scale, T the threshold, R the ratio and W the width of the knee, the
    static curve gives the reduction in decibels:

        under(x) = 0                            for 2 (x - T) > W
                   (R - 1) (T - x + W/2)^2 / 2W for 2 |x - T| <= W
                   (R - 1) (T - x)              for 2 (x - T) < -W

    The reduction never exceeds `range_db`. One pole with two speeds smooths it,

        r[n] = a r[n-1] + (1 - a) under(x[n]),  a = exp(-1 / (time rate)),

    where the time is `release_ms` while under(x[n]) > r[n-1] (the expander closes) and `attack_ms`
    otherwise (it opens). The output is

        y[n] = 10^(-r[n] / 20) x[n].

    The static curve is that of U. Zoelzer, ed., "DAFX: Digital Audio Effects", 2nd ed., 2011, ch.
    4, with a soft knee. The smooth branching detector is that of D. Giannoulis, M. Massberg and J.
    D. Reiss, "Digital dynamic range compressor design", JAES 60 (6), 2012. The times are time
    constants: in that time after a step in level, the reduction, in dB, covers 63 % (1 - 1/e) of
    its way. An attack of 0 is instantaneous.

    Detector: with `detector_ms` 0, x is the peak of the loudest channel at one sample. A sine
    passes through low values twice in each period, so choose a short attack and a long release.
    With `detector_ms` above 0, x is the RMS level: 10 log10 of the mean square over all channels,
    averaged over time by one pole with the time constant `detector_ms`. Link: all channels get one
    gain, so the stereo image stays. There is no make-up gain, side chain or look-ahead; latency: 0
    samples. The expander starts open, with a reduction of 0.

    Undone by an `Unexpander`, to within the rounding of float32: the range is finite, so nothing is
    lost.
    """

    def __call__(self, audio: Audio) -> Audio:
        return reduced(audio, audio, self.law(audio.rate))

    def inverse(self) -> Effect:
        return counterpart(self, "unexpander")
