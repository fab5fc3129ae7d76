"""A network that sets a mixing console for the tracks of a drum kit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.example import Example
from automix_bench.model_parts.roles import ROLES
from automix_bench.model_parts.track_features import FEATURES
from automix_bench.training.mix_frames import console_distances, mix_batch, prepared_mix
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["DrumConsole"]


@dataclass(frozen=True)
class DrumConsole:
    """The mixing console of Steinmetz et al. (ICASSP 2021) for drum kits, on data of the recipe
    `drum_mix`: beside the Wave-U-Net that was made for this task.

    The tracks are shown as the task `drum_mixing` shows them, each after a random strip, with the
    role that the first word of its name tells.

    Attributes:
        frames: how many frames of an example a step draws.
        hidden: the share of roles that are hidden, at random, from the network.
    """

    name: ClassVar[str] = "drum_console"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = (
        "It was trained on composed drums that one program mixed, played by a SoundFont. It knows "
        "the habits of that engineer, whose mixes leave out the overheads."
    )

    frames: int = 8
    hidden: float = 0.1
    schedule: Schedule = Schedule(steps=3_000, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.mixing_console import MixingConsoleNetwork

        return MixingConsoleNetwork(FEATURES, len(ROLES))

    def left_out(self, example: Example) -> str:
        return "" if example.before.mix_kind == "released" else "its mix is a plain sum"

    def prepared(self, example: Example) -> Arrays:
        return prepared_mix(example.id, example.after.stems, example.before.mix)

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        import torch

        batch = mix_batch(examples, rng, self.frames)
        hidden = rng.random(tuple(batch["roles"].shape)) < self.hidden
        return {**batch, "roles": batch["roles"] * torch.from_numpy(~hidden)}

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return console_distances(network, batch).mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        return float(console_distances(network, mix_batch([example], None, 0)).detach())
