"""A de-esser: less sibilance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.detector import pole
from automix_bench.dsp.dynamics.gain_reduction import PEAK, Law, reduced
from automix_bench.dsp.filters.crossover import low_band
from automix_bench.dsp.filters.nyquist import require_below_nyquist
from automix_bench.dsp.loops import doubles
from automix_bench.effect import Effect, knob, option

__all__ = ["DeEsser"]


@dataclass(frozen=True)
class DeEsser(Effect):
    """Turns a voice down where its high band is loud: on s, sh and t.

    H is the band above `frequency_hz`. A fourth-order Linkwitz-Riley high pass without phase shift
    makes it (`dsp.filters.crossover`; S. H. Linkwitz, JAES 24 (1), 1976): -6 dB at `frequency_hz`,
    falling 24 dB an octave below. Its level at one sample, h dB full scale in the loudest channel,
    gives the reduction

        over(h) = min(range_db, (1 - 1 / ratio) max(0, h - threshold_db)),

    which one pole smooths. `attack_ms` and `release_ms` are the time constants in which the
    reduction, in dB, covers 63 % (1 - 1/e) of its way (D. Giannoulis, M. Massberg and J. D. Reiss,
    JAES 60 (6), 2012). With r the smoothed reduction and g[n] = 10^(-r[n] / 20),

        y[n] = x[n] + (g[n] - 1) H[n]  for a `reach` of "high band",  y[n] = g[n] x[n]  for "all".

    Detector: the peak of the wave of the high band, in the logarithmic domain; the high pass is the
    side-chain filter. The knee is hard, and there is no make-up gain. All channels get one gain, so
    the stereo image stays. Latency: 0 samples, but the filter looks ahead by about 1 /
    `frequency_hz`. A ratio of 1, or a range of 0 dB, changes no bit.

    Raises:
        Unsuitable: `frequency_hz` is not below half the rate of the audio.
    """

    irreversible: ClassVar[str] = (
        "the gain depends on the high band of the input; no closed form gets that from the output"
    )

    neutral: ClassVar[Mapping[str, float]] = {"ratio": 1.0}

    frequency_hz: float = knob(1_000.0, 16_000.0, "Hz")
    threshold_db: float = knob(-80.0, 0.0, "dB")
    ratio: float = knob(1.0, 100.0, "dB in per dB out")
    range_db: float = knob(0.0, 40.0, "dB")
    attack_ms: float = knob(0.0, 100.0, "ms")
    release_ms: float = knob(1.0, 1_000.0, "ms")
    reach: str = option("high band", "all")

    def __call__(self, audio: Audio) -> Audio:
        require_below_nyquist(self.frequency_hz, audio.rate, knob="DeEsser.frequency_hz")
        samples = doubles(audio)
        high = audio.with_samples(samples - low_band(samples, self.frequency_hz, audio.rate))
        if self.reach == "all":
            return reduced(audio, high, self._law(audio.rate))
        change = reduced(high, high, self._law(audio.rate)).samples - high.samples
        return audio.with_samples(samples + change)

    def _law(self, rate: int) -> Law:
        return Law(
            threshold_db=self.threshold_db,
            slope=1.0 - 1.0 / self.ratio,
            knee_db=0.0,
            direction=1.0,
            range_db=self.range_db,
            rising=pole(self.attack_ms, rate),
            falling=pole(self.release_ms, rate),
            averaging=PEAK,
            makeup_db=0.0,
        )

    def inverse(self) -> None:
        return None
