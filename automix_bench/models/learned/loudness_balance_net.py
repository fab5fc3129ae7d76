"""A network hears how loud the sources of a mix are."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from automix_bench.audio import amplitude, total
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.dsp.stereo import in_two_channels
from automix_bench.model import Answer, Brief
from automix_bench.model_parts.mel_frames import BANDS, mel_frames, middle_and_side
from automix_bench.task_parts.balance import USUAL_LU
from automix_bench.task_parts.four_stems import FOUR_STEMS
from automix_bench.weights.store import file_of, network_with, sha256_of

if TYPE_CHECKING:
    from torch import nn

__all__ = ["LoudnessBalanceNet"]

MIX_LUFS = -23.0


@dataclass(frozen=True)
class LoudnessBalanceNet:
    """Loudness balance by a network that hears the mel spectrum of the whole mix.

    Trained here: `automix-bench train loudness_balance_net`. Nothing is separated. No voice was
    among the sources that it was trained on: of `vocals` it says the usual level. A mix without a
    loudness gets the usual levels.

    Attributes:
        weights: the name of shipped weights, or the path of a file that `train` wrote.
    """

    weights: str = "loudness_balance_net"

    def fingerprint(self) -> str:
        """The sha256 of the weights."""
        return sha256_of(file_of(self.weights))

    def __call__(self, brief: Brief) -> Answer:
        import torch

        from automix_bench.networks.balance import log_mels

        if not brief.stems:
            raise ValueError("expected the stems of a mix, got none")
        mix = in_two_channels(total(brief.stems[name] for name in sorted(brief.stems)))
        loudness = or_nan(integrated_lufs, mix)
        if not isfinite(loudness):
            return Answer(values=USUAL_LU)
        mels = mel_frames(middle_and_side(mix)) * np.float32(amplitude(MIX_LUFS - loudness) ** 2)
        with torch.inference_mode():
            network = network_with(_network, self.weights)
            levels = network(log_mels(torch.from_numpy(mels)[None]))[0]
        by_name = dict(zip(FOUR_STEMS, map(float, levels), strict=True))
        return Answer(values={**by_name, "vocals": USUAL_LU["vocals"]})


def _network() -> nn.Module:
    from automix_bench.networks.balance import BalanceNetwork

    return BalanceNetwork(tuple(USUAL_LU[name] for name in FOUR_STEMS), BANDS)
