"""The network that imitates a compressor: levels of frames and knobs in, gain reduction out."""

from __future__ import annotations

from typing import Any

from jaxtyping import Float

from automix_bench.errors import MissingPart
from automix_bench.networks.film_tcn import FilmTcn

try:
    from torch import Tensor
    from torch.nn import functional
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["SEEN", "compressor_tcn", "reduction_db"]

KNOBS, WIDTH, KERNEL, DILATIONS = 4, 24, 5, (1, 4, 16, 64, 256)
SEEN = (KERNEL - 1) * sum(DILATIONS)
"""How many frames before one decide about it."""
LOWEST_DB = -90.0
_SCALE_DB, _START = 10.0, -3.0


def compressor_tcn() -> FilmTcn:
    """The network, its weights drawn from torch's generator."""
    return FilmTcn(2, 1, KNOBS, WIDTH, KERNEL, DILATIONS)


def reduction_db(
    network: Any, levels_db: Float[Tensor, "batch 2 frames"], shares: Float[Tensor, "batch knobs"]
) -> Float[Tensor, "batch frames"]:
    """The gain reduction of every frame; never negative.

    Args:
        levels_db: peak and RMS, not below -90; before the first frame there is silence.
        shares: the knobs as shares of their ranges.
    """
    raw = network((levels_db - LOWEST_DB) / 45.0, shares)[:, 0]
    reduction: Tensor = _SCALE_DB * functional.softplus(raw + _START)
    return reduction
