"""A network that imitates an overdrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.audio import Audio, amplitude, peak_db
from automix_bench.dsp.filters.one_pole import low_passed
from automix_bench.dsp.resampled import resampled
from automix_bench.effects.neural_overdrive import RATE
from automix_bench.effects.overdrive import Overdrive
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.sampling import Seed
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["NeuralOverdrive"]

QUIETEST_DB = -50.0
VALIDATED = 2
"""How many settings the loudest second of a stem of the split valid is played with."""
BEFORE = 1_024
"""Samples before a stretch, so that the filters of the overdrive are at work when it begins."""
_LEVELS_DB = (-30.0, 0.0)
_EMPHASIS = 0.95
_SILENT = 1e-8

Settings = tuple[float, float, float, float]
"""The peak of the sound in dB, the drive in dB, the tone in Hz, the bias."""


@dataclass(frozen=True)
class NeuralOverdrive:
    """A temporal convolutional network that does what an overdrive does, its knobs as conditioning;
    after C. J. Steinmetz and J. D. Reiss, AES 2022. Its weights are those of the effect
    `neural_overdrive`.

    Stems of any data, at levels drawn at random, go through the effect `Overdrive`, without its
    coupling capacitor. The drive and the bias are drawn evenly, the tone evenly in its logarithm,
    from the whole ranges of the knobs. The loss is the error over the signal, of the wave and of
    the wave with its highs raised (A. Wright, E.-P. Damskaegg and V. Valimaki, "Real-time black-box
    modelling with recurrent neural networks", DAFx 2019).

    Attributes:
        stems: how many stems of an example are used, drawn by its id.
        samples: of a stem that a step shows.
    """

    name: ClassVar[str] = "neural_overdrive"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ("stems",)
    limits: ClassVar[str] = (
        "It knows one overdrive, at 44.1 kHz. Where that one keeps its harmonics from aliasing, "
        "this one only learned to."
    )

    stems: int = 3
    samples: int = 8_192
    schedule: Schedule = Schedule(steps=2_000, batch=8, learning_rate=4e-3, validate_every=400)

    def network(self) -> nn.Module:
        from automix_bench.networks.overdrive_tcn import OverdriveTcn

        return OverdriveTcn()

    def prepared(self, example: Example) -> Arrays:
        rng = (Seed(0) / "overdriven" / example.id).rng()
        stems = [one for _, one in sorted(example.before.stems.items())]
        audible = [one for one in stems if peak_db(one) > QUIETEST_DB]
        if not audible:
            raise Rejected(example.id, "no stem is loud enough")
        chosen = [audible[n] for n in rng.permutation(len(audible))[: self.stems]]
        return {
            "waves": np.stack([_loudest(one) for one in chosen]).astype(np.float16),
            "settings": np.array([[drawn(rng) for _ in range(VALIDATED)] for _ in chosen]),
        }

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        length = min(BEFORE + self.samples, *(one["waves"].shape[1] for one in examples))
        rows = []
        for one in examples:
            wave = one["waves"][int(rng.integers(len(one["waves"])))]
            # Of some places the loudest, as many stems are silent for long.
            starts = rng.integers(len(wave) - length + 1, size=4)
            start = max(starts, key=lambda at: float(np.abs(wave[at : at + length : 8]).max()))
            rows.append(_row(wave[start : start + length], drawn(rng)))
        return _batch(rows)

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return errors(network, batch).mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        rows = [
            _row(_loudest_second(wave), tuple(settings))
            for wave, every in zip(example["waves"], example["settings"], strict=True)
            for settings in every
        ]
        values = [float(errors(network, _batch([row])).detach()) for row in rows]
        return sum(values) / len(values)


def drawn(rng: np.random.Generator) -> Settings:
    """Settings drawn from the whole ranges of the knobs."""
    drive, tone, bias = (Overdrive.knobs()[name] for name in ("drive_db", "tone_hz", "bias"))
    return (
        float(rng.uniform(*_LEVELS_DB)),
        float(rng.uniform(drive.low, drive.high)),
        float(np.exp(rng.uniform(np.log(tone.low), np.log(tone.high)))),
        float(rng.uniform(bias.low, bias.high)) if rng.random() < 0.5 else 0.0,
    )


def overdriven(wave: np.ndarray, settings: Settings) -> np.ndarray:
    """What the real overdrive makes of a wave at 44.1 kHz, before its coupling capacitor."""
    _, drive_db, tone_hz, bias = settings
    curve = Overdrive(drive_db, tone_hz, bias).bent(wave[np.newaxis].astype(np.float64))
    passed: np.ndarray = low_passed(curve, tone_hz, RATE)[0]
    return passed


def errors(network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    """Of every stretch the power of the error over that of the sound: the mean of that of the wave
    and of the wave with its highs raised."""
    import torch

    said = network(batch["wave"], batch["knobs"])[:, BEFORE:]
    wanted = batch["wanted"][:, BEFORE:]
    parts = []
    for emphasis in (0.0, _EMPHASIS):
        off, whole = (
            (one[:, 1:] - emphasis * one[:, :-1]).square().sum(dim=1)
            for one in (said - wanted, wanted)
        )
        parts.append(off / (whole + _SILENT))
    return 0.5 * torch.stack(parts).sum(dim=0)


def _loudest(audio: Audio) -> np.ndarray:
    """The loudest channel at 44.1 kHz, with a peak of 0 dB."""
    samples = resampled(audio, RATE).samples
    row = samples[int(np.argmax(np.square(samples, dtype=np.float64).sum(axis=1)))]
    wave: np.ndarray = row / np.abs(row).max()
    return wave


def _loudest_second(wave: np.ndarray) -> np.ndarray:
    start = max(0, int(np.argmax(np.abs(wave))) - RATE // 2)
    return wave[start : start + BEFORE + RATE]


def _row(wave: np.ndarray, settings: Settings) -> dict[str, np.ndarray]:
    """What a network is shown of a stretch of sound, and what it is to make of it."""
    shown = wave.astype(np.float64) * amplitude(settings[0])
    return {
        "wave": shown,
        "wanted": overdriven(shown, settings),
        "settings": np.array(settings[1:]),
    }


def _batch(rows: Sequence[Mapping[str, np.ndarray]]) -> dict[str, Tensor]:
    import torch

    from automix_bench.networks.overdrive_tcn import turned

    stacked = {
        name: torch.from_numpy(np.stack([row[name] for row in rows]).astype(np.float32))
        for name in rows[0]
    }
    return {
        "wave": stacked["wave"],
        "wanted": stacked["wanted"],
        "knobs": turned(*stacked["settings"].unbind(dim=1)),
    }
