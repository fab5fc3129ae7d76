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
    static curve gives the reduction in decibels:

        over(x) = 0                              for 2 (x - T) < -W
                  (1 - 1/R) (x - T + W/2)^2 / 2W for 2 |x - T| <= W
                  (1 - 1/R) (x - T)              for 2 (x - T) > W

    The reduction never exceeds its value at +40 dB full scale. One pole with two speeds smooths it,

        r[n] = a r[n-1] + (1 - a) over(x[n]),  a = exp(-1 / (time rate)),

    where the time is `attack_ms` while over(x[n]) > r[n-1] and `release_ms` otherwise. The output
    is

        y[n] = 10^((makeup_db - r[n]) / 20) x[n].

    This is the log-domain design with the smooth branching detector of D. Giannoulis, M. Massberg
    and J. D. Reiss, "Digital dynamic range compressor design: a tutorial and analysis", JAES 60
    (6), 2012. `attack_ms` and `release_ms` are time constants: in that time after a step in level,
    the reduction, in dB, covers 63 % (1 - 1/e) of its way. An attack of 0 is instantaneous.

    Detector: with `detector_ms` 0, x is the peak of the loudest channel at one sample. That level
    follows the rectified wave itself. So a sine is reduced by what the curve gives for its peak
    only if the attack is short and the release long compared with half its period; otherwise it is
    reduced by less. With `detector_ms` above 0, x is the RMS level: 10 log10 of the mean square
    over all channels, averaged over time by one pole with the time constant `detector_ms`. The RMS
    level of a sine is 3.01 dB below its peak.

    Link: all channels get one gain, so the stereo image stays. Side chain: with `high_pass` a
    filter (Butterworth, second order, -3 dB at `sidechain_hz`) removes the lows from the detector's
    input; the sound itself is not filtered. With `flat` the detector gets the sound unfiltered, and
    `sidechain_hz` has no effect. The make-up gain is `makeup_db` and nothing else. There is no
    look-ahead; latency: 0 samples. The reduction starts at 0.

    Undone by a `Decompressor`, to within the rounding of float32 times the ratio. There is no
    inverse with a side chain: its filter mixes samples, so several inputs may lead to the same
    output.

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
        """The input of the detector."""
        if self.sidechain == "flat":
            return audio
        require_below_nyquist(self.sidechain_hz, audio.rate, knob="Compressor.sidechain_hz")
        return filtered(audio, high_pass(self.sidechain_hz, math.sqrt(0.5), audio.rate))
