"""Dynamic range control by the model of Gorlow and Reiss, undone."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.gorlow_reiss_inverse import recovered
from automix_bench.dsp.dynamics.gorlow_reiss_settings import DrcSettings
from automix_bench.effect import Effect, counterpart

__all__ = ["DrcInverse"]


@dataclass(frozen=True)
class DrcInverse(DrcSettings):
    """The sound that a `Drc` with these settings has made this one of.

    With v, f, b, c and S as `Drc` has them, and a = |x[n]|^p, each sample's a is the one solution
    of

        |y[n]|^p = a (c f(a) + (1 - c) g[n-1])^p,  v^p = b a + (1 - b) v[n-1]^p,

    as the right side rises strictly with a; then x[n] = y[n] / g[n]. The inversion is that of S.
    Gorlow and J. D. Reiss, "Model-based inversion of dynamic range compression", IEEE TASLP 21
    (7), 2013. What differs is the way to the root: they foretell b and c and then solve; here b and
    c are taken as a stands, and Newton steps on 1 / g[n], from that of the sample before, find it
    to 1e-9 of itself, mostly at once (`dsp.drc_inversion`). On more than one channel |y|^p is the
    mean over them. Latency: 0 samples. US patent 10,924,078 is about the inversion of dynamic range
    control.

    Silence that an expander has made for good (below what float32 can hold) stays silence. The
    settings have to be those of the `Drc`: speed/drc_inversion.py shows what wrong ones cost.

    Undone by the `Drc`, to within the rounding of float32, times the ratio for an expander.
    """

    def __call__(self, audio: Audio) -> Audio:
        return recovered(audio, self.model(audio.rate))

    def inverse(self) -> Effect:
        return counterpart(self, "drc")
