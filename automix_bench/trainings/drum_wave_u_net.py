"""A network that mixes the tracks of a drum kit, wave to wave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from automix_bench.dsp.resampled import resampled
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.model_parts.drum_slots import RATE, SLOTS, in_slots
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["DrumWaveUNet"]


@dataclass(frozen=True)
class DrumWaveUNet:
    """The Wave-U-Net for drums of Martinez Ramirez, Stoller and Moffat (JAES 69 (3), 2021), small
    enough for a CPU, on data of the recipe `drum_mix`.

    The tracks are shown as the task `drum_mixing` shows them, each after a random strip. The loss
    is the metric `audible_distance`, on stretches drawn at random; there it was the mean difference
    of samples.

    Attributes:
        seconds: of an example that a step shows.
    """

    name: ClassVar[str] = "drum_wave_u_net"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = (
        "It was trained for minutes where the paper's was trained on a GPU, on composed drums that "
        "one program mixed, played by a SoundFont. It wants to know which track is which, and adds "
        "nothing above 22 kHz."
    )

    seconds: float = 1.5
    schedule: Schedule = Schedule(steps=1_000, batch=5, learning_rate=2e-3, validate_every=125)

    def network(self) -> nn.Module:
        from automix_bench.networks.wave_u_net import WaveUNet

        return WaveUNet(len(SLOTS))

    def left_out(self, example: Example) -> str:
        return "" if example.before.mix_kind == "released" else "its mix is a plain sum"

    def prepared(self, example: Example) -> Arrays:
        mix = example.before.mix
        if mix.channels != 2:
            raise Rejected(example.id, f"wanted a stereo mix, got {mix.channels} channels")
        slots = in_slots(example.after.stems)
        wanted = resampled(mix, RATE).samples
        length = min(slots.shape[1], wanted.shape[1])
        return {
            "slots": slots[:, :length].astype(np.float16),
            "mix": wanted[:, :length].astype(np.float16),
        }

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        length = min(round(self.seconds * RATE), *(one["mix"].shape[1] for one in examples))
        starts = [_loud_start(one["mix"], length, rng) for one in examples]
        return _batch(
            [
                (one["slots"][:, start : start + length], one["mix"][:, start : start + length])
                for one, start in zip(examples, starts, strict=True)
            ]
        )

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return distances(network, batch).mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        return float(distances(network, _batch([(example["slots"], example["mix"])])).detach())


def distances(network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    """The `audible_distance` of the network's mix from the wanted one, for every example, in dB."""
    measured: Tensor = _distance()(network(batch["slots"]), batch["mix"])
    return measured


def _loud_start(mix: np.ndarray, length: int, rng: np.random.Generator) -> int:
    """Of three places drawn at random, the one where most is played."""
    starts = rng.integers(mix.shape[1] - length + 1, size=3)
    powers = [
        float(np.square(mix[:, start : start + length : 16].astype(np.float32)).sum())
        for start in starts
    ]
    return int(starts[int(np.argmax(powers))])


def _batch(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> dict[str, Tensor]:
    import torch

    slots, mixes = (np.stack(rows).astype(np.float32) for rows in zip(*pairs, strict=True))
    return {"slots": torch.from_numpy(slots), "mix": torch.from_numpy(mixes)}


@lru_cache(maxsize=1)
def _distance() -> Any:
    from automix_bench.networks.audible_distance import AudibleDistance

    return AudibleDistance(RATE)
