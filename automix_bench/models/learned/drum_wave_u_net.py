"""A network mixes the tracks of a drum kit, wave to wave."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.dsp.resampled import resampled
from automix_bench.dsp.traits import gain_to_db
from automix_bench.model import Answer, Brief
from automix_bench.model_parts.drum_slots import RATE, SLOTS, in_slots
from automix_bench.model_parts.track_names import with_known_names
from automix_bench.weights.store import file_of, network_with, sha256_of

if TYPE_CHECKING:
    from torch import nn

__all__ = ["DrumWaveUNet"]


@dataclass(frozen=True)
class DrumWaveUNet:
    """The Wave-U-Net for drums of Martinez Ramirez, Stoller and Moffat (JAES 69 (3), 2021), trained
    here: `automix-bench train drum_wave_u_net`.

    Each of eight slots (kick, snare, hi-hat, toms, cymbals, percussion, two overheads) takes the
    tracks of its role, at one loudness and in mono; tracks whose names tell no role take the slots
    that are left. The mix is one fixed sum of the slots, at the rate of the tracks, and what the
    network adds to it, which it makes at 44.1 kHz, whatever the rate. What it does cannot be read:
    for settings use `learned/drum_console`. Without a track that has a loudness the mix is silence.

    It hears a whole song at once, in about 0.4 GB and 28 MB more for each second.

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
        import torch

        if not brief.stems:
            raise ValueError("a mix wants at least one stem, got none")
        some = next(iter(brief.stems.values()))
        slots = in_slots(with_known_names(brief.stems), some.rate)
        if not slots.any():
            return Answer(stems={"mix": some.scaled(0.0)})
        heard = resampled(Audio(slots, some.rate), RATE).samples
        network = network_with(_network, self.weights)
        with torch.inference_mode():
            summed = network.summed(torch.tensor(slots)[None])[0].numpy()
            added = network.added(torch.tensor(heard)[None])[0].numpy()
        mix = _fitted(Audio(summed, some.rate), some)
        mix = mix + _fitted(resampled(Audio(added, RATE), some.rate), some)
        gain_db = gain_to_db(mix, self.target_lufs)
        return Answer(stems={"mix": mix.scaled(1.0 if isnan(gain_db) else amplitude(gain_db))})


def _fitted(audio: Audio, like: Audio) -> Audio:
    """As long as a track, in two channels, or in one where the tracks are mono."""
    samples = np.zeros((2, like.length), np.float32)
    samples[:, : min(audio.length, like.length)] = audio.samples[:, : like.length]
    mono = samples.mean(axis=0, keepdims=True)
    return like.with_samples(mono if like.channels == 1 else samples)


def _network() -> nn.Module:
    from automix_bench.networks.wave_u_net import WaveUNet

    return WaveUNet(len(SLOTS))
