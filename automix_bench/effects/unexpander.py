"""Downward expansion, undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.detector import pole
from automix_bench.dsp.dynamics.gain_reduction import PEAK, Law
from automix_bench.dsp.dynamics.gain_reduction_inverse import restored
from automix_bench.effect import Effect, knob

__all__ = ["Unexpander"]


@dataclass(frozen=True)
class Unexpander(Effect):
    """The sound that an `Expander` with these knobs has made this one of.

    With y the level of what came out, in dB full scale, and under(x) and a as the expander has
    them, each sample's level x before the expander is the one solution of

        y[n] = x[n] - a r[n-1] - (1 - a) under(x[n]),

    as the right side rises strictly with x, by 1 or more; then

        x[n] = 10^(r[n] / 20) y[n].

    The expander's detector is that of D. Giannoulis, M. Massberg and J. D. Reiss, JAES 60 (6),
    2012; the idea of solving for the input sample by sample is that of S. Gorlow and J. D. Reiss,
    "Model-based inversion of dynamic range compression", IEEE TASLP 21 (7), 2013. With
    `detector_ms` 0 (peak detector) the solution has a closed form; above 0 (mean square) it is
    found by Newton steps inside a bracket, to 1e-6 dB. All channels get one gain. Latency: 0
    samples. US patent 10,924,078 is about the inversion of dynamic range control.

    Undone by the `Expander`, which multiplies the rounding of float32 by its ratio: 90 dB below the
    sound, and further at ratios below 100.
    """

    inverse_db: ClassVar[float] = 90.0
    neutral: ClassVar[Mapping[str, float]] = {"ratio": 1.0}

    threshold_db: float = knob(-80.0, 0.0, "dB")
    ratio: float = knob(1.0, 100.0, "dB in per dB out")
    knee_db: float = knob(0.0, 40.0, "dB")
    attack_ms: float = knob(0.0, 500.0, "ms")
    release_ms: float = knob(1.0, 5_000.0, "ms")
    range_db: float = knob(0.0, 100.0, "dB")
    detector_ms: float = knob(0.0, 500.0, "ms", default=0.0)

    def __call__(self, audio: Audio) -> Audio:
        law = Law(
            threshold_db=self.threshold_db,
            slope=self.ratio - 1.0,
            knee_db=self.knee_db,
            direction=-1.0,
            range_db=self.range_db if self.ratio > 1.0 else 0.0,
            rising=pole(self.release_ms, audio.rate),
            falling=pole(self.attack_ms, audio.rate),
            averaging=pole(self.detector_ms, audio.rate) if self.detector_ms > 0.0 else PEAK,
            makeup_db=0.0,
        )
        return restored(audio, law)

    def inverse(self) -> Effect:
        # By name, as plug-ins do not import each other.
        undone: Effect = plugin.load("effects", "expander")(
            self.threshold_db,
            self.ratio,
            self.knee_db,
            self.attack_ms,
            self.release_ms,
            self.range_db,
            self.detector_ms,
        )
        return undone
