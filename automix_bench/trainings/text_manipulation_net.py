"""A network that reads an instruction in words and says which part of a mix it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isnan
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.audio import Audio, amplitude, total
from automix_bench.dsp.resampled import resampled
from automix_bench.dsp.stereo import in_two_channels
from automix_bench.dsp.traits import gain_to_db
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.model_parts.word_grams import BUCKETS, word_grams
from automix_bench.sampling import Seed
from automix_bench.separation.cell_bands import BANDS, RATE, band_powers, bins_in_bands, spectra
from automix_bench.song import Stems
from automix_bench.task_parts.instructions import (
    FORBIDDEN,
    HALL,
    NO_OPERATION,
    NOTHING,
    OTHER,
    WORDINGS,
    listed,
    source_of,
)
from automix_bench.task_parts.text_questions import HEARD, NAMED, OPERATIONS, PARTS
from automix_bench.training.training import Arrays, Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["TextManipulationNet"]

LUFS = -23.0
_READ = 32
"""How many texts a step reads."""
_WEIGHT_OF_WORDS = 0.1
_FILLERS = ("please", "now", "could you", "can you", "i want you to", "just", "for me", "thanks")


@dataclass(frozen=True)
class TextManipulationNet:
    """The network of the model `learned/text_manipulation_net`, after AMSS-Net (Choi et al., 2021).

    Stems of any data are put into `drums`, `bass` and `other`. Every step mixes them anew, of one
    song or of several, at new levels; in half of the mixes some of them are in the hall of the
    operation `dry`. Powers in bands are added, with cross terms of random phases. The network tells
    the direct sounds and the tails of the sources apart; the loss is the power of the errors of
    their magnitudes over that of the magnitudes. Beside that, it learns to read the instructions of
    the recipe `text_manipulation`.

    Attributes:
        frames: how many frames of 12 ms a step shows.
        gain_db: the largest change of a source's level.
        foreign: the share of mixes whose sources are of several songs.
    """

    name: ClassVar[str] = "text_manipulation_net"
    version: ClassVar[int] = 1
    prepared_from: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = (
        "It was trained on composed songs, played by a SoundFont, and has never heard a voice: "
        "asked for vocals it finds next to nothing. Of reverberation it knows one hall. It reads "
        "short instructions in English, near those of the recipe text_manipulation."
    )

    frames: int = 128
    gain_db: float = 8.0
    foreign: float = 0.5
    schedule: Schedule = Schedule(steps=3_000, batch=12, learning_rate=2e-3, validate_every=250)

    def network(self) -> nn.Module:
        from automix_bench.networks.text_manipulation import TextManipulationNetwork

        return TextManipulationNetwork(BANDS, len(NAMED), len(OPERATIONS), len(PARTS), BUCKETS)

    def prepared(self, example: Example) -> Arrays:
        sources = sources_of(example.before.stems)
        if len(sources) < 2:
            raise Rejected(example.id, "it has one source only")
        gain_db = gain_to_db(total(sources.values()), LUFS)
        if isnan(gain_db):
            raise Rejected(example.id, "it has no loudness")
        silent = Audio(np.zeros_like(next(iter(sources.values())).samples), RATE)
        sounds = [sources.get(name, silent).scaled(amplitude(gain_db)) for name in HEARD]
        tails = [_tail_of(one) for one in sounds]
        number = int((Seed(0) / "hall" / example.id).rng().integers(len(HEARD)))
        in_hall = [
            one.scaled(1.0 - HALL.wet) + tail if n == number else one
            for n, (one, tail) in enumerate(zip(sounds, tails, strict=True))
        ]
        return {
            "sources": np.stack([_magnitudes(one) for one in sounds]),
            "tails": np.stack([_magnitudes(one) for one in tails]),
            "mix": _magnitudes(total(sounds)),
            "mix_in_hall": _magnitudes(total(in_hall)),
            "in_hall": np.array(number, np.int64),
        }

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        import torch

        frames = min(self.frames, *(one["mix"].shape[1] for one in examples))
        direct, tails, halls = [], [], []
        for own in examples:
            drawn = self._drawn(own, examples, frames, rng)
            direct.append(np.stack([one for one, _ in drawn]))
            tails.append(np.stack([tail for _, tail in drawn]))
            halls.append(rng.random(len(HEARD)) < (0.5 if rng.random() < 0.5 else 0.0))
        in_hall = np.stack(halls)[:, :, None, None, None].astype(np.float32)
        direct_level = 1.0 - (1.0 - HALL.wet) * in_hall
        parts = np.concatenate([np.stack(direct) * direct_level, np.stack(tails) * in_hall], axis=1)
        texts, operations, targets = zip(*(instruction(rng) for _ in range(_READ)), strict=True)
        arrays = {
            "mix": mixed_powers(parts, rng),
            "parts": _magnitudes_of_both(parts),
            "grams": word_grams(texts),
            "operations": np.array(operations),
            "targets": np.stack(targets),
        }
        return {name: torch.from_numpy(np.ascontiguousarray(one)) for name, one in arrays.items()}

    def _drawn(
        self, own: Arrays, examples: Sequence[Arrays], frames: int, rng: np.random.Generator
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each source some frames of it and of its tail, at a new level."""
        foreign = rng.random() < self.foreign
        start = int(rng.integers(own["mix"].shape[1] - frames + 1))
        drawn = []
        for n in range(len(HEARD)):
            one = examples[int(rng.integers(len(examples)))] if foreign else own
            begin = int(rng.integers(one["mix"].shape[1] - frames + 1)) if foreign else start
            gain = np.float32(amplitude(rng.uniform(-self.gain_db, self.gain_db)))
            of, tail = (
                gain * one[name][n][:, begin : begin + frames].astype(np.float32)
                for name in ("sources", "tails")
            )
            drawn.append((of, tail))
        return drawn

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        from torch.nn import functional

        operations, sources = network.read(batch["grams"])
        words = functional.cross_entropy(operations, batch["operations"])
        words = words + functional.binary_cross_entropy_with_logits(sources, batch["targets"])
        return errors(network, batch).mean() + _WEIGHT_OF_WORDS * words

    def validation(self, network: nn.Module, example: Arrays) -> float:
        import torch

        in_hall = (np.arange(len(HEARD)) == int(example["in_hall"]))[:, None, None, None]
        sources, tails = (example[name].astype(np.float32) for name in ("sources", "tails"))
        hall = np.concatenate([np.where(in_hall, 1.0 - HALL.wet, 1.0) * sources, in_hall * tails])
        dry = np.concatenate([sources, 0.0 * tails])
        arrays = {
            "mix": np.square(np.stack([example["mix"], example["mix_in_hall"]]).astype(np.float32)),
            "parts": _magnitudes_of_both(np.stack([dry, hall]).astype(np.float32)),
        }
        batch = {name: torch.from_numpy(one) for name, one in arrays.items()}
        return float(errors(network, batch).detach().mean())


def sources_of(stems: Stems) -> dict[str, Audio]:
    """The sum of the stems of each source that there is, in stereo at 44.1 kHz. What is called a
    voice counts as `other`: an instrument plays it."""
    members: dict[str, list[Audio]] = {}
    for name in sorted(stems):
        if name != "residual" and stems[name].samples.any():
            source = source_of(name)
            members.setdefault(source if source in HEARD else OTHER, []).append(
                in_two_channels(stems[name])
            )
    return {name: resampled(total(members[name]), RATE) for name in HEARD if name in members}


def instruction(rng: np.random.Generator) -> tuple[str, int, np.ndarray]:
    """A text of the grammar, now and then with a word more or less; its operation; and its
    targets, `(sources,)`."""
    operation = str(rng.choice(list(WORDINGS)))
    subsets = [one for n in (1, 2, 3) for one in combinations(NAMED, n)]
    targets = subsets[int(rng.integers(len(subsets)))]
    text = str(rng.choice(WORDINGS[operation])).format(listed(targets))
    if rng.random() < 0.125:
        plain = rng.random() < 0.5
        text = str(rng.choice(NOTHING if plain else FORBIDDEN)).format(text)
        operation, targets = NO_OPERATION, ()
    words = text.split()
    if rng.random() < 0.5:
        words.insert(int(rng.choice([0, len(words)])), str(rng.choice(_FILLERS)))
    if rng.random() < 0.5:
        words = [word for word in words if word != "the"]
    meant = np.array([float(name in targets) for name in NAMED], np.float32)
    return " ".join(words), OPERATIONS.index(operation), meant


def mixed_powers(magnitudes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The powers of a sum of sounds whose phases are random; `(batch, sounds, 2, frames, bands)`
    to `(batch, 2, frames, bands)`. In a band of many bins the cross terms average out."""
    turned = rng.uniform(0.0, 2.0 * np.pi, magnitudes.shape).astype(np.float32)
    real = (magnitudes * np.cos(turned)).sum(axis=1)
    imaginary = (magnitudes * np.sin(turned)).sum(axis=1)
    apart = np.square(magnitudes).sum(axis=1)
    powers: np.ndarray = apart + (np.square(real) + np.square(imaginary) - apart) / np.sqrt(
        bins_in_bands()
    )
    return powers.astype(np.float32)


def errors(network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    """Of every mix the power of the errors of magnitudes over that of its parts; `(batch,)`. With
    the errors themselves, nothing was learned: a part that is silent in most mixes stayed at 0."""
    from automix_bench.networks.small_separator import log_levels

    shares = network.parts(log_levels(batch["mix"]))
    whole = batch["mix"].sum(dim=1, keepdim=True).sqrt()
    off: Tensor = (shares * whole - batch["parts"]).square().sum(dim=(1, 2, 3))
    return off / batch["parts"].square().sum(dim=(1, 2, 3)).clamp(min=1e-6)


def _tail_of(audio: Audio) -> Audio:
    return HALL(audio) + audio.scaled(HALL.wet - 1.0)


def _magnitudes(audio: Audio) -> np.ndarray:
    magnitudes: np.ndarray = np.sqrt(band_powers(spectra(audio.samples))).astype(np.float16)
    return magnitudes


def _magnitudes_of_both(magnitudes: np.ndarray) -> np.ndarray:
    """Of both channels together: `(batch, parts, frames, bands)`."""
    both: np.ndarray = np.sqrt(np.square(magnitudes).sum(axis=2))
    return both
