"""From the spectrum of a mix to the share of each source in it.

A mask estimator small enough for a CPU: dilated convolutions over time, as in Y. Luo and N.
Mesgarani, "Conv-TasNet", IEEE/ACM TASLP 27 (8), 2019, on the powers of bands in place of a learned
transform, so that a second of sound is 86 steps.
"""

from __future__ import annotations

from jaxtyping import Float

from automix_bench.errors import MissingPart

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["SmallSeparatorNetwork", "log_levels"]

CHANNELS, KERNEL, DROPOUT = 160, 3, 0.1
DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8)
LOWEST_DB, RANGE_DB = -100.0, 60.0


class SmallSeparatorNetwork(nn.Module):
    """Masks that sum to 1. A step hears 0.7 s to each side."""

    def __init__(self, bands: int, sources: int) -> None:
        super().__init__()
        self.sources = sources
        self.first = nn.Conv1d(2 * bands, CHANNELS, 1)
        self.blocks = nn.ModuleList([_Block(dilation) for dilation in DILATIONS])
        self.last = nn.Conv1d(CHANNELS, sources * bands, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(
        self, levels: Float[Tensor, "batch 2 frames bands"]
    ) -> Float[Tensor, "batch sources frames bands"]:
        """The share of each source in each cell; untrained, all alike. `levels` as `log_levels`."""
        batch, _, frames, bands = levels.shape
        rows = self.first(levels.permute(0, 1, 3, 2).reshape(batch, 2 * bands, frames))
        for block in self.blocks:
            rows = block(rows)
        logits = self.last(rows).view(batch, self.sources, bands, frames)
        masks: Tensor = torch.softmax(logits, dim=1).transpose(2, 3)
        return masks


class _Block(nn.Module):
    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.GroupNorm(8, CHANNELS),
            nn.Conv1d(CHANNELS, CHANNELS, KERNEL, padding=dilation, dilation=dilation),
            nn.GELU(),
            nn.Dropout(DROPOUT),
            nn.Conv1d(CHANNELS, CHANNELS, 1),
        )

    def forward(self, rows: Tensor) -> Tensor:
        out: Tensor = rows + self.inner(rows)
        return out


def log_levels(powers: Tensor) -> Tensor:
    """Powers as the network hears them: levels in dB, about -1 to 1."""
    levels_db = 10.0 * torch.log10(powers + 10.0 ** (LOWEST_DB / 10.0))
    return (levels_db - LOWEST_DB) / RANGE_DB - 0.5
