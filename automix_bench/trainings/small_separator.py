"""A network that takes mixes apart into drums, bass, lead and other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.audio import Audio, amplitude, total
from automix_bench.dsp.resampled import resampled
from automix_bench.dsp.stereo import in_two_channels
from automix_bench.dsp.traits import gain_to_db
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.separation.cell_bands import (
    BANDS,
    RATE,
    band_powers,
    bins_in_bands,
    spectra,
)
from automix_bench.separators.small_separator import LUFS, SOURCES
from automix_bench.song import Stems, role
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["SmallSeparator"]

ROLES: Mapping[str, str] = {
    **dict.fromkeys(("drums", "kick", "snare", "hihat", "toms", "cymbals", "percussion"), "drums"),
    "bass": "bass",
    **dict.fromkeys(("lead", "vocals", "backing", "brass", "winds"), "lead"),
}
"""The source of each role; all others are `other`."""


@dataclass(frozen=True)
class SmallSeparator:
    """A mask estimator for drums, bass, lead and other, which a CPU trains in a quarter of an hour.

    Every step makes new mixes of the sources, of one song or of several, at new levels. Their
    powers in bands are added, with cross terms of random phases: nothing is rendered. The loss is
    the mean error of magnitudes over the mean magnitude.

    Attributes:
        frames: how many frames of 12 ms a step shows.
        gain_db: the largest change of a source's level.
        foreign: the share of mixes whose sources are of several songs.
    """

    name: ClassVar[str] = "small_separator"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = (
        "It was trained on composed songs, played by a SoundFont, and has never heard a voice. "
        "Its masks are the same in both channels, and those of single bins below 1 kHz only."
    )

    frames: int = 128
    gain_db: float = 8.0
    foreign: float = 0.5
    schedule: Schedule = Schedule(steps=3_000, batch=12, learning_rate=2e-3, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.small_separator import SmallSeparatorNetwork

        return SmallSeparatorNetwork(BANDS, len(SOURCES))

    def prepared(self, example: Example) -> Arrays:
        sources = sources_of(example.before.stems)
        if len(sources) < 2:
            raise Rejected(example.id, "it has one source only")
        mix = total(sources.values())
        gain_db = gain_to_db(mix, LUFS)
        if math.isnan(gain_db):
            raise Rejected(example.id, "it has no loudness")
        level = amplitude(gain_db)
        silent = Audio(np.zeros_like(mix.samples), mix.rate)
        heard = [
            band_powers(spectra(sources.get(name, silent).scaled(level).samples))
            for name in SOURCES
        ]
        mixed = band_powers(spectra(mix.scaled(level).samples))
        return {
            "sources": np.sqrt(np.stack(heard)).astype(np.float16),
            "mix": np.sqrt(mixed).astype(np.float16),
        }

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        frames = min(self.frames, *(one["mix"].shape[1] for one in examples))
        rows = []
        for own in examples:
            foreign = rng.random() < self.foreign
            parts = []
            for n in range(len(SOURCES)):
                one = examples[int(rng.integers(len(examples)))] if foreign else own
                start = int(rng.integers(one["mix"].shape[1] - frames + 1)) if foreign else 0
                parts.append((one, n, start))
            if not foreign:
                start = int(rng.integers(own["mix"].shape[1] - frames + 1))
                parts = [(one, n, start) for one, n, _ in parts]
            gains = amplitudes(rng.uniform(-self.gain_db, self.gain_db, len(SOURCES)))
            rows.append(
                np.stack(
                    [
                        gain * one["sources"][n][:, start : start + frames].astype(np.float32)
                        for gain, (one, n, start) in zip(gains, parts, strict=True)
                    ]
                )
            )
        sources = np.stack(rows)
        return _batch(sources, mixed_powers(sources, rng))

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        return errors(network, batch).mean()

    def validation(self, network: nn.Module, example: Arrays) -> float:
        powers = np.square(example["mix"].astype(np.float32))
        batch = _batch(example["sources"].astype(np.float32)[None], powers[None])
        return float(errors(network, batch).detach())


def sources_of(stems: Stems) -> dict[str, Audio]:
    """The sum of the stems of each source that there is, in stereo at 44.1 kHz."""
    members: dict[str, list[Audio]] = {}
    for name in sorted(stems):
        if name != "residual" and stems[name].samples.any():
            source = ROLES.get(role(name), "other")
            members.setdefault(source, []).append(in_two_channels(stems[name]))
    return {name: resampled(total(members[name]), RATE) for name in SOURCES if name in members}


def mixed_powers(magnitudes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The powers of a mix of sources whose phases are random.

    Args:
        magnitudes: `(..., sources, 2, frames, bands)`.

    Returns:
        `(..., 2, frames, bands)`: in a band of one bin sources add as two waves do; in one of many
        their cross terms average out.
    """
    phases = rng.uniform(0.0, 2.0 * np.pi, magnitudes.shape).astype(np.float32)
    wave = (magnitudes * np.exp(1j * phases)).sum(axis=-4)
    summed = np.square(magnitudes).sum(axis=-4)
    share = 1.0 / np.sqrt(bins_in_bands())
    powers: np.ndarray = (1.0 - share) * summed + share * np.square(np.abs(wave))
    return powers.astype(np.float32)


def amplitudes(gains_db: np.ndarray) -> np.ndarray:
    """Amplitudes of gains in dB, as float32."""
    factors: np.ndarray = (10.0 ** (gains_db / 20.0)).astype(np.float32)
    return factors


def _batch(sources: np.ndarray, powers: np.ndarray) -> dict[str, Tensor]:
    """`mix` `(batch, 2, frames, bands)` of powers, and `sources` `(batch, sources, frames, bands)`:
    magnitudes of both channels together."""
    import torch

    wanted = np.sqrt(np.square(sources).sum(axis=2))
    return {
        "mix": torch.from_numpy(np.ascontiguousarray(powers)),
        "sources": torch.from_numpy(np.ascontiguousarray(wanted)),
    }


def errors(network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    """Of every mix, the sum of the errors of magnitudes over the sum of magnitudes."""
    from automix_bench.networks.small_separator import log_levels

    masks = network(log_levels(batch["mix"]))
    whole = batch["mix"].sum(dim=1, keepdim=True).sqrt()
    off: Tensor = (masks * whole - batch["sources"]).abs().sum(dim=(1, 2, 3))
    return off / batch["sources"].sum(dim=(1, 2, 3)).clamp(min=1e-6)
