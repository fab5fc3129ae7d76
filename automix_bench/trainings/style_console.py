"""A mixing console whose knobs a network sets after a reference mix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.example import Example
from automix_bench.model_parts.learned_console import gain_to_track_db
from automix_bench.model_parts.style_features import (
    STYLE_FEATURES,
    TRACK_FEATURES,
    mirrored,
    style_features,
)
from automix_bench.task_parts.sections import section
from automix_bench.training.mix_frames import console_distances, mix_batch, prepared_mix
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["StyleConsole"]

KEPT = 16
"""How many frames of each half of an example are kept."""
SOUNDS = ("dry", "wet", "mix")
HALVES = ("first", "second")


@dataclass(frozen=True)
class StyleConsole:
    """Style transfer by a mixing console, after Diff-MST (Vanka et al., ISMIR 2024), for the task
    `style_transfer` and data of the recipe `style_pairs`.

    The network hears the tracks of one half of an excerpt, their plain sum, and the mix of the
    other half by another console. It sets a console that mixes the one half like the other. Both
    halves are used, and both with left and right changed. It is trained as `mixing_console` is.

    Attributes:
        frames: how many frames of an example a step draws.
    """

    name: ClassVar[str] = "style_console"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = (
        "It was trained on composed songs without voices, mixed by random consoles. The reference "
        "was always another section of the same song; with a mix of another song it was not tried."
    )

    frames: int = 8
    schedule: Schedule = Schedule(steps=2_000, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.mixing_console import MixingConsoleNetwork

        return MixingConsoleNetwork(TRACK_FEATURES, reference=STYLE_FEATURES)

    def prepared(self, example: Example) -> Arrays:
        songs = [section(example.before, number, 2) for number in (0, 1)]
        mixes = [example.console(song).mix for song in songs]
        arrays: dict[str, np.ndarray] = {}
        for half, song, mix, other in zip(HALVES, songs, mixes, mixes[::-1], strict=True):
            stems = {name: song.stems[name] for name in sorted(song.stems)}
            audible = {
                name: stem for name, stem in stems.items() if gain_to_track_db(stem) is not None
            }
            one = {**prepared_mix(example.id, stems, mix, KEPT)}
            one["features"], one["reference"] = style_features(audible, other)
            arrays |= {f"{half}_{name}": array for name, array in one.items()}
        return arrays

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        return _batch([_augmented(one, rng) for one in examples], rng, self.frames)

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return console_distances(network, batch).mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        batch = _batch([_half(example, "second")], None, 0)
        return float(console_distances(network, batch).detach())


def _half(example: Arrays, half: str) -> dict[str, np.ndarray]:
    """One half of an example, to be mixed like the other."""
    start = f"{half}_"
    return {
        name.removeprefix(start): array for name, array in example.items() if name.startswith(start)
    }


def _augmented(example: Arrays, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A half at random, left and right changed at random."""
    one = _half(example, HALVES[int(rng.integers(2))])
    if rng.random() < 0.5:
        one["features"], one["reference"] = mirrored(one["features"], one["reference"])
        one |= {name: np.flip(one[name], axis=one[name].ndim - 4) for name in SOUNDS}
    return one


def _batch(
    examples: Sequence[Arrays], rng: np.random.Generator | None, frames: int
) -> Mapping[str, Tensor]:
    import torch

    references = np.stack([one["reference"] for one in examples])
    return {**mix_batch(examples, rng, frames), "reference": torch.from_numpy(references)}
