"""A network that imitates a room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.octave_levels import measured_levels_db
from automix_bench.effects.neural_reverb import DECAYED_DB, RATE
from automix_bench.effects.reverb import Reverb
from automix_bench.example import Example
from automix_bench.sampling import Seed
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["NeuralReverb"]

ROOMS = 3
"""How many rooms an example stands for."""
_LONGEST_SECONDS = 11.0

Settings = tuple[float, float]
"""The decay in s, the damping in Hz."""


@dataclass(frozen=True)
class NeuralReverb:
    """A network that says the levels of a room's tail from its knobs. Its weights are those of the
    effect `neural_reverb`, after C. J. Steinmetz, V. K. Ithapu and P. Calamia, WASPAA 2021.

    Only the ids of the examples are used, not their sound: a room depends on its knobs alone. Each
    stands for three rooms of the effect `Reverb`, whose decay and damping are drawn evenly in their
    logarithm from the whole ranges of the knobs. The loss is the mean difference in level over
    octaves and times, in dB; what lies more than 70 dB below the loudest counts as that.
    """

    name: ClassVar[str] = "neural_reverb"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = (
        "It knows the levels of one reverberator in octaves, and no echoes: the first 50 ms of the "
        "real one are single reflections, here they are noise."
    )

    schedule: Schedule = Schedule(steps=2_000, batch=24, learning_rate=4e-3, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.reverb_levels import ReverbLevels

        return ReverbLevels()

    def prepared(self, example: Example) -> Arrays:
        rng = (Seed(0) / "rooms" / example.id).rng()
        settings = [drawn(rng) for _ in range(ROOMS)]
        return {
            "settings": np.array(settings),
            "levels_db": np.stack([room_levels_db(one) for one in settings]).astype(np.float32),
        }

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        return _batch(examples)

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        import torch

        levels = batch["levels_db"]
        least = levels.amax(dim=(1, 2), keepdim=True) - DECAYED_DB
        said = torch.maximum(network(batch["knobs"]), least)
        return (said - torch.maximum(levels, least)).abs().mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        return float(self.loss(network, _batch([example])).detach())


def drawn(rng: np.random.Generator) -> Settings:
    """Settings drawn from the whole ranges of the knobs."""
    decay, damping = (Reverb.knobs()[name] for name in ("rt60_seconds", "damping_hz"))
    return (
        float(np.exp(rng.uniform(np.log(decay.low), np.log(decay.high)))),
        float(np.exp(rng.uniform(np.log(damping.low), np.log(damping.high)))),
    )


def room_levels_db(settings: Settings) -> np.ndarray:
    """The levels of the real room's tail, the mean over the paths from one side: `(octaves,
    times)`, in dB per tap at 44.1 kHz."""
    rt60_seconds, damping_hz = settings
    seconds = min(_LONGEST_SECONDS, 0.2 + 1.3 * rt60_seconds)
    impulse = np.zeros((2, round(seconds * RATE)), np.float32)
    impulse[0, 0] = 1.0
    tail = Reverb(rt60_seconds, 0.0, damping_hz, 1.0)(Audio(impulse, RATE))
    return measured_levels_db(tail.samples.astype(np.float64), RATE)


def _batch(examples: Sequence[Arrays]) -> dict[str, Tensor]:
    import torch

    from automix_bench.networks.reverb_levels import turned

    settings = torch.from_numpy(np.concatenate([one["settings"] for one in examples])).float()
    levels = torch.from_numpy(np.concatenate([one["levels_db"] for one in examples]))
    return {"knobs": turned(*settings.unbind(dim=1)), "levels_db": levels}
