"""A network that imitates a compressor, with its knobs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.audio import Audio, amplitude, peak_db
from automix_bench.dsp.dynamics.frame_levels import LOWEST_DB, frame_levels_db, frame_means
from automix_bench.dsp.dynamics.gain_reduction import reduced
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.neural_compressor import NeuralCompressor as Effect
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.sampling import Seed
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["NeuralCompressor"]

LOUDEST_DBFS, SOFTEST_DBFS = 0.0, -24.0
HEARD_DB = -70.0
"""Frames whose peak lies below this do not count."""


@dataclass(frozen=True)
class NeuralCompressor:
    """Imitation of an effect by a temporal convolutional network that is told its knobs, after
    Steinmetz and Reiss (AES Convention 152, 2022), for the effect `neural_compressor`.

    Stems of any data get a peak between -24 and 0 dBFS and go through `compressor` with knobs drawn
    from the whole ranges of `neural_compressor`. The loss is the mean difference of the gain
    reductions, in dB.

    Attributes:
        stems: how many stems of an example are used.
        draws: how many settings each of them is compressed with.
        frames: how many frames of 0.73 ms a step shows of each, beside those that come before them.
    """

    name: ClassVar[str] = "neural_compressor"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ("stems", "draws")
    limits: ClassVar[str] = (
        "It imitates one compressor, without a knee, with a detector of peaks, within the ranges "
        "of its knobs. It heard composed stems, played by a SoundFont, no voices."
    )

    stems: int = 2
    draws: int = 6
    frames: int = 2_048
    schedule: Schedule = Schedule(steps=1_500, batch=8, learning_rate=3e-3, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.compressor_tcn import compressor_tcn

        return compressor_tcn()

    def prepared(self, example: Example) -> Arrays:
        audible = [
            name for name, stem in sorted(example.before.stems.items()) if peak_db(stem) > -50.0
        ]
        if not audible:
            raise Rejected(example.id, "no stem is loud enough")
        rng = (Seed(0) / "neural_compressor" / example.id).rng()
        levels, shares, reductions = [], [], []
        for place in rng.permutation(len(audible))[: self.stems]:
            stem = example.before.stems[audible[int(place)]]
            for _ in range(self.draws):
                level_db = float(rng.uniform(SOFTEST_DBFS, LOUDEST_DBFS))
                sound = stem.scaled(amplitude(level_db - peak_db(stem)))
                effect = drawn(rng)
                levels.append(frame_levels_db(sound))
                shares.append(effect.shares())
                reductions.append(true_reduction_db(effect, sound))
        return {
            "levels": np.stack(levels).astype(np.float16),
            "shares": np.array(shares, np.float32),
            "reductions": np.stack(reductions).astype(np.float16),
        }

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        from automix_bench.networks.compressor_tcn import SEEN

        length = min(self.frames + SEEN, *(one["levels"].shape[-1] for one in examples))
        chosen = []
        for one in examples:
            start = int(rng.integers(one["levels"].shape[-1] - length + 1))
            draw = int(rng.integers(len(one["shares"])))
            chosen.append((one, draw, slice(start, start + length), SEEN if start else 0))
        return _batch(chosen)

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return _errors(network, batch).mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        batch = _batch([(example, n, slice(None), 0) for n in range(len(example["shares"]))])
        return float(_errors(network, batch).mean().detach())


def drawn(rng: np.random.Generator) -> Effect:
    """Settings from the whole ranges: the threshold and the slope 1 - 1 / ratio evenly, the times
    by their logarithms."""
    knobs = Effect.knobs()
    threshold, ratio = knobs["threshold_db"], knobs["ratio"]
    times = [
        math.exp(rng.uniform(math.log(knobs[name].low), math.log(knobs[name].high)))
        for name in ("attack_ms", "release_ms")
    ]
    slope = float(rng.uniform(0.0, 1.0 - 1.0 / ratio.high))
    return Effect(
        float(rng.uniform(threshold.low, threshold.high)),
        min(1.0 / (1.0 - slope), ratio.high),
        *(
            float(np.clip(time, knobs[name].low, knobs[name].high))
            for name, time in zip(("attack_ms", "release_ms"), times, strict=True)
        ),
    )


def true_reduction_db(effect: Effect, sound: Audio) -> np.ndarray:
    """The gain reduction of `compressor` with these knobs, the mean over each frame."""
    real = Compressor(
        effect.threshold_db, effect.ratio, 0.0, effect.attack_ms, effect.release_ms, 0.0
    )
    ones = sound.with_samples(np.ones_like(sound.samples))
    gains = reduced(ones, sound, real.law(sound.rate)).samples[0].astype(np.float64)
    return frame_means(-20.0 * np.log10(np.maximum(gains, 1e-6)), sound.rate)


def _batch(chosen: Sequence[tuple[Arrays, int, slice, int]]) -> dict[str, Tensor]:
    """Of each: prepared arrays, which draw, which frames, and how many of them only come before."""
    import torch

    rows: dict[str, list[np.ndarray]] = {"levels": [], "shares": [], "reductions": [], "asked": []}
    for one, draw, frames, before in chosen:
        levels = one["levels"][draw][:, frames].astype(np.float32)
        asked = levels[0] > HEARD_DB
        asked[:before] = False
        rows["levels"].append(np.maximum(levels, LOWEST_DB))
        rows["shares"].append(one["shares"][draw])
        rows["reductions"].append(one["reductions"][draw][frames].astype(np.float32))
        rows["asked"].append(asked.astype(np.float32))
    return {name: torch.from_numpy(np.stack(arrays)) for name, arrays in rows.items()}


def _errors(network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    """Of each sound the mean difference of the reductions over the frames that count, in dB."""
    from automix_bench.networks.compressor_tcn import reduction_db

    got = reduction_db(network, batch["levels"], batch["shares"])
    errors = (got - batch["reductions"]).abs() * batch["asked"]
    means: Tensor = errors.sum(dim=-1) / batch["asked"].sum(dim=-1).clamp(min=1.0)
    return means
