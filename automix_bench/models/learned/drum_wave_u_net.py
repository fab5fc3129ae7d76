"""A network mixes the microphones of a drum kit, sample by sample."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.dsp.resampled import converted
from automix_bench.model import Answer, Brief
from automix_bench.model_parts.drum_slots import SLOTS, in_slots
from automix_bench.weights.store import file_of, load_into, sha256_of

__all__ = ["DrumWaveUNet"]

RATE = 44_100
PIECE = 1 << 19
"""How many samples are mixed at a time; a multiple of what the network halves."""


@dataclass(frozen=True)
class DrumWaveUNet:
    """Drum mixing after Martinez Ramirez, Stoller and Moffat (JAES 69 (3), 2021), trained here:
    `automix-bench train drum_wave_u_net`.

    Every track is brought to one loudness, in mono, and a small Wave-U-Net makes a stereo mix of
    them, at 44.1 kHz. Names tell which microphone is which; a track with another name counts as
    percussion. No console is declared, as there is none.

    Attributes:
        weights: the name of shipped weights, or the path of a file that `train` wrote.
        target_lufs: the loudness of the mix. The default is that of the mixes in the recipes.
    """

    weights: str = "drum_wave_u_net"
    target_lufs: float = -23.0

    def fingerprint(self) -> str:
        """The sha256 of the weights."""
        return sha256_of(file_of(self.weights))

    def __call__(self, brief: Brief) -> Answer:
        some = next(iter(brief.stems.values()))
        slots, known = in_slots(brief.stems)
        silence = some.scaled(0.0)
        if not known:
            return Answer(stems={"mix": silence})
        tracks = converted(Audio(slots, some.rate), RATE)
        stereo = converted(Audio(_mixed(_network(self.weights), tracks.samples), RATE), some.rate)
        mix = np.zeros((2, some.length), np.float32)
        length = min(some.length, stereo.length)
        mix[:, :length] = stereo.samples[:, :length]
        channels = mix if some.channels == 2 else mix.mean(axis=0, keepdims=True)
        return Answer(stems={"mix": self._as_loud(silence.with_samples(channels))})

    def _as_loud(self, mix: Audio) -> Audio:
        loudness = or_nan(integrated_lufs, mix)
        return mix.scaled(amplitude(self.target_lufs - loudness)) if isfinite(loudness) else mix


def _mixed(network: Any, tracks: np.ndarray) -> np.ndarray:
    """The mix of tracks, piece by piece: each with what decides about its ends."""
    import torch

    from automix_bench.networks.wave_u_net import MARGIN

    pieces = []
    for start in range(0, tracks.shape[1], PIECE):
        first = max(start - MARGIN, 0)
        part = torch.from_numpy(tracks[:, first : start + PIECE + MARGIN].copy())[None]
        with torch.inference_mode():
            mixed = network(part)[0].numpy()
        pieces.append(mixed[:, start - first : start - first + PIECE])
    return np.concatenate(pieces, axis=1)


@lru_cache(maxsize=2)
def _network(weights: str) -> Any:
    from automix_bench.networks.wave_u_net import WaveUNet

    network = WaveUNet(len(SLOTS))
    load_into(network, file_of(weights))
    return network.eval()
