"""Dynamic range control by the model of Gorlow and Reiss."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.gorlow_reiss import controlled
from automix_bench.dsp.dynamics.gorlow_reiss_settings import DrcSettings
from automix_bench.effect import Effect, counterpart

__all__ = ["Drc"]


@dataclass(frozen=True)
class Drc(DrcSettings):
    """Dynamic range control by the model of Gorlow and Reiss, which smooths both level and gain.

    With l = 10^(threshold_db / 20), R the ratio, and p = 2 for `rms`, 1 for `peak`,

        v[n]^p = b |x[n]|^p + (1 - b) v[n-1]^p,  f[n] = (v[n] / l)^-S beyond l, else 1,
        g[n] = c f[n] + (1 - c) g[n-1],  y[n] = g[n] x[n],  b, c = 1 - exp(-2.2 / (time rate))

    The time of b is `detector_attack_ms` while |x[n]| > v[n-1], else `detector_release_ms`. The
    time of c is `gain_attack_ms` while f[n] < g[n-1], else `gain_release_ms`. A `compressor` has S
    = 1 - 1/R. A `limiter` has S = 1 whatever the ratio, so it is slow and guarantees no ceiling.
    Both act above l; an `expander` has S = 1 - R and acts below l.

    The model is that of S. Gorlow and J. D. Reiss, "Model-based inversion of dynamic range
    compression", IEEE TASLP 21 (7), 2013. The parameters are those of the package `drcinv` 0.1.5,
    which has times in seconds, and the results agree with its results to the last digits. A time is
    how long a smoother takes from 10 % to 90 % of a step. Here v above +40 dB full scale counts as
    +40 dB.

    Detector: mean magnitude or mean square, one pole. With more than one channel |x|^p is the mean
    over the channels and all get one gain, so the stereo image stays. One channel, or equal
    channels, follow the published model. There is no knee, make-up gain, side chain or look-ahead;
    latency: 0 samples. The model starts from v = 0, g = 1.

    Undone by a `DrcInverse`, to within the rounding of float32 times the ratio. An expander with a
    ratio above 10 has no inverse, because it makes quiet sounds smaller than float32 can hold. US
    patent 10,924,078 is about the inversion of dynamic range control.
    """

    def __call__(self, audio: Audio) -> Audio:
        return controlled(audio, self.model(audio.rate))

    def inverse(self) -> Effect | None:
        if self.mode == "expander" and self.ratio > 10.0:
            return None
        return counterpart(self, "drc_inverse")
