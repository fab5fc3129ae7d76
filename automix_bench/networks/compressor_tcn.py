"""From levels to gain reduction: the network of `effects/neural_compressor.py`."""

from __future__ import annotations

import math

from jaxtyping import Float

from automix_bench.errors import MissingPart
from automix_bench.networks.film_tcn import FilmTcn

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["CompressorTcn", "heard", "turned"]

CHANNELS, KERNEL = 24, 3
DILATIONS = tuple(2**n for n in range(10))
SCALE_DB = 20.0
_FURTHEST = 3.0


class CompressorTcn(nn.Module):
    """What a limiter (a ratio of infinity) would take away; a compressor takes its share of it."""

    def __init__(self) -> None:
        super().__init__()
        self.network = FilmTcn(2, 1, 2, CHANNELS, KERNEL, DILATIONS)
        self.past = self.network.past

    def forward(
        self, rows: Float[Tensor, "batch 2 frames"], knobs: Float[Tensor, "batch 2"]
    ) -> Float[Tensor, "batch frames"]:
        """The reduction at the end of each frame, in dB; untrained, 0 dB.

        Args:
            rows: as `heard`.
            knobs: as `turned`.
        """
        said: Tensor = SCALE_DB * self.network(rows, knobs)[:, 0]
        return said


def heard(
    levels_db: Float[Tensor, "batch 2 frames"], threshold_db: Float[Tensor, " batch"]
) -> Float[Tensor, "batch 2 frames"]:
    """Levels as the network hears them: above the threshold, in steps of 20 dB."""
    above = (levels_db - threshold_db[:, None, None]) / SCALE_DB
    return above.clamp(-_FURTHEST, _FURTHEST)


def turned(
    attack_ms: Float[Tensor, " batch"], release_ms: Float[Tensor, " batch"]
) -> Float[Tensor, "batch 2"]:
    """Knobs as the network hears them, about -1 to 1."""
    attack = (torch.log(attack_ms) - math.log(7.0)) / 2.7
    release = (torch.log(release_ms) - math.log(140.0)) / 2.0
    return torch.stack([attack, release], dim=-1)
