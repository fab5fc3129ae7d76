"""A network reads an instruction in words, and says which part of the mix it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from automix_bench.audio import Audio, amplitude, total
from automix_bench.dsp.traits import gain_to_db
from automix_bench.effect import Chain, Unsuitable
from automix_bench.model import Answer, Brief
from automix_bench.model_parts.word_grams import BUCKETS, word_grams
from automix_bench.separation.network import separated_by
from automix_bench.separation.shown_mix import song_of
from automix_bench.task_parts.instructions import HALL, NO_OPERATION, Instruction
from automix_bench.task_parts.text_questions import (
    ALL,
    DIRECT,
    HEARD,
    NAMED,
    OPERATIONS,
    PARTS,
    TAIL,
    question,
)
from automix_bench.weights.store import file_of, network_with, sha256_of

if TYPE_CHECKING:
    from torch import nn

__all__ = ["TextManipulationNet"]

LUFS = -23.0
"""The loudness of the mixes that the network was trained on."""
SHORTEST_SECONDS = 0.01
SURE = 0.6
"""The probability from which on an operation is carried out, and a source counts as named. Of texts
that ask for none of the operations it is mostly lower."""


@dataclass(frozen=True)
class TextManipulationNet:
    """Manipulation by text after AMSS-Net (Choi et al., ACM Multimedia 2021), trained here:
    `automix-bench train text_manipulation_net`.

    The network reads the words, which need not be those of the grammar, and says of every cell of
    the spectrogram which share belongs to which source. What the words are about is taken out of
    the mix, changed by the effects of the operation, and added again; reverberation is taken away,
    and the direct sound brought to its level. It has never heard a voice: what is asked of voices
    alone changes nothing. A text without an operation or a source that it is sure of, no text, and
    a silent mix ask for nothing; what the mix cannot take, as panning in mono, changes nothing.

    Attributes:
        weights: the name of shipped weights, or the path of a file that `train` wrote.
    """

    weights: str = "text_manipulation_net"

    def fingerprint(self) -> str:
        """The sha256 of the weights."""
        return sha256_of(file_of(self.weights))

    def __call__(self, brief: Brief) -> Answer:
        if not brief.stems:
            raise ValueError("expected the stems of a mix, got none")
        mix = total(brief.stems[name] for name in sorted(brief.stems))
        read = Instruction(NO_OPERATION) if brief.text is None else self.read(brief.text)
        playable = mix.channels <= 2 and mix.seconds >= SHORTEST_SECONDS and mix.samples.any()
        heard = tuple(name for name in read.targets if name in HEARD)
        if not heard or not playable:
            return Answer(stems={"mix": mix})
        try:
            changed = self._changed(mix, Instruction(read.operation, heard))
        except Unsuitable:  # a mono mix cannot be panned
            changed = mix
        return Answer(stems={"mix": changed})

    def read(self, text: str) -> Instruction:
        """What a text asks for, in any words; of `nothing` if that is not clear."""
        import torch

        with torch.inference_mode():
            network = network_with(_network, self.weights)
            operations, sources = network.read(torch.from_numpy(word_grams([text])))
        chance, place = torch.softmax(operations[0], dim=0).max(dim=0)
        operation = OPERATIONS[int(place)]
        shares = torch.sigmoid(sources[0]).tolist()
        targets = tuple(
            sorted(name for name, share in zip(NAMED, shares, strict=True) if share >= SURE)
        )
        if operation == NO_OPERATION or float(chance) < SURE or not targets:
            return Instruction(NO_OPERATION)
        return Instruction(operation, targets)

    def _changed(self, mix: Audio, read: Instruction) -> Audio:
        targets = read.targets
        match read.operation:
            case "separate":
                return self._heard(mix, [question(targets, ALL)])[0]
            case "mute":
                return mix + self._heard(mix, [question(targets, ALL)])[0].scaled(-1.0)
            case "dry":
                asked = [question(targets, DIRECT), question(targets, TAIL)]
                direct, tail = self._heard(mix, asked)
                return mix + direct.scaled(HALL.wet / (1.0 - HALL.wet)) + tail.scaled(-1.0)
        found = self._heard(mix, [question([name], ALL) for name in targets])
        for name, sound in zip(targets, found, strict=True):
            mix = mix + sound.scaled(-1.0) + Chain(read.effects(name))(sound)
        return mix

    def _heard(self, mix: Audio, questions: Sequence[np.ndarray]) -> list[Audio]:
        """The part of the mix that each question is about."""
        # It loads a compiler, which is not wanted where models are only listed.
        from automix_bench.separation.cell_bands import RATE

        def parts(samples: np.ndarray) -> Mapping[str, np.ndarray]:
            sounds = _played(network_with(_network, self.weights), samples, np.stack(questions))
            return {f"part-{number}": sound for number, sound in enumerate(sounds)}

        stems = separated_by(parts, song_of(mix), rate=RATE, channels=2).stems
        return [stems[f"part-{number}"] for number in range(len(questions))]


def _played(network: Any, samples: np.ndarray, questions: np.ndarray) -> np.ndarray:
    """The sounds of the masks of some questions: `(questions, 2, samples)`."""
    import torch

    from automix_bench.networks.small_separator import log_levels
    from automix_bench.separation.cell_bands import RATE, band_powers, played_masks, spectra

    gain_db = gain_to_db(Audio(samples, RATE), LUFS)
    level = amplitude(gain_db) if np.isfinite(gain_db) else 1.0
    heard = spectra(samples)
    with torch.inference_mode():
        levels = log_levels(torch.from_numpy(band_powers(heard)) * level**2)
        shares = network.parts(levels[None])[0].numpy()
    masks = np.einsum("qp,pft->qft", questions, shares)
    return played_masks(heard, masks, samples.shape[1])


def _network() -> nn.Module:
    from automix_bench.networks.text_manipulation import TextManipulationNetwork
    from automix_bench.separation.cell_bands import BANDS

    return TextManipulationNetwork(BANDS, len(NAMED), len(OPERATIONS), len(PARTS), BUCKETS)
