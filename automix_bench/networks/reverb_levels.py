"""From the knobs of a room to the levels of its tail: the network of `effects/neural_reverb.py`."""

from __future__ import annotations

import math

from jaxtyping import Float

from automix_bench.dsp.octave_levels import BANDS, KNOTS
from automix_bench.errors import MissingPart

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["ReverbLevels", "turned"]

HIDDEN = 96
MIDDLE_DB, SCALE_DB = -60.0, 30.0


class ReverbLevels(nn.Module):
    """The level of a tail in octaves at some times; untrained, -60 dB everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, HIDDEN),
            nn.GELU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.GELU(),
            nn.Linear(HIDDEN, BANDS * KNOTS),
        )
        last = self.layers[-1]
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, knobs: Float[Tensor, "batch 2"]) -> Float[Tensor, "batch bands knots"]:
        """In dB per tap at 44.1 kHz. `knobs` as `turned` gives them."""
        levels: Tensor = MIDDLE_DB + SCALE_DB * self.layers(knobs)
        return levels.view(-1, BANDS, KNOTS)


def turned(
    rt60_seconds: Float[Tensor, " batch"], damping_hz: Float[Tensor, " batch"]
) -> Float[Tensor, "batch 2"]:
    """Knobs as the network hears them, about -1 to 1."""
    decay = torch.log10(rt60_seconds)
    damping = torch.log(damping_hz / 3_200.0) / math.log(6.3)
    return torch.stack([decay, damping], dim=-1)
