"""Place between left and right."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from automix_bench import plugin
from automix_bench.audio import Audio, decibels
from automix_bench.effect import Effect, Unsuitable, knob

__all__ = ["Pan"]


@dataclass(frozen=True)
class Pan(Effect):
    """Constant-power panning of a stereo sound.

        angle = (pan + 1) pi / 4
        left = sqrt(2) cos(angle) left,  right = sqrt(2) sin(angle) right

    The sine-cosine law (D. Griesinger, "Stereo and surround panning in practice", AES 112, 2002),
    normalised to 0 dB at the centre: the squares of the two gains add up to 2 at every setting,
    the side panned to rises to +3.01 dB and the other falls to silence. `pan` is -1 at the left,
    0 at the centre, +1 at the right. Each channel keeps its side; nothing is moved across.
    Latency: 0 samples.

    Undone by a `Balance`; not where one side lies more than 60 dB down (beyond about +-0.9991),
    and not at the ends, where one side is lost.

    Raises:
        Unsuitable: the audio is not stereo. A mono sound has no sides: make it stereo first.
    """

    neutral: ClassVar[Mapping[str, float]] = {"pan": 0.0}
    linear: ClassVar[bool] = True
    stereo_only: ClassVar[bool] = True

    pan: float = knob(-1.0, 1.0, "(left to right)")

    def __call__(self, audio: Audio) -> Audio:
        if audio.channels != 2:
            raise Unsuitable(
                f"Pan wants stereo audio, 2 channels, got {audio.channels}: "
                "put a mono sound on both channels first"
            )
        return audio.with_samples(audio.samples * np.array(self._gains())[:, np.newaxis])

    def inverse(self) -> Effect | None:
        left_db, right_db = (decibels(gain) for gain in self._gains())
        # By name, as plug-ins do not import each other.
        balance = plugin.load("effects", "balance")
        if min(left_db, right_db) < balance.knobs()["left_db"].low:
            return None
        undone: Effect = balance(-left_db, -right_db)
        return undone

    def _gains(self) -> tuple[float, float]:
        """Left and right, linear. The ends are given apart, as cos(pi / 2) is not quite 0."""
        if abs(self.pan) == 1.0:
            return (math.sqrt(2.0), 0.0) if self.pan < 0.0 else (0.0, math.sqrt(2.0))
        angle = (self.pan + 1.0) * math.pi / 4.0
        return math.sqrt(2.0) * math.cos(angle), math.sqrt(2.0) * math.sin(angle)
