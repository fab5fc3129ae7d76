"""Networks that hear which effects a sound went through, and take them away."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from automix_bench.audio import Audio, amplitude, rms_db
from automix_bench.dsp.stereo import in_two_channels
from automix_bench.dsp.traits import gain_to_db
from automix_bench.effect import Effect, Unsuitable
from automix_bench.effects.asymmetric_clip import AsymmetricClip
from automix_bench.effects.cubic_clip import CubicClip
from automix_bench.effects.hard_clip import HardClip
from automix_bench.effects.overdrive import Overdrive
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.model_parts.mel_frames import BANDS
from automix_bench.model_parts.removal_sounds import (
    CURVE_FEATURES,
    EFFECTS,
    curve_features,
    removal_mels,
)
from automix_bench.recipe_parts.effect_removal import five
from automix_bench.sampling import Seed
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["EffectRemover"]

LUFS = -20.0
QUIETEST_DB = -50.0
CHAINS = 2
"""How many of the sounds of a stem went through several effects."""
CURVE_SECONDS = 0.75
CURVE_BATCH = 8
SHARE_OF_CLEAN = 0.2
FLOOR_DB = -85.0
"""What lies below this in a band of a sound at -20 LUFS counts as silence."""


@dataclass(frozen=True)
class EffectRemover:
    """Effect removal after RemFX (Rice et al., WASPAA 2023): a detector of distortion, compressor,
    chorus, delay and reverb, a curve that undoes the distortion, and for each of the others a
    network that says gains in bands. For the tasks `effect_removal` and `effect_removal_multi`.

    Stems of any data are brought to -20 LUFS and go through the effects of the recipe
    `effect_removal_single`, each alone and some one after the other; those of the curve also
    through the distortions of the recipe `distortion_removal`, with all drives. The networks share
    no weights and are trained side by side.

    Attributes:
        stems: how many stems of an example are used.
        frames: how many frames of 23 ms of a sound a step shows.
    """

    name: ClassVar[str] = "effect_remover"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ("stems",)
    limits: ClassVar[str] = (
        "It knows the five effects of RemFX as this package makes them, on composed stems at "
        "-20 LUFS, played by a SoundFont, without voices. It takes what an effect added for what "
        "it should remove also where the effect belongs to the music."
    )

    stems: int = 3
    frames: int = 160
    schedule: Schedule = Schedule(steps=3_000, batch=16, learning_rate=2e-3, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.effect_remover import EffectRemoverNetwork

        return EffectRemoverNetwork(EFFECTS, BANDS, CURVE_FEATURES)

    def prepared(self, example: Example) -> Arrays:
        audible = [
            name
            for name, stem in sorted(example.before.stems.items())
            if name != "residual" and rms_db(stem) > QUIETEST_DB
        ]
        rng = (Seed(0) / "removal" / example.id).rng()
        sets = [(), *((n,) for n in range(len(EFFECTS)))]
        mels, labels, dry = [], [], []
        for place in rng.permutation(len(audible))[: self.stems]:
            stem = _level(in_two_channels(example.before.stems[audible[int(place)]]))
            if stem is None:
                continue
            several = [rng.permutation(len(EFFECTS))[: 2 + n % 2].tolist() for n in range(CHAINS)]
            sounds = [_through(stem, effects, rng) for effects in (*sets, *several)]
            mels.append(np.stack([np.sqrt(removal_mels(one)) for one in sounds]))
            labels.append([_is_in(effects) for effects in (*sets, *several)])
            dry.append(_loudest(stem).samples[0])
        if not mels:
            raise Rejected(example.id, "no stem is loud enough")
        return {
            "mels": np.stack(mels).astype(np.float16),
            "labels": np.array(labels, bool),
            "dry": np.stack(dry).astype(np.float32),
            "rate": np.array(example.before.mix.rate, np.int64),
        }

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        chosen = [(one, int(rng.integers(len(one["labels"])))) for one in examples]
        starts = [_start(one["mels"].shape[3], self.frames, rng) for one in examples]
        tensors = _mels(chosen, starts, self.frames)
        return {**tensors, **_curves(chosen[:CURVE_BATCH], rng)}

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return sum(_losses(network, batch), start=batch["mels"].new_zeros(()))

    def validation(self, network: nn.Module, example: Arrays) -> float:
        chosen = [(example, n) for n in range(len(example["labels"]))]
        length = example["mels"].shape[3]
        rng = np.random.default_rng(0)
        batch = {**_mels(chosen, [0] * len(chosen), length), **_curves(chosen, rng)}
        return float(self.loss(network, batch).detach())


def _level(audio: Audio) -> Audio | None:
    gain_db = gain_to_db(audio, LUFS)
    return None if math.isnan(gain_db) else audio.scaled(amplitude(gain_db))


def _through(stem: Audio, effects: Sequence[int], rng: np.random.Generator) -> Audio:
    for n in effects:
        effect: Any = five("ours")[EFFECTS[n]].sample(rng)
        stem = _level(effect(stem)) or stem
    return stem


def _is_in(effects: Sequence[int]) -> list[bool]:
    return [n in effects for n in range(len(EFFECTS))]


def _loudest(audio: Audio) -> Audio:
    powers = np.square(audio.samples, dtype=np.float64).sum(axis=1)
    return audio.with_samples(audio.samples[np.argmax(powers)][np.newaxis])


def _start(length: int, part: int, rng: np.random.Generator) -> int:
    return int(rng.integers(0, max(length - part, 0) + 1))


def _mels(
    chosen: Sequence[tuple[Arrays, int]], starts: Sequence[int], frames: int
) -> dict[str, Tensor]:
    """All sounds of a stem: `mels` `(batch, sounds, 2, frames, bands)` of powers, and `labels`
    `(batch, sounds, effects)`, whether the effect is in it. The first of the sounds is dry, then
    comes one for each effect."""
    import torch

    frames = min(frames, *(one["mels"].shape[3] for one, _ in chosen))
    parts = [
        np.square(one["mels"][n][:, :, start : start + frames].astype(np.float32))
        for (one, n), start in zip(chosen, starts, strict=True)
    ]
    labels = np.stack([one["labels"][n] for one, n in chosen]).astype(np.float32)
    return {"mels": torch.from_numpy(np.stack(parts)), "labels": torch.from_numpy(labels)}


def _curves(chosen: Sequence[tuple[Arrays, int]], rng: np.random.Generator) -> dict[str, Tensor]:
    """Pieces of stems and what distortions made of them, with the features of these."""
    import torch

    rates = {int(one["rate"]) for one, _ in chosen}
    length = min(round(CURVE_SECONDS * min(rates)), *(one["dry"].shape[1] for one, _ in chosen))
    rows: dict[str, list[np.ndarray]] = {"clean": [], "bent": [], "features": []}
    for one, n in chosen:
        rate, start = int(one["rate"]), _start(one["dry"].shape[1], length, rng)
        clean = Audio(one["dry"][n : n + 1, start : start + length].copy(), rate)
        if np.abs(clean.samples).max() < 1e-3:
            clean = Audio(one["dry"][n : n + 1, :length].copy(), rate)
        bent = _distorted(clean, rng)
        rows["clean"].append(clean.samples)
        rows["bent"].append(bent.samples)
        rows["features"].append(curve_features(bent.samples[0], rate))
    return {name: torch.from_numpy(np.stack(arrays)) for name, arrays in rows.items()}


def _distorted(clean: Audio, rng: np.random.Generator) -> Audio:
    """A sound at -20 LUFS through the distortion of RemFX, or at full scale through one of those of
    the recipe `distortion_removal`, or through none."""
    chance = rng.random()
    if chance < SHARE_OF_CLEAN:
        return clean
    if chance < 0.65:
        effect: Any = five("ours")["distortion"].sample(rng)
        bent: Audio = effect(clean)
        return bent
    full = clean.scaled(1.0 / max(float(np.abs(clean.samples).max()), 1e-6))
    drive = float(rng.uniform(6.0, 36.0))
    curves: tuple[Effect, ...] = (
        SoftClip(drive),
        HardClip(-drive),
        CubicClip(-drive),
        AsymmetricClip(-drive, -drive / 2.0),
        Overdrive(drive, float(np.exp(rng.uniform(np.log(1_500.0), np.log(12_000.0)))), 0.2),
    )
    try:
        return curves[int(rng.integers(len(curves)))](full)
    except Unsuitable:
        return clean


def _losses(network: Any, batch: Mapping[str, Tensor]) -> list[Tensor]:
    """The loss of the detector, of the curve, and of the gains of every other effect."""
    from torch.nn import functional

    from automix_bench.networks.effect_remover import log_powers, straightened

    sounds, labels = batch["mels"], batch["labels"]
    logits = network.detector(log_powers(sounds.flatten(0, 1)))
    losses = [functional.binary_cross_entropy_with_logits(logits, labels.flatten(0, 1))]
    estimate = straightened(batch["bent"], *network.curve(batch["features"]))
    losses.append(_spectral_distance(estimate, batch["clean"]))
    powers = sounds.mean(dim=2)
    for n, name in enumerate(EFFECTS[1:], start=2):
        for place, weight in ((n, 1.0 - SHARE_OF_CLEAN), (0, SHARE_OF_CLEAN)):
            gains_db = network.gains[name](log_powers(powers[:, place]))
            got = powers[:, place] * 10.0 ** (gains_db / 10.0)
            losses.append(weight * _band_distance(got, powers[:, 0]) / 3.0)
    return losses


def _band_distance(got: Tensor, expected: Tensor) -> Tensor:
    """The mean difference of levels in bands in dB, weighted by the larger loudness."""
    import torch

    floor = 10.0 ** (FLOOR_DB / 10.0)
    differences = 10.0 * torch.log10((got + floor) / (expected + floor))
    weights = (torch.maximum(got, expected) + floor).detach() ** 0.25
    return (weights * differences.abs()).sum() / weights.sum()


def _spectral_distance(estimate: Tensor, clean: Tensor) -> Tensor:
    """The mean difference of spectra in dB, weighted as above and divided by 3, and a fiftieth of
    the ratio of error to sound in dB; at the level that fits best."""
    import torch

    gain = (estimate * clean).sum(dim=-1) / estimate.square().sum(dim=-1).clamp(min=1e-9)
    estimate = estimate * gain.unsqueeze(-1)
    error = (estimate - clean).square().sum(dim=-1)
    energy = clean.square().sum(dim=-1)
    ratio = 10.0 * torch.log10((error + 1e-4 * energy + 1e-9) / (energy + 1e-9))
    levels = clean.square().mean(dim=(1, 2)).clamp(min=1e-9).sqrt()
    parts = [0.02 * ratio.mean()]
    for size in (2_048, 512):
        spectra = [
            torch.stft(
                (one[:, 0] / levels[:, None]),
                size,
                size // 4,
                window=torch.hann_window(size),
                return_complex=True,
            )
            for one in (estimate, clean)
        ]
        powers = [(one.real.square() + one.imag.square()) / size for one in spectra]
        floor = 1e-6
        differences = 10.0 * torch.log10((powers[0] + floor) / (powers[1] + floor))
        weights = (torch.maximum(*powers) + floor).detach() ** 0.25
        parts.append((weights * differences.abs()).sum() / weights.sum() / 6.0)
    return torch.stack(parts).sum()
