"""A mixing console whose knobs a network sets."""

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

__all__ = ["MixingConsole"]

FEW_KNOBS = frozenset({"gain_db", "pan"})


@dataclass(frozen=True)
class MixingConsole:
    """The mixing console of Steinmetz et al. (ICASSP 2021), with the effects of this package.

    A step draws some frames of some examples, lets the network set the console, weighs and sums the
    tracks' spectra, and compares the sum with the released mix by the part of `audible_distance`
    that is heard in long windows.

    Attributes:
        roles: whether the network is told what a track is, by the name of its stem. Names are
            hidden at random in training, so that a network does without them too.
        few_knobs: whether only gain and pan are set, no equaliser, compressor or send.
        frames: how many frames of an example a step draws.
        wet: whether the tracks are shown as they leave the console of the data set, for the task
            `mixing`; else as they enter it, for `mixing_raw`.
    """

    name: ClassVar[str] = "mixing_console"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ("wet",)
    limits: ClassVar[str] = (
        "It was trained on composed songs that one program mixed, played by a SoundFont, without "
        "voices. It knows the habits of that engineer and has heard no other. The settings hold "
        "for a whole excerpt: nothing is automated."
    )

    roles: bool = False
    few_knobs: bool = False
    frames: int = 8
    wet: bool = False
    schedule: Schedule = Schedule(steps=4_000, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.mixing_console import MixingConsoleNetwork

        moved = FEW_KNOBS if self.few_knobs else None
        return MixingConsoleNetwork(FEATURES, len(ROLES) if self.roles else 0, moved)

    def left_out(self, example: Example) -> str:
        return "" if example.before.mix_kind == "released" else "its mix is a plain sum"

    def prepared(self, example: Example) -> Arrays:
        stems = (example.after if self.wet else example.before).stems
        return prepared_mix(example.id, stems, example.before.mix)

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        import torch

        batch = mix_batch(examples, rng, self.frames)
        hidden = rng.random(tuple(batch["roles"].shape)) < 0.3
        return {**batch, "roles": batch["roles"] * torch.from_numpy(~hidden)}

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return console_distances(network, batch).mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        return float(console_distances(network, mix_batch([example], None, 0)).detach())
