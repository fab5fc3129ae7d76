"""A network that imitates a compressor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.audio import Audio, amplitude, peak_db
from automix_bench.dsp.dynamics.detector import loudest_channel
from automix_bench.dsp.dynamics.frame_levels import frame_length, frame_levels_db
from automix_bench.dsp.dynamics.gain_reduction import reduced
from automix_bench.dsp.loops import doubles
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.neural_compressor import KNEE_DB
from automix_bench.effects.neural_compressor import NeuralCompressor as Imitation
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.sampling import Seed
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["NeuralCompressor"]

QUIETEST_DB = -50.0
STEEPEST = 100.0
SOUNDING_DB = -70.0
SHARE_OF_SILENCE = 0.1
VALIDATED = 4
"""How many settings a stem of the split valid is compressed with."""
_LEVELS_DB = (-20.0, 6.0)

Settings = tuple[float, float, float, float]
"""The gain before it in dB, the threshold in dB, attack and release in ms."""


@dataclass(frozen=True)
class NeuralCompressor:
    """A temporal convolutional network that does what a compressor does, its knobs as conditioning;
    after C. J. Steinmetz and J. D. Reiss, "Efficient neural networks for real-time modeling of
    analog dynamic range compression", AES 2022. Its weights are those of the effect
    `neural_compressor`.

    Stems of any data, at levels drawn at random, go through the effect `Compressor` with a detector
    of peaks and a knee of 6 dB. Thresholds are drawn evenly, attack and release evenly in their
    logarithm, from the whole ranges of the effect's knobs. The loss is the mean difference in gain
    reduction, in dB, at a ratio of 100; the reductions of other ratios are shares of that.

    Attributes:
        stems: how many stems of an example are used, drawn by its id.
        seconds: of a stem that a step shows.
    """

    name: ClassVar[str] = "neural_compressor"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ("stems",)
    limits: ClassVar[str] = (
        "It knows one compressor: feed-forward, with a detector of peaks and a knee of 6 dB. It "
        "imitates its gain in steps of 1.5 ms, so an attack that is shorter is not followed."
    )

    stems: int = 3
    seconds: float = 3.0
    schedule: Schedule = Schedule(steps=2_500, batch=16, learning_rate=3e-3, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.compressor_tcn import CompressorTcn

        return CompressorTcn()

    def prepared(self, example: Example) -> Arrays:
        rng = (Seed(0) / "compressed" / example.id).rng()
        stems = [one for _, one in sorted(example.before.stems.items())]
        audible = [one for one in stems if peak_db(one) > QUIETEST_DB]
        if not audible:
            raise Rejected(example.id, "no stem is loud enough")
        chosen = [audible[n] for n in rng.permutation(len(audible))[: self.stems]]
        keys = [
            loudest_channel(doubles(one.scaled(amplitude(-3.0 - peak_db(one))))) for one in chosen
        ]
        settings = [[drawn(rng) for _ in range(VALIDATED)] for _ in keys]
        return {
            "keys": np.stack(keys).astype(np.float16),
            "settings": np.array(settings, np.float64),
            "rate": np.array(example.before.mix.rate, np.int64),
        }

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        rate = min(int(one["rate"]) for one in examples)
        length = min(
            frame_length(rate) * round(self.seconds * rate / frame_length(rate)),
            *(one["keys"].shape[1] for one in examples),
        )
        rows = []
        for one in examples:
            key = one["keys"][int(rng.integers(len(one["keys"])))]
            start = int(rng.integers(len(key) - length + 1))
            rows.append(_row(key[start : start + length], int(one["rate"]), drawn(rng)))
        return _batch(rows)

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        said = network(batch["rows"], batch["knobs"])
        errors = (said - batch["reduction_db"]).abs() * batch["weights"]
        return errors.sum() / batch["weights"].sum()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        rate = int(example["rate"])
        rows = [
            _row(key, rate, tuple(settings))
            for key, every in zip(example["keys"], example["settings"], strict=True)
            for settings in every
        ]
        return float(self.loss(network, _batch(rows)).detach())


def drawn(rng: np.random.Generator) -> Settings:
    """Settings drawn from the whole ranges of the knobs."""
    knobs = Imitation.knobs()
    threshold, attack, release = (
        knobs[name] for name in ("threshold_db", "attack_ms", "release_ms")
    )
    return (
        float(rng.uniform(*_LEVELS_DB)),
        float(rng.uniform(threshold.low, threshold.high)),
        float(np.exp(rng.uniform(np.log(attack.low), np.log(attack.high)))),
        float(np.exp(rng.uniform(np.log(release.low), np.log(release.high)))),
    )


def full_reduction_db(key: np.ndarray, rate: int, settings: Settings) -> np.ndarray:
    """The reduction of the real compressor at every sample, for a ratio of infinity.

    Args:
        key: the largest magnitude over the channels.
    """
    _, threshold_db, attack_ms, release_ms = settings
    law = Compressor(threshold_db, STEEPEST, KNEE_DB, attack_ms, release_ms, 0.0).law(rate)
    ones = Audio(np.ones((1, len(key)), np.float32), rate)
    gains = reduced(ones, ones.with_samples(key[np.newaxis].astype(np.float32)), law).samples[0]
    reduction: np.ndarray = -20.0 * np.log10(gains.astype(np.float64)) / law.slope
    return reduction


def _row(key: np.ndarray, rate: int, settings: Settings) -> dict[str, np.ndarray]:
    """What a network is shown of a stretch of sound, and what it is to say."""
    key = key.astype(np.float64) * amplitude(settings[0])
    whole = len(key) // frame_length(rate) * frame_length(rate)
    levels_db = frame_levels_db(key[:whole], rate)
    reduction = full_reduction_db(key[:whole], rate, settings)
    return {
        "levels_db": levels_db,
        "settings": np.array(settings[1:]),
        "reduction_db": reduction[frame_length(rate) - 1 :: frame_length(rate)],
        "weights": np.where(levels_db[0] > SOUNDING_DB, 1.0, SHARE_OF_SILENCE),
    }


def _batch(rows: Sequence[Mapping[str, np.ndarray]]) -> dict[str, Tensor]:
    import torch

    from automix_bench.networks.compressor_tcn import heard, turned

    frames = min(len(row["reduction_db"]) for row in rows)
    stacked = {
        name: torch.from_numpy(
            np.stack([row[name][..., :frames] for row in rows]).astype(np.float32)
        )
        for name in rows[0]
    }
    threshold_db, attack_ms, release_ms = stacked["settings"].unbind(dim=1)
    return {
        "rows": heard(stacked["levels_db"], threshold_db),
        "knobs": turned(attack_ms, release_ms),
        "reduction_db": stacked["reduction_db"],
        "weights": stacked["weights"],
    }
