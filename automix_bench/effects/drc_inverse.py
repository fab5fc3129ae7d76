"""The inverse of dynamic range control by the model of Gorlow and Reiss."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.gorlow_reiss_inverse import recovered
from automix_bench.dsp.dynamics.gorlow_reiss_settings import DrcSettings
from automix_bench.effect import Effect, counterpart

__all__ = ["DrcInverse"]


@dataclass(frozen=True)
class DrcInverse(DrcSettings):
    """Recovers the input of a `Drc` with these settings from its output.

    With v, f, b, c and S as in `Drc`, and a = |x[n]|^p, the a of each sample is the only solution
    of

        |y[n]|^p = a (c f(a) + (1 - c) g[n-1])^p,  v^p = b a + (1 - b) v[n-1]^p,

    because the right side rises strictly with a. The recovered sample is x[n] = y[n] / g[n]. The
    inversion is that of S. Gorlow and J. D. Reiss, "Model-based inversion of dynamic range
    compression", IEEE TASLP 21 (7), 2013. Only the search for the root differs. They predict b and
    c first and then solve. Here b and c follow from each trial value of a, and Newton steps on 1 /
    g[n], starting from the value of the sample before, find it to a relative error of 1e-10, mostly
    in one step (`dsp.dynamics.gorlow_reiss_inverse`). With more than one channel |y|^p is the mean
    over the channels. Latency: 0 samples. US patent 10,924,078 is about the inversion of dynamic
    range control.

    If an expander made a sound smaller than float32 can hold, that sound is silence for good. The
    settings must be those of the `Drc`: `speed/drc_inversion.py` measures the error from wrong
    ones.

    Undone by the `Drc`, to within the rounding of float32, times the ratio for an expander.
    """

    def __call__(self, audio: Audio) -> Audio:
        return recovered(audio, self.model(audio.rate))

    def inverse(self) -> Effect:
        return counterpart(self, "drc")
