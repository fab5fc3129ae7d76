"""Loudness raised by a limiter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.traits import loudness_lufs
from automix_bench.effect import Chain, Unsuitable
from automix_bench.effects.limiter import Limiter
from automix_bench.normaliser import Normaliser, knob

__all__ = ["LimitedLoudness"]

_HALVINGS = 9
_CLOSE_LU = 0.1


@dataclass(frozen=True)
class LimitedLoudness(Normaliser):
    """A limiter driven until its output has the target loudness, as in mastering for loudness.

        gain_db such that L(limiter(gain_db)(x)) = lufs, to within 0.1 LU

    L is the integrated loudness (ITU-R BS.1770-5). It rises with the drive, so the drive is found
    by bisection. A sound that is already louder than the target gets the least drive. A sound
    without a loudness stays as it is.

    Raises:
        Unsuitable: the greatest drive does not reach the target.
    """

    lufs: float = knob(-40.0, 0.0, "LUFS")
    ceiling_dbtp: float = knob(-24.0, 0.0, "dBTP")
    release_ms: float = knob(1.0, 1_000.0, "ms")
    lookahead_ms: float = knob(1.0, 20.0, "ms")

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        if not np.isfinite(loudness_lufs(audio)):
            return Chain()
        drive = Limiter.knobs()["gain_db"]
        low, high = drive.low, drive.high
        ceiling_dbtp = max(self.ceiling_dbtp + lowered_db, Limiter.knobs()["ceiling_dbtp"].low)
        for _ in range(_HALVINGS):
            gain_db = (low + high) / 2.0
            one = Limiter(
                gain_db=gain_db,
                ceiling_dbtp=ceiling_dbtp,
                lookahead_ms=self.lookahead_ms,
                release_ms=self.release_ms,
            )
            excess_lu = loudness_lufs(one(audio)) - self.lufs - lowered_db
            if abs(excess_lu) <= _CLOSE_LU:
                break
            low, high = (low, gain_db) if excess_lu > 0.0 else (gain_db, high)
        if excess_lu < -_CLOSE_LU and gain_db > drive.high - 0.1:
            raise Unsuitable(
                f"LimitedLoudness.lufs of {self.lufs:g} cannot be reached: {drive.high:g} dB of "
                f"drive give {excess_lu + self.lufs:.1f} LUFS: ask for less, or a quicker release"
            )
        return Chain((one,))
