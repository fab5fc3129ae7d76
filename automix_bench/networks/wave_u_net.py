"""From the tracks of a drum kit to its stereo mix, wave to wave.

After M. A. Martinez Ramirez, D. Stoller and D. Moffat, "A deep learning approach to intelligent
drum mixing with the Wave-U-Net", JAES 69 (3), 2021: convolutions on ever lower rates and back up,
with the sound of each rate passed across. Theirs has ten levels, each of which halves the rate and
has 24 filters more. This one has four that quarter it, and says what is to be added to one fixed
sum of the tracks.
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

__all__ = ["WaveUNet"]

CHANNELS = (16, 32, 64, 96)
BOTTOM = 128
DOWN, UP = 15, 5
"""The taps of the convolutions on the way down and up."""
STEP = 4
"""By how much each level lowers the rate."""


class WaveUNet(nn.Module):
    """Tracks in, a mix out. Untrained, the mix is the sum of the tracks.

    Args:
        tracks: how many; one that is missing is silent.
    """

    def __init__(self, tracks: int) -> None:
        super().__init__()
        rows = (tracks, *CHANNELS)
        self.sum = nn.Conv1d(tracks, 2, 1, bias=False)
        nn.init.ones_(self.sum.weight)
        self.down = nn.ModuleList(
            [_Down(low, high) for low, high in zip(rows, CHANNELS, strict=False)]
        )
        self.bottom = nn.Conv1d(CHANNELS[-1], BOTTOM, UP, padding=UP // 2)
        self.whole = nn.Sequential(nn.Linear(BOTTOM, BOTTOM), nn.GELU(), nn.Linear(BOTTOM, BOTTOM))
        below = (*CHANNELS[1:], BOTTOM)
        self.up = nn.ModuleList(
            [_Up(low, own) for low, own in zip(below[::-1], CHANNELS[::-1], strict=True)]
        )
        self.last = nn.Conv1d(CHANNELS[0] + tracks, 2, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(
        self, tracks: Float[Tensor, "batch tracks samples"]
    ) -> Float[Tensor, "batch 2 samples"]:
        """The mix, at the rate of the tracks."""
        return self.summed(tracks) + self.added(tracks)

    def summed(
        self, tracks: Float[Tensor, "batch tracks samples"]
    ) -> Float[Tensor, "batch 2 samples"]:
        """One and the same weighted sum for every song."""
        mix: Tensor = self.sum(tracks)
        return mix

    def added(
        self, tracks: Float[Tensor, "batch tracks samples"]
    ) -> Float[Tensor, "batch 2 samples"]:
        """What the convolutions add to it."""
        length = tracks.shape[-1]
        whole = -(-length // STEP ** len(CHANNELS)) * STEP ** len(CHANNELS)
        padded = functional.pad(tracks, (0, whole - length))
        hidden, across = padded, []
        for down in self.down:
            hidden, wide = down(hidden)
            across.append(wide)
        hidden = functional.gelu(self.bottom(hidden))
        # The whole excerpt, heard at once: what is loud, what is bright, what is missing.
        hidden = hidden + self.whole(hidden.mean(dim=-1)).unsqueeze(-1)
        for up, wide in zip(self.up, reversed(across), strict=True):
            hidden = up(hidden, wide)
        mix: Tensor = self.last(torch.cat([hidden, padded], dim=1))
        return mix[..., :length]


class _Down(nn.Module):
    def __init__(self, rows: int, channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(rows, channels, DOWN, padding=DOWN // 2)
        self.lower = nn.Conv1d(channels, channels, 2 * STEP, STEP, padding=STEP // 2)

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        wide = functional.leaky_relu(self.convolution(rows), 0.2)
        return functional.leaky_relu(self.lower(wide), 0.2), wide


class _Up(nn.Module):
    def __init__(self, low: int, channels: int) -> None:
        super().__init__()
        self.narrow = nn.Conv1d(low, channels, 1)
        self.convolution = nn.Conv1d(2 * channels, channels, UP, padding=UP // 2)

    def forward(self, rows: Tensor, wide: Tensor) -> Tensor:
        higher = functional.interpolate(
            self.narrow(rows), scale_factor=float(STEP), mode="linear", align_corners=False
        )
        return functional.leaky_relu(self.convolution(torch.cat([higher, wide], dim=1)), 0.2)
