"""From the mel spectrum of a mix to the loudness of its sources."""

from __future__ import annotations

from itertools import pairwise

from jaxtyping import Float

from automix_bench.errors import MissingPart

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["BalanceNetwork", "log_mels"]

CHANNELS, KERNEL, LAYERS, DROPOUT = 128, 5, 4, 0.1
LOWEST_DB, RANGE_DB = -100.0, 80.0


class BalanceNetwork(nn.Module):
    """Convolutions over time, then the mean and the largest of what they found.

    Args:
        usual_lu: the level of each source that an untrained network says.
        bands: of the mel spectrum.
    """

    usual: Tensor

    def __init__(self, usual_lu: tuple[float, ...], bands: int) -> None:
        super().__init__()
        widths = [2 * bands, *[CHANNELS] * LAYERS]
        layers: list[nn.Module] = []
        for number, (before, after) in enumerate(pairwise(widths)):
            stride = 2 if number else 1
            layers += [
                nn.Conv1d(before, after, KERNEL, stride, KERNEL // 2),
                nn.GroupNorm(8, after),
                nn.GELU(),
            ]
        self.convolutions = nn.Sequential(*layers)
        last = nn.Linear(CHANNELS, len(usual_lu))
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.head = nn.Sequential(
            nn.Linear(2 * CHANNELS, CHANNELS), nn.GELU(), nn.Dropout(DROPOUT), last
        )
        self.register_buffer("usual", torch.tensor(usual_lu))

    def forward(
        self, mels: Float[Tensor, "batch 2 frames bands"]
    ) -> Float[Tensor, "batch sources"]:
        """The loudness of each source relative to the mix, in LU.

        Args:
            mels: `log_mels` of the middle and the side.
        """
        batch, _, frames, bands = mels.shape
        rows = mels.permute(0, 1, 3, 2).reshape(batch, 2 * bands, frames)
        over_time = self.convolutions(rows)
        pooled = torch.cat([over_time.mean(dim=-1), over_time.amax(dim=-1)], dim=-1)
        levels: Tensor = self.usual + 10.0 * self.head(pooled)
        return levels


def log_mels(powers: Float[Tensor, "*batch frames bands"]) -> Float[Tensor, "*batch frames bands"]:
    """Powers in bands, in decibels, scaled to about -1 to 1."""
    db = 10.0 * torch.log10(powers + 10.0 ** (LOWEST_DB / 10.0))
    return (db - LOWEST_DB) / (RANGE_DB / 2.0) - 1.0
