"""From wave to wave: the network of `effects/neural_overdrive.py`."""

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

__all__ = ["OverdriveTcn", "turned"]

CHANNELS, KERNEL = 16, 3
DILATIONS = tuple(2**n for n in range(6))
_MIDDLE_DB, _HALF_DB = 20.0, 20.0
_MIDDLE_HZ, _FACTOR = 3_200.0, 6.3


class OverdriveTcn(nn.Module):
    """An overdrive at 44.1 kHz, without its coupling capacitor. A sample depends on the `past`
    samples before it. Silence stays silence."""

    def __init__(self) -> None:
        super().__init__()
        self.network = FilmTcn(2, 1, 3, CHANNELS, KERNEL, DILATIONS)
        self.past = self.network.past

    def forward(
        self, wave: Float[Tensor, "batch samples"], knobs: Float[Tensor, "batch 3"]
    ) -> Float[Tensor, "batch samples"]:
        """The wave that comes out; untrained, the one that goes in.

        Args:
            knobs: as `turned`.
        """
        drive = 10.0 ** ((knobs[:, :1] * _HALF_DB + _MIDDLE_DB) / 20.0)
        driven = torch.asinh(drive * wave) / torch.asinh(drive)
        rows = torch.stack([wave, driven], dim=1)
        rest = torch.zeros_like(rows[..., : self.past + 1])
        still = self.network(rest, knobs)[..., -1:]
        out: Tensor = wave + (self.network(rows, knobs) - still)[:, 0]
        return out


def turned(
    drive_db: Float[Tensor, " batch"], tone_hz: Float[Tensor, " batch"], bias: Tensor
) -> Float[Tensor, "batch 3"]:
    """Knobs as the network hears them, about -1 to 1."""
    drive = (drive_db - _MIDDLE_DB) / _HALF_DB
    tone = torch.log(tone_hz / _MIDDLE_HZ) / math.log(_FACTOR)
    return torch.stack([drive, tone, 2.0 * bias - 1.0], dim=-1)
