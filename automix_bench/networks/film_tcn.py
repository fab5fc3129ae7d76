"""A temporal convolutional network whose channels are turned by knobs.

After C. J. Steinmetz and J. D. Reiss, "Efficient neural networks for real-time modeling of analog
dynamic range compression", AES Convention 152, 2022: dilated causal convolutions, and after each of
them a gain and an offset for each channel that the knobs decide (FiLM, Perez et al., AAAI 2018).
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float

from automix_bench.errors import MissingPart

try:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["FilmTcn"]


class FilmTcn(nn.Module):
    """Rows of numbers over time and some knobs in, rows over time out. A value depends on the
    present and the past only: on `past` steps before it. Untrained, all values are 0.

    Args:
        inputs, outputs: how many rows.
        knobs: how many.
        channels: of every convolution.
        kernel: the taps of every convolution.
        dilations: of the convolutions, one after the other.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        knobs: int,
        channels: int,
        kernel: int,
        dilations: Sequence[int],
    ) -> None:
        super().__init__()
        self.past = (kernel - 1) * sum(dilations)
        self.knobs = nn.Sequential(
            nn.Linear(knobs, 32), nn.GELU(), nn.Linear(32, 2 * channels * len(dilations))
        )
        self.first = nn.Conv1d(inputs, channels, 1)
        self.blocks = nn.ModuleList([_Block(channels, kernel, one) for one in dilations])
        self.last = nn.Conv1d(channels, outputs, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(
        self, rows: Float[Tensor, "batch inputs steps"], knobs: Float[Tensor, "batch knobs"]
    ) -> Float[Tensor, "batch outputs steps"]:
        """The rows that come out; before the first step lie zeros."""
        turned = self.knobs(knobs).view(len(knobs), len(self.blocks), 2, -1, 1)
        hidden = self.first(rows)
        for number, block in enumerate(self.blocks):
            hidden = block(hidden, turned[:, number, 0], turned[:, number, 1])
        out: Tensor = self.last(hidden)
        return out


class _Block(nn.Module):
    """A dilated convolution, turned by the knobs, added to what came in."""

    def __init__(self, channels: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.past = (kernel - 1) * dilation
        self.convolution = nn.Conv1d(channels, channels, kernel, dilation=dilation)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, rows: Tensor, gains: Tensor, offsets: Tensor) -> Tensor:
        hidden = self.convolution(functional.pad(rows, (self.past, 0)))
        out: Tensor = rows + self.mix(torch.tanh(hidden * (1.0 + gains) + offsets))
        return out
