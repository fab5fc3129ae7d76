"""A network that hears with which settings a sound was compressed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from automix_bench.audio import Audio, amplitude, peak_db
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.model_parts.drc_ranges import RANGES, drc_of
from automix_bench.model_parts.level_frames import CHANNELS, level_frames
from automix_bench.sampling import Seed
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["DrcSettings"]

PEAK_DBFS = -3.0
STRETCH_SECONDS = 0.05
QUANTILES = 64
SOUNDING_DB = 50.0


@dataclass(frozen=True)
class DrcSettings:
    """The settings of Gorlow and Reiss's compressor, blind, for the task `drc_inversion_blind`;
    after Sun, Fourer and Maaref, "Blind estimation and inversion of dynamic range compression",
    arXiv 2411.04337, who choose among 30 profiles.

    Stems of any data are brought to a peak of -3 dBFS and compressed with settings drawn evenly
    from the whole ranges of the recipe `drc_profiles`. The loss is how far the static gain by the
    estimated settings is from the true one, at the levels that the stem has, and how far the
    settings are. Equal weights of both were not tuned.

    Attributes:
        stems: how many stems of an example are used.
        draws: how many settings each of them is compressed with.
    """

    name: ClassVar[str] = "drc_settings"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ("stems", "draws")
    limits: ClassVar[str] = (
        "It knows one compressor, that of Gorlow and Reiss with an RMS detector, on sounds that "
        "peaked at -3 dBFS before it. It says settings for every sound, also for one that was not "
        "compressed. It heard no voices."
    )

    stems: int = 2
    draws: int = 12
    schedule: Schedule = Schedule(steps=8_000, batch=48, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.drc_settings import DrcSettingsNetwork

        return DrcSettingsNetwork(CHANNELS, len(RANGES))

    def prepared(self, example: Example) -> Arrays:
        audible = [
            name for name, stem in sorted(example.before.stems.items()) if peak_db(stem) > -50.0
        ]
        if not audible:
            raise Rejected(example.id, "no stem is loud enough")
        rng = (Seed(0) / "drc" / example.id).rng()
        chosen = [audible[n] for n in rng.permutation(len(audible))[: self.stems]]
        levels, shares, before = [], [], []
        for name in chosen:
            stem = example.before.stems[name]
            stem = stem.scaled(amplitude(PEAK_DBFS - peak_db(stem)))
            quantiles = _quantiles(stem)
            for _ in range(self.draws):
                share = rng.random(len(RANGES)).tolist()
                levels.append(level_frames(drc_of(share)(stem)))
                shares.append(share)
                before.append(quantiles)
        return {
            "levels": np.stack(levels).astype(np.float16),
            "shares": np.stack(shares).astype(np.float32),
            "before": np.stack(before).astype(np.float32),
        }

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        return _batch([(one, int(rng.integers(len(one["shares"])))) for one in examples])

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return _errors(network, batch).mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        batch = _batch([(example, n) for n in range(len(example["shares"]))])
        return float(_errors(network, batch).mean().detach())


def _quantiles(stem: Audio) -> np.ndarray:
    """The levels of a stem in stretches of 50 ms that are not silent, at evenly spaced ranks."""
    length = round(STRETCH_SECONDS * stem.rate)
    count = max(stem.length // length, 1)
    part = stem.samples[:, : count * length].astype(np.float64)
    powers = np.square(part).mean(axis=0).reshape(count, -1).mean(axis=1)
    levels = 10.0 * np.log10(powers + 1e-12)
    levels = levels[levels > levels.max() - SOUNDING_DB]
    ranks: np.ndarray = np.quantile(levels, (np.arange(QUANTILES) + 0.5) / QUANTILES)
    return ranks


def _batch(chosen: Sequence[tuple[Arrays, int]]) -> dict[str, Tensor]:
    import torch

    steps = min(one["levels"].shape[-1] for one, _ in chosen)
    rows = {
        "levels": [one["levels"][n, :, :steps].astype(np.float32) for one, n in chosen],
        "shares": [one["shares"][n] for one, n in chosen],
        "before": [one["before"][n] for one, n in chosen],
    }
    return {name: torch.from_numpy(np.stack(arrays)) for name, arrays in rows.items()}


def _errors(network: nn.Module, batch: Mapping[str, Tensor]) -> Any:
    """Of each sound the mean error of the static gain, in dB, without its mean, over 5, and the
    mean error of the settings as shares of their ranges, times 2."""
    shares = network(batch["levels"])
    gains = [_static_gain_db(one, batch["before"]) for one in (shares, batch["shares"])]
    difference = gains[0] - gains[1]
    difference = difference - difference.mean(dim=-1, keepdim=True)
    of_gain = difference.abs().mean(dim=-1) / 5.0
    return of_gain + 2.0 * (shares - batch["shares"]).abs().mean(dim=-1)


def _static_gain_db(shares: Tensor, levels_db: Tensor) -> Any:
    (low, high), (least, greatest) = RANGES["threshold_db"], RANGES["ratio"]
    threshold = low + (high - low) * shares[:, :1]
    ratio = (math.log(least) + math.log(greatest / least) * shares[:, 1:2]).exp()
    return -(1.0 - 1.0 / ratio) * (levels_db - threshold).clamp(min=0.0)
