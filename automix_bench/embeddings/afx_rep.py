"""AFx-Rep: a network that was trained to name an effect and its preset."""

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

__all__ = ["AfxRep"]

VARIABLE = "AUTOMIX_BENCH_AFX_REP"
WHAT = "the file afx-rep.ckpt of the model csteinmetz1/afx-rep"
NAMED = "the embedding afx_rep"
HOP = 1024
QUIETEST_PEAK = 1e-8


@dataclass(frozen=True)
class AfxRep:
    """512 numbers for the mid and 512 for the side, each half of length 1, for each 5.5 s.

    AFx-Rep of C. J. Steinmetz, S. Singh, M. Comunità et al., "ST-ITO: controlling audio effects for
    style transfer with inference-time optimization" (ISMIR 2024, arXiv:2410.21233): Cnn14 on 128
    mel bands from 20 Hz to 20 kHz, of mid and of side. The network is written anew after the
    paper's code; only the weights are read. The side of a mono sound is silence; the paper's code
    repeats the mid instead.

    Each block is scaled to its own peak, so level has no effect.

    Attributes:
        checkpoint: its file; the environment variable AUTOMIX_BENCH_AFX_REP if empty.

    Raises:
        UsageError: when it is used, there are no weights, or those of another network.
        MissingPart: torch is not installed.
        ValueError: a sound has more than two channels.
    """

    name: ClassVar[str] = "afx_rep"
    rate: ClassVar[int] = 48_000
    dimensions: ClassVar[int] = 1024
    license: ClassVar[str] = "LicenseRef-unknown"
    block_samples: ClassVar[int] = 262_144

    checkpoint: str = ""

    def __call__(self, audio: Audio) -> Vectors:
        torch = torch_for(NAMED)
        weights = _weights(self._path())
        blocks = stretches(in_stereo(audio, self.rate), self.block_samples, self.block_samples)
        with torch.inference_mode():
            block_vectors = [_vector(weights, one) for one in blocks]
        vectors: Vectors = torch.stack(block_vectors).numpy()
        return vectors

    def fingerprint(self) -> Mapping[str, Any]:
        """The weights' sha256 and the version of torch."""
        return fingerprint(self.name, file_sha256(self._path()))

    def _path(self) -> Path:
        return path_from_user(self.checkpoint, VARIABLE, NAMED, WHAT)


def _vector(weights: Weights, stereo: np.ndarray) -> Any:
    """`(1024)` of `(2, samples)`."""
    torch = torch_for(NAMED)
    left, right = stereo / max(float(np.abs(stereo).max()), QUIETEST_PEAK)
    sides = torch.from_numpy(np.stack([(left + right) / 2, (left - right) / 2]))
    features = cnn14(weights, log_mels(weights, sides, HOP, NAMED)[:, None], NAMED)
    parts = [
        linear(weights, layer, one, NAMED)
        for layer, one in zip(("fc_mid", "fc_side"), features, strict=True)
    ]
    return torch.cat([torch.nn.functional.normalize(part, dim=-1) for part in parts])


@functools.cache
def _weights(path: Path) -> Weights:
    return tensors_in(path, NAMED, "encoder.")
