"""Compression that lowers peaks to a target level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio, peak_db
from automix_bench.dsp.traits import PEAK_REFERENCE_DB, loud_peaks_db
from automix_bench.effect import Chain, Effect
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.normaliser import Normaliser, knob

__all__ = ["Compression"]

_LOWEST_THRESHOLD_DB, _HIGHEST_RATIO, _CLOSE_DB = -40.0, 20.0, 0.25


@dataclass(frozen=True)
class Compression(Normaliser):
    """A compressor that lowers the peaks of the loud moments to a target level.

        P(compressor(x)) <= peaks_db + deviation_db, with the highest peak of x at -10 dB full scale

    P is `traits.loud_peaks_db`. This is the third step of FxNorm-Automix's normalisation (Martinez
    Ramirez et al., ISMIR 2022), which measures at onsets. A sound whose peaks are not above the
    target stays as it is. Otherwise the ratio starts at `ratio` and rises, up to 20, until a
    threshold of -40 dB is enough. Then the highest threshold that is enough is used, to a quarter
    of a decibel. The chain is a gain, the compressor, and the opposite gain. There is no make-up
    gain and no expansion.
    """

    peaks_db: float = knob(-60.0, 0.0, "dB")
    deviation_db: float = knob(0.0, 20.0, "dB")
    ratio: float = knob(1.5, 20.0, "dB in per dB out")
    attack_ms: float = knob(0.0, 500.0, "ms")
    release_ms: float = knob(1.0, 5_000.0, "ms")

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        most_db, peak = self.peaks_db + self.deviation_db, peak_db(audio)
        if not np.isfinite(peak):
            return Chain()
        up = Gain(float(np.clip(PEAK_REFERENCE_DB - peak, -60.0, 60.0)))
        raised = up(audio)
        if loud_peaks_db(raised) <= most_db:
            return Chain()
        return Chain((up, self._compressor(raised, most_db), Gain(-up.gain_db)))

    def _compressor(self, raised: Audio, most_db: float) -> Effect:
        ratio = self.ratio
        while ratio < _HIGHEST_RATIO and self._peaks(raised, _LOWEST_THRESHOLD_DB, ratio) > most_db:
            ratio = min(ratio + 2.0, _HIGHEST_RATIO)
        low, high = _LOWEST_THRESHOLD_DB, PEAK_REFERENCE_DB
        while high - low > _CLOSE_DB:
            middle = (low + high) / 2.0
            enough = self._peaks(raised, middle, ratio) <= most_db
            low, high = (middle, high) if enough else (low, middle)
        return self._with(low, ratio)

    def _with(self, threshold_db: float, ratio: float) -> Effect:
        return Compressor(threshold_db, ratio, 0.0, self.attack_ms, self.release_ms, makeup_db=0.0)

    def _peaks(self, raised: Audio, threshold_db: float, ratio: float) -> float:
        return loud_peaks_db(self._with(threshold_db, ratio)(raised))
