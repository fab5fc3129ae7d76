"""aisfx: a network that tells sound effects apart. Its weights come in a wheel, so it works
offline."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.fft import rfft

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.hearing_bands import mel_corners, triangle_weights
from automix_bench.dsp.spectra.short_time import hann
from automix_bench.embedding import Vectors
from automix_bench.networks.checkpoints import Weights, fingerprint, in_wheel, torch_for
from automix_bench.networks.mel_input import in_mono, stretches
from automix_bench.networks.panns_blocks import conv_block

__all__ = ["Aisfx"]

INSTALL = "pip install --no-deps aisfx"
SHA256 = "499ea75909c932a2f94c35fa722fa4fabc5bcb7e84917209cc5f7402627b7eb5"

FFT, HOP, MELS = 2048, 1024, 96
BLOCK, BLOCK_HOP = 100, 50
LARGEST = 9.457798957824707  # of log10(1 + 10^4 power) in what the network was trained on
FRAMES_AT_ONCE = 4096
BLOCKS_AT_ONCE = 8


@dataclass(frozen=True)
class Aisfx:
    """512 numbers for each block of 2.3 s, one block every 1.2 s.

    The model X-Sequential-CE of A. Ma Boudreau, C. Ick, B. McFee et al., "Representation learning
    for the automatic indexing of sound effects libraries" (ISMIR 2022), as in the wheel aisfx: four
    blocks of convolutions on 96 mel bands up to 22 kHz, the mean over bands, the maximum over time.
    It was trained on sound effects, not on music. The mel spectrum is that of the package's librosa
    variant.

    The network gets the mean of the channels, scaled to its own peak. So the numbers contain no
    stereo and no level.

    Raises:
        MissingPart: when it is used, torch or the wheel is not installed.
    """

    name: ClassVar[str] = "aisfx"
    rate: ClassVar[int] = 44_100
    dimensions: ClassVar[int] = 512
    license: ClassVar[str] = "CC-BY-4.0"

    def __call__(self, audio: Audio) -> Vectors:
        torch = torch_for("the embedding aisfx")
        blocks = stretches(mel_spectrum(in_mono(audio, self.rate)).T, BLOCK, BLOCK_HOP)
        weights = _weights()
        with torch.inference_mode():
            parts = [
                _vectors(
                    weights, torch.from_numpy(np.stack(blocks[first : first + BLOCKS_AT_ONCE]))
                )
                for first in range(0, len(blocks), BLOCKS_AT_ONCE)
            ]
        vectors: Vectors = torch.cat(parts).numpy()
        return vectors

    def fingerprint(self) -> Mapping[str, Any]:
        """The weights' sha256 and the version of torch."""
        return fingerprint(self.name, SHA256)


def mel_spectrum(mono: np.ndarray) -> np.ndarray:
    """`log10(1 + 10^4 P) / 9.46`, where P is the power in each band of a sound scaled to its own
    peak.

    Returns:
        `(frames, MELS)`, float32; frames are centred on every 1024th sample, with silence around.
    """
    peak = float(np.abs(mono).max())
    padded = np.pad(mono / peak if peak > 0.0 else mono, FFT // 2).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP]
    window = hann(FFT).astype(np.float32)
    bands = [
        np.square(np.abs(rfft(frames[first : first + FRAMES_AT_ONCE] * window))) @ _filters().T
        for first in range(0, len(frames), FRAMES_AT_ONCE)
    ]
    spectrum: np.ndarray = np.log10(1.0 + 1e4 * np.concatenate(bands)) / LARGEST
    return spectrum.astype(np.float32)


@functools.cache
def _filters() -> np.ndarray:
    """Triangles at equal steps of `2595 log10(1 + f / 700)` from 0 to 22.05 kHz, each of sum 1:
    `(MELS, bins)`."""
    hz = np.linspace(0.0, Aisfx.rate / 2, FFT // 2 + 1)
    triangles = triangle_weights(mel_corners(MELS, Aisfx.rate / 2), hz)
    filters: np.ndarray = triangles / triangles.sum(axis=1, keepdims=True)
    return filters.astype(np.float32)


def _vectors(weights: Weights, blocks: Any) -> Any:
    """`(blocks, 512)` of mel spectra `(blocks, bands, frames)`."""
    values = blocks.transpose(1, 2)[:, None]
    for number in range(1, 5):
        size = 2 if number < 4 else 1
        values = conv_block(weights, f"conv_block{number}", values, "max", size, "aisfx")
    return values.mean(3).amax(2)


@functools.cache
def _weights() -> Weights:
    """The weights. The file is a pickle; it is opened only because its hash is that of a file that
    was examined."""
    torch = torch_for("the embedding aisfx")
    path = in_wheel("aisfx", "models/checkpoint.pth", SHA256, "the embedding aisfx", INSTALL)
    held, _ = torch.load(path, map_location="cpu", weights_only=False)
    prefix = "embedding_net."
    return {
        name.removeprefix(prefix): value for name, value in held.items() if name.startswith(prefix)
    }
