"""A mixing console for the microphones of a drum kit, whose knobs a network sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.example import Example
from automix_bench.model_parts.track_features import FEATURES
from automix_bench.training.mix_frames import console_distances, mix_batch, prepared_mix
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["DrumConsole"]


@dataclass(frozen=True)
class DrumConsole:
    """The network and the console of `mixing_console` for the task `drum_mixing`, on data of the
    recipe `drum_mix`: tracks that went through a random strip, the pair of overheads among them,
    are mixed as the engineer mixed the pieces. Names are not told.

    Attributes:
        frames: how many frames of an example a step draws.
    """

    name: ClassVar[str] = "drum_console"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = (
        "It was trained on the drums of composed songs that one program mixed, played by a "
        "SoundFont. Its overheads are the sum of the pieces, as no microphone hears them."
    )

    frames: int = 8
    schedule: Schedule = Schedule(steps=2_000, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.mixing_console import MixingConsoleNetwork

        return MixingConsoleNetwork(FEATURES)

    def left_out(self, example: Example) -> str:
        return "" if example.before.mix_kind == "released" else "its mix is a plain sum"

    def prepared(self, example: Example) -> Arrays:
        return prepared_mix(example.id, example.after.stems, example.before.mix)

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        return mix_batch(examples, rng, self.frames)

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return console_distances(network, batch).mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        return float(console_distances(network, mix_batch([example], None, 0)).detach())
