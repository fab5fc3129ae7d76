"""Separate compression of lows, mids and highs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.detector import pole
from automix_bench.dsp.dynamics.gain_reduction import CEILING_DB, PEAK, Law, reduced
from automix_bench.dsp.filters.crossover import low_band
from automix_bench.dsp.filters.nyquist import require_below_nyquist
from automix_bench.dsp.loops import doubles
from automix_bench.effect import Effect, knob

__all__ = ["MultibandCompressor"]


@dataclass(frozen=True)
class MultibandCompressor(Effect):
    """Three compressors on three bands of the sound.

    Fourth-order Linkwitz-Riley filters without phase shift (`dsp.filters.crossover`) split the
    bands: -6 dB at `low_hz` and `high_hz`, falling 24 dB an octave beyond. L is the band below the
    lower of the two frequencies. M is the part of the rest below the higher one. H is what remains,
    so L + M + H = x. Each band b has a gain of its own, and

        y[n] = x[n] + sum over b of (g_b[n] - 1) b[n],  20 log10 g_b[n] = -r_b[n],

    where r_b follows from the loudest channel of that band as in `Compressor`. Threshold, ratio and
    `knee_db` give the static curve. `attack_ms` and `release_ms` are the time constants in which
    the reduction, in dB, covers 63 % (1 - 1/e) of its way (the smooth branching detector of D.
    Giannoulis, M. Massberg and J. D. Reiss, "Digital dynamic range compressor design", JAES 60 (6),
    2012). Common multiband compressors have causal filters, whose sum is an all-pass filter even
    when nothing is compressed. The filters here (S. H. Linkwitz, JAES 24 (1), 1976, run forwards
    and backwards) shift no phase.

    Detector: the peak of the wave of the band, in the logarithmic domain. There is no make-up gain
    and no further side-chain filter. All channels of a band get one gain, so the stereo image
    stays. Latency: 0 samples, but the filters look ahead by about 1 / `low_hz`. If `low_hz` lies
    above `high_hz`, the two are exchanged. Ratios of 1 change no bit.

    Raises:
        Unsuitable: `low_hz` or `high_hz` is not below half the rate of the audio.
    """

    irreversible: ClassVar[str] = (
        "the gains depend on the bands of the input; no closed form gets those from the output"
    )

    neutral: ClassVar[Mapping[str, float]] = {"low_ratio": 1.0, "mid_ratio": 1.0, "high_ratio": 1.0}

    low_hz: float = knob(40.0, 2_000.0, "Hz")
    high_hz: float = knob(500.0, 16_000.0, "Hz")
    low_threshold_db: float = knob(-80.0, 0.0, "dB")
    low_ratio: float = knob(1.0, 100.0, "dB in per dB out")
    mid_threshold_db: float = knob(-80.0, 0.0, "dB")
    mid_ratio: float = knob(1.0, 100.0, "dB in per dB out")
    high_threshold_db: float = knob(-80.0, 0.0, "dB")
    high_ratio: float = knob(1.0, 100.0, "dB in per dB out")
    knee_db: float = knob(0.0, 40.0, "dB")
    attack_ms: float = knob(0.0, 500.0, "ms")
    release_ms: float = knob(1.0, 5_000.0, "ms")

    def __call__(self, audio: Audio) -> Audio:
        for name in ("low_hz", "high_hz"):
            require_below_nyquist(
                getattr(self, name), audio.rate, knob=f"MultibandCompressor.{name}"
            )
        lower_hz, higher_hz = sorted((self.low_hz, self.high_hz))
        samples = doubles(audio)
        low = low_band(samples, lower_hz, audio.rate)
        above = samples - low
        mid = low_band(above, higher_hz, audio.rate)
        changed = samples
        for samples_of_band, threshold_db, ratio in (
            (low, self.low_threshold_db, self.low_ratio),
            (mid, self.mid_threshold_db, self.mid_ratio),
            (above - mid, self.high_threshold_db, self.high_ratio),
        ):
            band = audio.with_samples(samples_of_band)
            law = self._law(threshold_db, ratio, audio.rate)
            changed = changed + (reduced(band, band, law).samples - band.samples)
        return audio.with_samples(changed)

    def _law(self, threshold_db: float, ratio: float, rate: int) -> Law:
        slope = 1.0 - 1.0 / ratio
        return Law(
            threshold_db=threshold_db,
            slope=slope,
            knee_db=self.knee_db,
            direction=1.0,
            range_db=slope * (CEILING_DB - threshold_db),
            rising=pole(self.attack_ms, rate),
            falling=pole(self.release_ms, rate),
            averaging=PEAK,
            makeup_db=0.0,
        )

    def inverse(self) -> None:
        return None
