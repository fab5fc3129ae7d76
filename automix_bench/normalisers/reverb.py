"""Reverberation at a target level below the sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio, rms_db
from automix_bench.effect import Chain
from automix_bench.effects.noise_reverb import NoiseReverb
from automix_bench.normaliser import Normaliser, knob

__all__ = ["ReverbTail"]


@dataclass(frozen=True)
class ReverbTail(Normaliser):
    """A room whose tail is `tail_db` relative to the dry sound.

        20 log10 (rms(wet tail) / rms((1 - wet) x)) = tail_db

    This is the first step of FxNorm-Automix's normalisation (Martinez Ramirez et al., ISMIR 2022).
    It adds reverb so that wet and dry recordings become alike, because reverb cannot be removed.
    FxNorm-Automix cuts the send by 30 dB below about 600 Hz and above about 8 kHz; here the room
    (`noise_reverb`) decays five times as fast at both ends. Silence stays as it is.
    """

    name_in_plans: ClassVar[str] = "Reverb"

    tail_db: float = knob(-60.0, 10.0, "dB")
    rt60_seconds: float = knob(0.5, 10.0, "s")
    room: float = knob(0.0, 999_999.0, "(number)")

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        short = self.rt60_seconds / 5.0

        def with_wet(wet: float) -> Chain:
            return Chain((NoiseReverb(short, self.rt60_seconds, short, 0.0, wet, self.room),))

        if not audio.samples.any():
            return Chain()
        whole_db = rms_db(with_wet(1.0)(audio)) - rms_db(audio)
        if not np.isfinite(whole_db):
            return Chain()
        ratio = 10.0 ** ((self.tail_db - whole_db) / 20.0)
        return with_wet(ratio / (1.0 + ratio))
