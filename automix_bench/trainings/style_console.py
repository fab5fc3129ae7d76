"""A mixing console whose knobs a network sets after a reference mix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.example import Example
from automix_bench.model_parts.console_knobs import REFERENCE_FEATURES, reference_features
from automix_bench.model_parts.roles import ROLES
from automix_bench.model_parts.track_features import FEATURES
from automix_bench.task_parts.sections import section
from automix_bench.training.mix_frames import console_distances, mix_batch, prepared_mix
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["StyleConsole"]


@dataclass(frozen=True)
class StyleConsole:
    """Style transfer by a mixing console, after Diff-MST (Vanka et al., ISMIR 2024), for the task
    `style_transfer` and data of the recipe `style_pairs`.

    The network hears the tracks of the second half of an excerpt, and the mix of the first half by
    another console. It sets a console that mixes the second half like the first. It is trained as
    `mixing_console` is.

    Attributes:
        roles: whether the network is told what a track is, by the name of its stem.
        frames: how many frames of an example a step draws.
    """

    name: ClassVar[str] = "style_console"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = (
        "It was trained on composed songs without voices, mixed by random consoles. The reference "
        "was always another section of the same song; with a mix of another song it was not tried."
    )

    roles: bool = False
    frames: int = 8
    schedule: Schedule = Schedule(steps=4_000, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.mixing_console import MixingConsoleNetwork

        roles = len(ROLES) if self.roles else 0
        return MixingConsoleNetwork(FEATURES, roles, reference=REFERENCE_FEATURES)

    def prepared(self, example: Example) -> Arrays:
        halves = [section(example.before, number, 2) for number in (0, 1)]
        reference, mix = (example.console(half).mix for half in halves)
        arrays = prepared_mix(example.id, halves[1].stems, mix)
        return {**arrays, "reference": reference_features(reference).astype(np.float32)}

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        return _with_references(mix_batch(examples, rng, self.frames), examples)

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return console_distances(network, batch).mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        batch = _with_references(mix_batch([example], None, 0), [example])
        return float(console_distances(network, batch).detach())


def _with_references(
    batch: Mapping[str, Tensor], examples: Sequence[Arrays]
) -> Mapping[str, Tensor]:
    import torch

    references = np.stack([one["reference"] for one in examples])
    return {**batch, "reference": torch.from_numpy(references)}
