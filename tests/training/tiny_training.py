"""A training for tests: one gain in dB per stem, from before the console to after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["StemGains"]


@dataclass(frozen=True)
class StemGains:
    """One gain in dB for each stem, learnt from the powers of stems before and after a console.

    Attributes:
        bins: the number of stretches of an example.
        dropout: the share of powers that is dropped.
        dead: whether the network has a parameter that nothing uses.
        explode_at: the largest weight above which the loss is NaN; 0 for never.
        reject: the song whose examples are rejected; empty for none.
    """

    name: ClassVar[str] = "stem_gains"
    version: ClassVar[int] = 1
    limits: ClassVar[str] = "It is a test: it knows no song."
    prepared_from: ClassVar[tuple[str, ...]] = ("bins", "reject")

    bins: int = 8
    dropout: float = 0.0
    dead: bool = False
    explode_at: float = 0.0
    reject: str = ""
    schedule: Schedule = Schedule(
        steps=40, batch=4, learning_rate=0.05, warm_up=4, validate_every=10
    )

    def network(self) -> nn.Module:
        import torch
        from torch import nn

        network = nn.Sequential(
            nn.Linear(2, 8), nn.Tanh(), nn.Dropout(self.dropout), nn.Linear(8, 2)
        )
        if self.dead:
            network.register_parameter("unused", nn.Parameter(torch.zeros(3)))
        return network

    def prepared(self, example: Example) -> Arrays:
        if example.song == self.reject:
            raise Rejected(example.id, "its song is not wanted")
        names = sorted(example.before.stems)[:2]
        powers = [
            [self._powers(song.stems[name].samples) for name in names]
            for song in (example.before, example.after)
        ]
        return {"powers_db": np.float32(powers), "stems": np.int64(len(names))}

    def _powers(self, samples: np.ndarray) -> np.ndarray:
        parts = np.array_split(samples.astype(np.float64), self.bins, axis=1)
        return 10.0 * np.log10([np.mean(part**2) + 1e-6 for part in parts])

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        import torch

        chosen = [one["powers_db"][:, :, int(rng.integers(self.bins))] for one in examples]
        before, after = np.stack(chosen, axis=1)
        return {"before": torch.from_numpy(before), "after": torch.from_numpy(after)}

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        moved = batch["before"] + 20.0 * network(batch["before"] / 40.0)
        loss = (moved - batch["after"]).abs().mean()
        largest = float(network[0].weight.detach().abs().max())
        return loss * float("nan") if 0.0 < self.explode_at < largest else loss

    def validation(self, network: nn.Module, example: Arrays) -> float:
        import torch

        before, after = torch.from_numpy(example["powers_db"].copy()).transpose(1, 2)
        return float((before + 20.0 * network(before / 40.0) - after).abs().mean())
