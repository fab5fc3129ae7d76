"""From what is heard of a set of tracks to the knobs of a mixing console.

After C. J. Steinmetz, J. Pons, S. Pascual and J. Serra, "Automatic multitrack mixing with a
differentiable mixing console of neural audio effects", ICASSP 2021: one encoder for all tracks, a
context that every track sees, and the settings of each track's strip. Here the context is
self-attention without positions, so the order of the tracks has no meaning, and the console is one
of effects with known equations (`networks/console.py`).
"""

from __future__ import annotations

from jaxtyping import Bool, Float, Int

from automix_bench.errors import MissingPart
from automix_bench.networks.console import BUS_KNOBS, STRIP_KNOBS

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["MixingConsoleNetwork"]

WIDTH, HIDDEN, HEADS, LAYERS, DROPOUT = 96, 160, 4, 2, 0.1


class MixingConsoleNetwork(nn.Module):
    """Features of tracks in, raw numbers of knobs out; see `networks.console.settings`.

    The last layers start at zero: an untrained network leaves every knob at its start.

    Args:
        features: of a track.
        roles: how many roles a track can have; 0 if the network is not told them. Role 0 is
            unknown.
        moved: the names of the knobs that it may turn; the others stay at their start. None: all.
        reference: features of a reference mix; 0 if there is none. The reference is one more place
            in the context, as in S. Vanka et al., "Diff-MST: differentiable mixing style transfer",
            ISMIR 2024.
    """

    free_strip: Tensor
    free_bus: Tensor

    def __init__(
        self,
        features: int,
        roles: int = 0,
        moved: frozenset[str] | None = None,
        reference: int = 0,
    ) -> None:
        super().__init__()
        self.encoder = _encoder(features)
        self.reference = _encoder(reference) if reference else None
        self.roles = nn.Embedding(roles, WIDTH) if roles else None
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, 2 * WIDTH, DROPOUT, "gelu", batch_first=True, norm_first=True
        )
        self.context = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.strip = _head(len(STRIP_KNOBS))
        self.bus = _head(len(BUS_KNOBS))
        for name, knobs in (("free_strip", STRIP_KNOBS), ("free_bus", BUS_KNOBS)):
            free = [float(moved is None or knob.name in moved) for knob in knobs]
            self.register_buffer(name, torch.tensor(free))

    def forward(
        self,
        features: Float[Tensor, "batch tracks features"],
        there: Bool[Tensor, "batch tracks"],
        roles: Int[Tensor, "batch tracks"] | None = None,
        reference: Float[Tensor, "batch reference_features"] | None = None,
    ) -> tuple[Float[Tensor, "batch tracks strip_knobs"], Float[Tensor, "batch bus_knobs"]]:
        """Raw numbers for the knobs of every strip and of the bus.

        Args:
            there: whether it is a track; False where a batch has fewer tracks. Every mix has one.
            roles: by number.
        """
        tracks = self.encoder(features)
        if self.roles is not None and roles is not None:
            tracks = tracks + self.roles(roles)
        if self.reference is not None and reference is not None:
            tracks = torch.cat([self.reference(reference).unsqueeze(1), tracks], dim=1)
            there = torch.cat([torch.ones_like(there[:, :1]), there], dim=1)
            tracks = self.context(tracks, src_key_padding_mask=~there)[:, 1:]
            there = there[:, 1:]
        else:
            tracks = self.context(tracks, src_key_padding_mask=~there)
        weights = there.unsqueeze(-1).to(tracks)
        mean = (tracks * weights).sum(dim=1) / weights.sum(dim=1)
        return self.strip(tracks) * self.free_strip, self.bus(mean) * self.free_bus


def _encoder(features: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(features, HIDDEN),
        nn.LayerNorm(HIDDEN),
        nn.GELU(),
        nn.Dropout(DROPOUT),
        nn.Linear(HIDDEN, WIDTH),
    )


def _head(knobs: int) -> nn.Sequential:
    last = nn.Linear(64, knobs)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(nn.Linear(WIDTH, 64), nn.GELU(), last)
