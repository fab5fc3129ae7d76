"""From how levels move to the settings of the compressor that moved them."""

from __future__ import annotations

from itertools import pairwise

from jaxtyping import Float

from automix_bench.errors import MissingPart

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["DrcSettingsNetwork"]

WIDTHS, KERNELS, HIDDEN, DROPOUT = (48, 64, 96, 96), (9, 7, 5, 5), 128, 0.1


class DrcSettingsNetwork(nn.Module):
    """Convolutions over time; then the mean, the least and the largest of what they found.

    Args:
        channels: of the input.
        settings: how many numbers come out.
    """

    def __init__(self, channels: int, settings: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for (before, after), kernel in zip(pairwise((channels, *WIDTHS)), KERNELS, strict=True):
            layers += [
                nn.Conv1d(before, after, kernel, 2, kernel // 2),
                nn.GroupNorm(8, after),
                nn.GELU(),
            ]
        self.convolutions = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Linear(3 * WIDTHS[-1] + channels, HIDDEN),
            nn.GELU(),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, settings),
        )

    def forward(
        self, levels: Float[Tensor, "batch channels steps"]
    ) -> Float[Tensor, "batch settings"]:
        """Each setting as a share of its range, from 0 to 1.

        Args:
            levels: of `model_parts.level_frames`.
        """
        found = self.convolutions(levels)
        pooled = [found.mean(dim=-1), found.amin(dim=-1), found.amax(dim=-1)]
        # Groups are normalised, so the highest level itself is told beside what was found.
        shares: Tensor = torch.sigmoid(self.head(torch.cat([*pooled, levels.amax(dim=-1)], dim=-1)))
        return shares
