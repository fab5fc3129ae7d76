"""Mix live: a fader for every microphone, moved slowly and only while it is played."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio
from automix_bench.isolation.live import MixFrame, Show, played_live
from automix_bench.mixing_rules.live_faders import LiveFaders
from automix_bench.model import Answer, Brief
from automix_bench.song import Stems

__all__ = ["LiveBalance"]


@dataclass(frozen=True)
class LiveBalance:
    """Ride the faders of a live mix, by the rules of `mixing_rules.live_faders`.

    Every channel comes to the same loudness, with an offset for its role. Nothing looks ahead: the
    gain of a frame follows from it and those before. Latency: 0 samples. A whole brief is mixed in
    the same way, frame by frame.

    Attributes:
        target_lufs: the loudness of the mix. The default is that of the mixes in the recipes.
        roles: whether some roles are louder than others.
    """

    target_lufs: float = -23.0
    roles: bool = True

    def __call__(self, brief: Brief) -> Answer:
        return played_live(self, brief)

    def live(self, show: Show) -> MixFrame:
        names = sorted(show.stems)
        faders = LiveFaders(names, show.rate, show.frame_samples, self.target_lufs, self.roles)

        def mix_frame(frame: Stems) -> Audio:
            channels = np.stack([frame[name].samples for name in names]).astype(np.float64)
            before, after = faders.gains_db, faders.ridden(channels)
            gains_db = np.linspace(before, after, show.frame_samples + 1, axis=1)[:, 1:]
            mixed = np.einsum("mcn,mn->cn", channels, 10.0 ** (gains_db / 20.0))
            return Audio(mixed.astype(np.float32), show.rate)

        return mix_frame
