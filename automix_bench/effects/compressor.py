"""Dynamic-range compression."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.feed_forward import CompressorSettings
from automix_bench.dsp.dynamics.gain_reduction import reduced
from automix_bench.dsp.filters.biquad import filtered, high_pass
from automix_bench.dsp.filters.nyquist import require_below_nyquist
from automix_bench.effect import Effect, counterpart, knob, option

__all__ = ["Compressor"]


@dataclass(frozen=True)
class Compressor(CompressorSettings):
    """A feed-forward compressor with a soft knee that works in the logarithmic domain.

    With x the level in dB full scale, T the threshold, R the ratio and W the width of the knee, the
    static curve is

        over(x) = 0                              for 2 (x - T) < -W
                  (1 - 1/R) (x - T + W/2)^2 / 2W for 2 |x - T| <= W
                  (1 - 1/R) (x - T)              for 2 (x - T) > W

    decibels of reduction, no more than it is at +40 dB full scale, smoothed by one pole that has
    two speeds,

        r[n] = a r[n-1] + (1 - a) over(x[n]),  a = exp(-1 / (time rate)),

    where the time is `attack_ms` while over(x[n]) > r[n-1] and `release_ms` otherwise; then

        y[n] = 10^((makeup_db - r[n]) / 20) x[n].

    This is the log-domain design with the smooth branching detector of D. Giannoulis, M. Massberg
    and J. D. Reiss, "Digital dynamic range compressor design: a tutorial and analysis", JAES 60
    (6), 2012. `attack_ms` and `release_ms` are time constants: after a step in level
    the reduction, in dB, has gone 63 % (1 - 1/e) of its way in that time. An attack of 0 is
    instantaneous.

    Detector: with `detector_ms` 0, x is the peak of the loudest channel at one sample. As that
    follows the rectified wave itself, a sine is reduced by what the curve says of its peak only
    where the attack is short and the release long beside half its period; otherwise by less. Above
    0, x is the RMS level: 10 log10 of the mean square over all channels, averaged over time by one
    pole with the time constant `detector_ms`; a sine lies 3.01 dB below its peak there.

    Link: all channels get one gain, so the stereo image stays. Side chain: `high_pass` cuts the
    lows from what the detector hears (Butterworth, second order, -3 dB at `sidechain_hz`), and from
    nothing else; `flat` lets it hear the sound as it is, and `sidechain_hz` does nothing. Make-up
    is as the knob says; none is hidden. No look-ahead; latency: 0 samples. Starts from no
    reduction.

    Undone by a `Decompressor`, to within the rounding of float32 times the ratio; not with a side
    chain, whose filter mixes samples, so that more than one input may have led to an output.

    Raises:
        Unsuitable: `sidechain_hz` is not below half the rate of the audio.
    """

    inverse_db: ClassVar[float] = 90.0
    sidechain: str = option("flat", "high_pass")
    sidechain_hz: float = knob(10.0, 1_000.0, "Hz", default=100.0)

    def __call__(self, audio: Audio) -> Audio:
        return reduced(audio, self._key(audio), self.law(audio.rate))

    def inverse(self) -> Effect | None:
        if self.sidechain != "flat":
            return None
        return counterpart(self, "decompressor")

    def _key(self, audio: Audio) -> Audio:
        """What the detector hears."""
        if self.sidechain == "flat":
            return audio
        require_below_nyquist(self.sidechain_hz, audio.rate, knob="Compressor.sidechain_hz")
        return filtered(audio, high_pass(self.sidechain_hz, math.sqrt(0.5), audio.rate))
