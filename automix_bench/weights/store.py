"""Trained weights as safetensors files: those that are shipped, writing them, and loading them.

A file of weights holds tensors and texts, and no code. Nothing in it is used before it is checked.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automix_bench.errors import DatasetError, MissingPart, UnknownPlugin
from automix_bench.files.canonical_json import canonical
from automix_bench.files.stamp import stamp_of
from automix_bench.plugin import did_you_mean

if TYPE_CHECKING:
    from torch import Tensor, nn

FOLDER = Path(__file__).parent
SUFFIX = ".safetensors"
INSTALL = 'pip install "automix-bench[separation]"'
_SHOWN = 3
_KEPT = 8
"""Networks that are kept in memory."""


def names() -> list[str]:
    """The names of the weights that are shipped, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}"))


def shipped(name: str) -> Path:
    """The file of weights that is shipped under a name.

    Raises:
        UnknownPlugin: there is none of that name.
    """
    path = FOLDER / f"{name}{SUFFIX}"
    if name not in names():
        raise UnknownPlugin(f"no weights {name!r} are shipped{did_you_mean(name, names())}")
    return path


def file_of(weights: str) -> Path:
    """The file of weights: the name of shipped ones, or a path that ends in `.safetensors`.

    Raises:
        UnknownPlugin: no weights of that name are shipped.
    """
    return Path(weights) if weights.endswith(SUFFIX) else shipped(weights)


def sha256_of(path: Path) -> str:
    """The sha256 of a file of weights, as 64 digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tensors_sha256(tensors: Mapping[str, Tensor]) -> str:
    """The sha256 of tensors alone: by name their kind of number, their shape and their bytes. The
    texts of a file do not count, so that the same training gives the same hash after a change of a
    comment in its code."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def network_with(make: Callable[[], nn.Module], weights: str) -> Any:
    """A network with weights, in `eval` mode. It is loaded anew when the file has changed.

    Args:
        make: gives the network; a function of a module, which is the key of what is kept.
        weights: see `file_of`.

    Raises:
        UnknownPlugin, DatasetError, MissingPart: see `file_of` and `load_into`.
    """
    path = file_of(weights)
    return _loaded(make, path, stamp_of(path))


@lru_cache(maxsize=_KEPT)
def _loaded(make: Callable[[], nn.Module], path: Path, stamp: object) -> nn.Module:
    network = make()
    load_into(network, path)
    return network.eval()


def load_into(network: nn.Module, path: Path) -> dict[str, str]:
    """Load the weights of a file into a network that has the same tensors.

    Args:
        path: a safetensors file, such as `shipped("mixing_console")` or one that `train` wrote.

    Returns:
        The texts that the file holds about its weights, by name.

    Raises:
        DatasetError: the file is missing or damaged, or its tensors are not those of the network,
            by name, shape and kind of number; or a value in it is not finite. The network is then
            as it was before.
        MissingPart: safetensors or torch is not installed.
    """
    tensors, metadata = read(path)
    expected = network.state_dict()
    problem = _difference(tensors, expected)
    if problem:
        raise DatasetError(f"{path}: weights of another network: {problem}")
    network.load_state_dict(tensors)
    return metadata


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a file, on the CPU, and its texts.

    Raises:
        DatasetError: the file is missing or damaged, or holds another kind of number than bool,
            uint8, signed integers and floats of 16, 32 or 64 bits, or a value that is not finite in
            32 bits.
        MissingPart: safetensors or torch is not installed.
    """
    try:
        import torch
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise MissingPart("weights", error.name or "safetensors", INSTALL) from error
    if not path.is_file():
        raise DatasetError(f"{path}: no file of weights there")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = dict(file.metadata() or {})
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise DatasetError(f"{path}: no safetensors file, or a damaged one: {error}") from error
    integers = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
    floats = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
    for name, tensor in tensors.items():
        if tensor.dtype not in (*integers, *floats):
            raise DatasetError(f"{path}: {name} holds {tensor.dtype}, wanted floats or integers")
        if tensor.dtype in floats and not bool(torch.isfinite(tensor.float()).all()):
            raise DatasetError(f"{path}: {name} holds values that are not finite in 32 bits")
    return tensors, metadata


def packed(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """Tensors and texts as the content of a safetensors file. Equal ones give equal bytes.

    Raises:
        MissingPart: safetensors is not installed.
    """
    try:
        from safetensors.torch import save
    except ImportError as error:
        raise MissingPart("weights", error.name or "safetensors", INSTALL) from error
    whole = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    content = bytes(save(whole, dict(metadata)))
    # The package writes the texts in an order that changes from process to process.
    (length,) = struct.unpack("<Q", content[:8])
    header = canonical(json.loads(content[8 : 8 + length])).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + content[8 + length :]


def _difference(tensors: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    """What is wrong with tensors, in a line; empty if nothing is."""
    missing = [name for name in expected if name not in tensors]
    extra = [name for name in tensors if name not in expected]
    if missing or extra:
        parts = (f"{_some(missing)} missing" * bool(missing), f"{_some(extra)} too many")
        return ", ".join(parts[: 1 + bool(extra)] if missing else parts[1:])
    for name, tensor in tensors.items():
        wanted = expected[name]
        if tensor.shape != wanted.shape:
            return f"{name} has the shape {tuple(tensor.shape)}, wanted {tuple(wanted.shape)}"
        if tensor.is_floating_point() != wanted.is_floating_point():
            return f"{name} holds {tensor.dtype}, wanted {wanted.dtype}"
    return ""


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
