"""Fx-Encoder++: a network that tells the effects on a mix apart, for any music."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.embedding import Vectors
from automix_bench.files.atomic import file_sha256
from automix_bench.networks.checkpoints import (
    Weights,
    fingerprint,
    path_from_user,
    tensors_in,
    torch_for,
)
from automix_bench.networks.mel_input import in_stereo, log_mels, stretches
from automix_bench.networks.panns_blocks import cnn14, linear

__all__ = ["FxEncoderPlusPlus"]

VARIABLE = "AUTOMIX_BENCH_FX_ENCODER_PLUS_PLUS"
WHAT = "the file fxenc_plusplus_default.pt of the model yytung/fxencoder-plusplus"
NAMED = "the embedding fx_encoder_plus_plus"
HOP = 512


@dataclass(frozen=True)
class FxEncoderPlusPlus:
    """128 numbers of length 1 for each 10 s.

    Fx-Encoder++ (Y.-T. Yeh, J. Koo, M. A. Martinez-Ramirez, W.-H. Liao, Y.-H. Yang, Y. Mitsufuji,
    "Fx-Encoder++: extracting instrument-wise audio effects representations from mixtures", ISMIR
    2025): Cnn14 on left and right, 64 mel bands from 50 Hz to 18 kHz, and the projection that its
    contrastive loss was trained on. The network is written anew after the paper's code; only the
    weights are read. Their licence allows non-commercial use only.

    Attributes:
        checkpoint: its file; the environment variable AUTOMIX_BENCH_FX_ENCODER_PLUS_PLUS if empty.

    Raises:
        UsageError: when it is used, there are no weights, or those of another network.
        MissingPart: torch is not installed.
        ValueError: a sound has more than two channels.
    """

    name: ClassVar[str] = "fx_encoder_plus_plus"
    rate: ClassVar[int] = 44_100
    dimensions: ClassVar[int] = 128
    license: ClassVar[str] = "CC-BY-NC-4.0"
    block_seconds: ClassVar[float] = 10.0

    checkpoint: str = ""

    def __call__(self, audio: Audio) -> Vectors:
        torch = torch_for(NAMED)
        weights = _weights(self._path())
        length = round(self.block_seconds * self.rate)
        with torch.inference_mode():
            block_vectors = [
                _vector(weights, torch.from_numpy(np.ascontiguousarray(one)))
                for one in stretches(in_stereo(audio, self.rate), length, length)
            ]
        vectors: Vectors = torch.cat(block_vectors).numpy()
        return vectors

    def fingerprint(self) -> Mapping[str, Any]:
        """The weights' sha256 and the version of torch."""
        return fingerprint(self.name, file_sha256(self._path()))

    def _path(self) -> Path:
        return path_from_user(self.checkpoint, VARIABLE, NAMED, WHAT)


def _vector(weights: Weights, stereo: Any) -> Any:
    """`(1, 128)` of `(2, samples)`."""
    functional = torch_for(NAMED).nn.functional
    encoder = {name.removeprefix("fx_encoder."): value for name, value in weights.items()}
    features = cnn14(encoder, log_mels(encoder, stereo, HOP, NAMED)[None], NAMED)
    features = functional.relu(linear(weights, "fx_encoder.fc_1", features, NAMED))
    hidden = functional.relu(linear(weights, "fx_encoder_projection.0", features, NAMED))
    return functional.normalize(linear(weights, "fx_encoder_projection.2", hidden, NAMED), dim=-1)


@functools.cache
def _weights(path: Path) -> Weights:
    return tensors_in(path, NAMED)
