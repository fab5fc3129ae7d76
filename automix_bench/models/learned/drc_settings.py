"""A network hears the settings of a compressor, and the compressor is inverted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from automix_bench.audio import Audio, amplitude, peak_db
from automix_bench.console import Console
from automix_bench.effect import Chain, Effect
from automix_bench.effects.drc import Drc
from automix_bench.model import Answer, Brief
from automix_bench.model_parts.drc_ranges import RANGES, drc_of
from automix_bench.model_parts.level_frames import CHANNELS, level_frames
from automix_bench.weights.store import file_of, network_with, sha256_of

if TYPE_CHECKING:
    from torch import nn

__all__ = ["DrcSettings"]

PEAK_DBFS = -3.0
"""The sample peak before the compressor, in the sounds that the network was trained on."""
SEARCHED_DB = -80.0, 0.0
STEPS = 14
"""Of halving; the threshold is then right to 0.005 dB."""


@dataclass(frozen=True)
class DrcSettings:
    """Blind inversion of dynamic range compression: a network estimates the settings, and the exact
    inverse of Gorlow and Reiss (IEEE TASLP 21 (7), 2013) undoes them.

    Trained here: `automix-bench train drc_settings`. The problem is that of Sun, Fourer and Maaref,
    arXiv 2411.04337. The answer's console has the settings. The peak before the compressor is
    known, as in `drc_inverse_blind`: the threshold is moved until what is recovered has it. A stem
    whose peak is at `peak_dbfs` or above is returned as it is: its compressor, if it had one,
    lowered nothing. US patent 10,924,078 is about the inversion of dynamic range control.

    Attributes:
        weights: the name of shipped weights, or the path of a file that `train` wrote.
        peak_dbfs: the sample peak before the compressor: -3 dBFS in the data of `drc_profiles`, and
            in training. Data with another peak want another number.
    """

    weights: str = "drc_settings"
    peak_dbfs: float = PEAK_DBFS

    def fingerprint(self) -> str:
        """The sha256 of the weights."""
        return sha256_of(file_of(self.weights))

    def __call__(self, brief: Brief) -> Answer:
        chains = {name: self._chain(stem) for name, stem in brief.stems.items()}
        stems = {name: _undone(chains[name], stem) for name, stem in brief.stems.items()}
        return Answer(stems=stems, console=Console(strips=chains))

    def _chain(self, stem: Audio) -> Chain:
        """The compressor that a stem went through."""
        import torch

        level = peak_db(stem)
        if level < -90.0 or level >= self.peak_dbfs - 0.005:
            return Chain()
        as_trained = stem.scaled(amplitude(PEAK_DBFS - self.peak_dbfs))
        levels = torch.from_numpy(level_frames(as_trained))[None]
        with torch.inference_mode():
            shares = network_with(_network, self.weights)(levels)[0].tolist()
        return Chain((_fitted(drc_of(shares), stem, self.peak_dbfs),))


def _fitted(drc: Drc, stem: Audio, peak_dbfs: float) -> Drc:
    """The compressor with the threshold at which its inverse gives the peak that was there. The
    lower the threshold, the higher that peak is."""
    low, high = SEARCHED_DB
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        chain = Chain((replace(drc, threshold_db=middle),))
        if peak_db(_undone(chain, stem)) > peak_dbfs:
            low = middle
        else:
            high = middle
    return replace(drc, threshold_db=high)


def _undone(chain: Chain, audio: Audio) -> Audio:
    inverses: list[Effect | None] = [effect.inverse() for effect in reversed(chain.effects)]
    for inverse in inverses:
        audio = inverse(audio) if inverse else audio
    return audio


def _network() -> nn.Module:
    from automix_bench.networks.drc_settings import DrcSettingsNetwork

    return DrcSettingsNetwork(CHANNELS, len(RANGES))
