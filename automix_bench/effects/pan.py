"""A stereo position made by the levels of the two sides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio, decibels
from automix_bench.dsp.stereo import require_stereo
from automix_bench.effect import Effect, counterpart, effect_named, knob, option

__all__ = ["Pan"]


@dataclass(frozen=True)
class Pan(Effect):
    """Panning of a stereo sound.

        angle = (pan + 1) pi / 4
        constant_power: left = sqrt(2) cos(angle) left,  right = sqrt(2) sin(angle) right
        linear:         left = (1 - pan) left,  right = (1 + pan) right
        minus_4_5_db:   each gain is sqrt(constant power's times linear's)

    The laws are the sine-cosine law (D. Griesinger, "Stereo and surround panning in practice", AES
    112, 2002), the linear law, whose gains have a constant sum, and their geometric mean. With the
    ends at 0 dB, the laws would lose 3.01, 6.02 and 4.5 dB at the centre; the last law is named
    after that loss. Here every law is normalised to 0 dB at the centre instead. So the side panned
    to rises to +3.01, +6.02 or +4.52 dB at the end, and the other side falls to silence. Under
    constant power the squares of the two gains add up to 2 at every setting; under the linear law
    the gains themselves do. `pan` is -1 at the left, 0 at the centre, +1 at the right. Each channel
    keeps its side; nothing moves across. Latency: 0 samples.

    Undone by a `Balance`. There is no inverse where one side is more than 60 dB down (from about
    +-0.9991 on, +-0.999 under the linear law), nor at the ends, where one side is lost.

    Raises:
        Unsuitable: the audio is not stereo. A mono sound has no sides: make it stereo first.
    """

    neutral: ClassVar[Mapping[str, float]] = {"pan": 0.0}
    linear: ClassVar[bool] = True
    stereo_only: ClassVar[bool] = True

    pan: float = knob(-1.0, 1.0, "(left to right)")
    law: str = option("constant_power", "linear", "minus_4_5_db")

    def __call__(self, audio: Audio) -> Audio:
        require_stereo(audio, wanted_by="Pan")
        return audio.with_samples(audio.samples * np.array(self._gains())[:, np.newaxis])

    def inverse(self) -> Effect | None:
        left_db, right_db = (decibels(gain) for gain in self._gains())
        if min(left_db, right_db) < effect_named("balance").knobs()["left_db"].low:
            return None
        return counterpart(self, "balance", left_db=-left_db, right_db=-right_db)

    def _gains(self) -> tuple[float, float]:
        """The gains of left and right, linear."""
        power, linear = _constant_power(self.pan), (1.0 - self.pan, 1.0 + self.pan)
        if self.law == "constant_power":
            return power
        if self.law == "linear":
            return linear
        return math.sqrt(power[0] * linear[0]), math.sqrt(power[1] * linear[1])


def _constant_power(pan: float) -> tuple[float, float]:
    """The gains of left and right, linear. The ends are special cases because cos(pi / 2) is not
    quite 0 in floating point."""
    if abs(pan) == 1.0:
        return (math.sqrt(2.0), 0.0) if pan < 0.0 else (0.0, math.sqrt(2.0))
    angle = (pan + 1.0) * math.pi / 4.0
    return math.sqrt(2.0) * math.cos(angle), math.sqrt(2.0) * math.sin(angle)
