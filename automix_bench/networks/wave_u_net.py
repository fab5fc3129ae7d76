"""A small Wave-U-Net: from tracks to a stereo mix, sample by sample.

After D. Stoller, S. Ewert and S. Dixon, "Wave-U-Net: a multi-scale neural network for end-to-end
audio source separation", ISMIR 2018, as it mixes drums in M. A. Martinez Ramirez, D. Stoller and
D. Moffat, "A deep learning approach to intelligent drum mixing with the Wave-U-Net", JAES 69 (3),
2021. Theirs has ten levels or more; this one has five, and no normalisation, so that a long song
can be mixed in pieces.
"""

from __future__ import annotations

from jaxtyping import Float

from automix_bench.errors import MissingPart

try:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["MARGIN", "WaveUNet"]

LEVELS, WIDTH, DOWN, UP, LEAK = 5, 8, 15, 5, 0.2
MARGIN = 2_048
"""How many samples to each side may decide about one."""


class WaveUNet(nn.Module):
    """Untrained, it is the sum of the tracks in both channels.

    Args:
        tracks: how many come in.
    """

    def __init__(self, tracks: int) -> None:
        super().__init__()
        widths = [WIDTH * (level + 1) for level in range(LEVELS + 1)]
        before = [tracks, *widths[:-1]]
        self.down = nn.ModuleList(
            [
                nn.Conv1d(one, other, DOWN, padding=DOWN // 2)
                for one, other in zip(before, widths, strict=True)
            ]
        )
        self.up = nn.ModuleList(
            [
                nn.Conv1d(widths[level + 1] + widths[level], widths[level], UP, padding=UP // 2)
                for level in reversed(range(LEVELS))
            ]
        )
        self.out = nn.Conv1d(WIDTH, 2, 1)
        self.gains = nn.Parameter(torch.ones(2, tracks))
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(
        self, tracks: Float[Tensor, "batch tracks samples"]
    ) -> Float[Tensor, "batch 2 samples"]:
        """The mix of tracks at one loudness."""
        length = tracks.shape[-1]
        rows = functional.pad(tracks, (0, -length % 2**LEVELS))
        kept: list[Tensor] = []
        for layer in list(self.down)[:-1]:
            rows = functional.leaky_relu(layer(rows), LEAK)
            kept.append(rows)
            rows = rows[:, :, ::2]
        rows = functional.leaky_relu(self.down[-1](rows), LEAK)
        for layer, beside in zip(self.up, reversed(kept), strict=True):
            rows = functional.interpolate(rows, scale_factor=2.0, mode="linear")
            rows = functional.leaky_relu(layer(torch.cat([rows, beside], dim=1)), LEAK)
        bent: Tensor = self.out(rows)[:, :, :length]
        return bent + torch.einsum("ct,bts->bcs", self.gains, tracks)
