"""A network that mixes the microphones of a drum kit, sample by sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.model_parts.drum_slots import SLOTS, in_slots
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["DrumWaveUNet"]


@dataclass(frozen=True)
class DrumWaveUNet:
    """Drum mixing by a Wave-U-Net, after Martinez Ramirez, Stoller and Moffat (JAES 69 (3), 2021),
    for the task `drum_mixing` and data of the recipe `drum_mix`.

    The network is told which microphone is which, by the names of the tracks. The loss is
    `audible_distance`, that of a crop.

    Attributes:
        crop: the length of what a step shows of an example, in samples.
    """

    name: ClassVar[str] = "drum_wave_u_net"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = (
        "It was trained for minutes on one core, where networks of its kind are trained for days. "
        "It heard the drums of composed songs that one program mixed, played by a SoundFont. It "
        "has to be told which microphone is which. Nothing in its mix can be read or turned."
    )

    crop: int = 32_768
    schedule: Schedule = Schedule(steps=600, batch=4, learning_rate=2e-3, validate_every=100)

    def network(self) -> nn.Module:
        from automix_bench.networks.wave_u_net import WaveUNet

        return WaveUNet(len(SLOTS))

    def left_out(self, example: Example) -> str:
        return "" if example.before.mix_kind == "released" else "its mix is a plain sum"

    def prepared(self, example: Example) -> Arrays:
        tracks, known = in_slots(example.after.stems)
        mix = example.before.mix
        if not known or mix.channels != 2:
            raise Rejected(example.id, "no track is loud enough, or the mix is not stereo")
        return {
            "tracks": tracks.astype(np.float16),
            "mix": mix.samples.astype(np.float16),
            "rate": np.array(mix.rate, np.int64),
        }

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        length = min(self.crop, *(one["mix"].shape[1] for one in examples))
        starts = [int(rng.integers(one["mix"].shape[1] - length + 1)) for one in examples]
        return _batch(examples, starts, length)

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return _distances(network, batch).mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        batch = _batch([example], [0], example["mix"].shape[1])
        return float(_distances(network, batch).detach())


def _batch(examples: Sequence[Arrays], starts: Sequence[int], length: int) -> dict[str, Tensor]:
    import torch

    rates = {int(one["rate"]) for one in examples}
    if len(rates) > 1:
        raise ValueError(f"a batch wants sounds of one rate, got {sorted(rates)} Hz")
    rows = {
        name: np.stack(
            [
                one[name][:, start : start + length].astype(np.float32)
                for one, start in zip(examples, starts, strict=True)
            ]
        )
        for name in ("tracks", "mix")
    }
    tensors = {name: torch.from_numpy(stacked) for name, stacked in rows.items()}
    return {**tensors, "rate": torch.tensor(rates.pop())}


def _distances(network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    distances: Tensor = _distance(int(batch["rate"]))(network(batch["tracks"]), batch["mix"])
    return distances


@lru_cache(maxsize=4)
def _distance(rate: int) -> Any:
    from automix_bench.networks.audible_distance import AudibleDistance

    return AudibleDistance(rate)
