"""A causal temporal convolutional network whose blocks are conditioned on knobs.

After C. J. Steinmetz and J. D. Reiss, "Efficient neural networks for real-time modeling of analog
dynamic range compression", AES Convention 152, 2022: few blocks whose dilation grows quickly, each
with feature-wise linear modulation (FiLM; E. Perez et al., AAAI 2018) by the knobs of the effect.
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float

from automix_bench.errors import MissingPart

try:
    from torch import Tensor, nn
    from torch.nn import functional
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["FilmTcn"]

CONDITION = 32


class FilmTcn(nn.Module):
    """Signals and knobs in, signals out, as long as those that come in; nothing is heard ahead.

    The last layer starts at zero.

    Args:
        inputs, outputs: numbers of signals.
        knobs: how many there are.
        width: channels of a block.
        kernel: taps of a convolution.
        dilations: one for each block.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        knobs: int,
        width: int,
        kernel: int,
        dilations: Sequence[int],
    ) -> None:
        super().__init__()
        self.condition = nn.Sequential(
            nn.Linear(knobs, CONDITION), nn.GELU(), nn.Linear(CONDITION, CONDITION), nn.GELU()
        )
        self.first = nn.Conv1d(inputs, width, 1)
        self.blocks = nn.ModuleList([_Block(width, kernel, one) for one in dilations])
        self.last = nn.Conv1d(width, outputs, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(
        self, signals: Float[Tensor, "batch inputs steps"], knobs: Float[Tensor, "batch knobs"]
    ) -> Float[Tensor, "batch outputs steps"]:
        """`knobs`: as shares of their ranges, 0 to 1. A step depends on itself and on
        (kernel - 1) times the sum of the dilations before it."""
        condition = self.condition(2.0 * knobs - 1.0)
        rows = self.first(signals)
        for block in self.blocks:
            rows = block(rows, condition)
        out: Tensor = self.last(rows)
        return out


class _Block(nn.Module):
    def __init__(self, width: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.before = (kernel - 1) * dilation
        self.over_time = nn.Conv1d(width, width, kernel, dilation=dilation)
        self.film = nn.Linear(CONDITION, 2 * width)
        self.bend = nn.PReLU(width)
        self.mixed = nn.Conv1d(width, width, 1)

    def forward(self, rows: Tensor, condition: Tensor) -> Tensor:
        scale, shift = self.film(condition).unsqueeze(-1).chunk(2, dim=1)
        moved = self.over_time(functional.pad(rows, (self.before, 0)))
        passed: Tensor = rows + self.mixed(self.bend((1.0 + scale) * moved + shift))
        return passed
