"""A brick-wall limiter for true peaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, no_type_check

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.dynamics.blocks import BLOCK, multiplied_into
from automix_bench.dsp.dynamics.detector import pole
from automix_bench.dsp.dynamics.log_exp import DB_PER_OCTAVE, OCTAVES_PER_DB, log2, power_of_2
from automix_bench.dsp.dynamics.lookahead import arriving, highest_ahead, released
from automix_bench.dsp.dynamics.true_peak import peaks_around
from automix_bench.dsp.loops import doubles
from automix_bench.effect import Effect, knob

__all__ = ["Limiter"]

# The target lies this far below the ceiling, so errors of rounding and smoothing stay under it.
_MARGIN_DB = 0.02

Row = Float64[np.ndarray, " samples"]


@dataclass(frozen=True)
class Limiter(Effect):
    """A brick-wall limiter for true peaks, with look-ahead.

    Let p[n] be the true peak around a sample after the drive, over all channels: the largest of the
    sample and of the signal at four times the rate up to the neighbouring samples. Let C be the
    ceiling less a margin of 0.02 dB, and D the look-ahead in samples. The reduction in dB is

        need[n] = max(0, 20 log10 p[n] - C),  m[n] = max(need[n], ..., need[n + D]),
        d[n] = m[n] where m[n] > d[n-1], else a d[n-1] + (1 - a) m[n],  a = exp(-1 / (time rate)),
        r[n] = w[0] d[n] + ... + w[D] d[n - D],  y[n] = 10^((gain_db - r[n]) / 20) x[n],

    where w is a smooth bell of sum 1 (three moving averages in a row) and the time is `release_ms`.
    None of the averaged values is less than need[n], so the full reduction is reached when the peak
    arrives. The reduction takes `lookahead_ms` to rise, in an S shape. After the peak it has
    covered 63 % (1 - 1/e) of its way back, in dB, after D samples and `release_ms`. A fast gain can
    make new peaks between samples. So the output is measured, and peaks that are still above C are
    limited again in the same way, until there are none. The result: `loudness.true_peak_dbtp`, and
    four times oversampling at any rate, measure the ceiling or less.

    The sliding maximum and its smoothing are those of P. Hamalainen, "Smoothing of the control
    signal without clipped output in digital peak limiters", DAFx 2002; true peak is that of ITU-R
    BS.1770-4, annex 2.

    Detector: true peak. There is no knee and no side-chain filter; the ratio is infinite. All
    channels get one gain, so the stereo image stays. `gain_db` drives the sound into the ceiling
    and is the only gain: with 0 dB, sounds below the ceiling change no bit. Latency: 0 samples; the
    look-ahead is compensated.
    """

    irreversible: ClassVar[str] = (
        "many sounds are limited to the same one, and the output does not show the gain"
    )

    gain_db: float = knob(0.0, 30.0, "dB")
    ceiling_dbtp: float = knob(-24.0, 0.0, "dBTP")
    lookahead_ms: float = knob(1.0, 20.0, "ms")
    release_ms: float = knob(1.0, 2_000.0, "ms")

    def __call__(self, audio: Audio) -> Audio:
        driven = doubles(audio) * 10.0 ** (self.gain_db / 20.0)
        ceiling = 10.0 ** (self.ceiling_dbtp / 20.0)
        reduction_db = np.zeros(audio.samples.shape[1])
        limited = audio.with_samples(driven)
        peaks = peaks_around(limited)
        while peaks.max() > ceiling:
            reduction_db = reduction_db + self._reduction_db(peaks, audio.rate)
            limited = audio.with_samples(_reduced(driven, reduction_db))
            peaks = peaks_around(limited)
        return limited

    def _reduction_db(self, peaks: Row, rate: int) -> Row:
        """The reduction that brings a sound with these peaks below the ceiling by the margin, in
        time."""
        ahead = max(1, round(self.lookahead_ms * rate / 1_000.0))
        need_db = _need_db(peaks, self.ceiling_dbtp - _MARGIN_DB)
        target_db = highest_ahead(np.concatenate([np.zeros(ahead), need_db]), ahead)
        held_db = released(target_db, pole(self.release_ms, rate))
        return arriving(held_db, ahead)[ahead:]

    def inverse(self) -> None:
        return None


@compiled
@no_type_check
def _need_db(peaks: np.ndarray, target_db: float) -> np.ndarray:
    need_db = np.empty(peaks.size)
    for n in range(peaks.size):
        need_db[n] = max(0.0, DB_PER_OCTAVE * log2(peaks[n]) - target_db)
    return need_db


@compiled
@no_type_check
def _reduced(samples: np.ndarray, reduction_db: np.ndarray) -> np.ndarray:
    out = np.empty(samples.shape, np.float32)
    buffer = np.empty(BLOCK)
    for start in range(0, reduction_db.size, BLOCK):
        block = buffer[: min(BLOCK, reduction_db.size - start)]
        for i in range(block.size):
            block[i] = power_of_2(-OCTAVES_PER_DB * reduction_db[start + i])
        multiplied_into(out, samples, start, block)
    return out
