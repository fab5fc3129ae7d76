"""Read the weights of networks: from a wheel that contains them, or from a file of the user."""

from __future__ import annotations

import importlib.util
import os
import pickle
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from automix_bench.errors import DatasetError, MissingPart, UsageError
from automix_bench.files.atomic import file_sha256

INSTALL_TORCH = "pip install -c constraints.txt -e '.[perceptual]'"

Weights = Mapping[str, Any]


def torch_for(wanted_by: str) -> Any:
    """The package torch.

    Raises:
        MissingPart: it is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingPart(wanted_by, "torch", INSTALL_TORCH) from error
    return torch


def in_wheel(package: str, inside: str, sha256: str, wanted_by: str, install: str) -> Path:
    """A file inside an installed package, checked by its hash. The package is not imported.

    Raises:
        MissingPart: the package is not installed.
        DatasetError: its file is not the one this program was tested with.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise MissingPart(wanted_by, package, install)
    path = Path(spec.submodule_search_locations[0]) / inside
    digest = file_sha256(path) if path.is_file() else "no file"
    if digest != sha256:
        raise DatasetError(
            f"{path}: wanted sha256 {sha256[:16]}…, got {digest[:16]}: "
            f"run `{install} --force-reinstall`"
        )
    return path


def path_from_user(given: str, variable: str, wanted_by: str, what: str) -> Path:
    """The path from a setting, or else from an environment variable.

    Args:
        given: the setting; empty if it is not set.
        what: what the path must lead to, and where to get it; for the message.

    Raises:
        UsageError: neither is set, or the path does not exist.
    """
    path = given or os.environ.get(variable, "")
    if not path:
        raise UsageError(f"{wanted_by} needs its weights: set {variable} to {what}")
    if not Path(path).exists():
        raise UsageError(f"{wanted_by}: nothing at {path}, wanted {what}")
    return Path(path)


def tensors_in(path: Path, wanted_by: str, prefix: str = "") -> Weights:
    """The tensors of a torch checkpoint, by name: those of its `state_dict` if it has one. Nothing
    in the file can run code.

    Args:
        prefix: only tensors whose names begin with it are returned; it is removed from their
            names.

    Raises:
        UsageError: the file is no checkpoint, holds more than tensors, or no tensor with that
            prefix.
    """
    torch = torch_for(wanted_by)
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise UsageError(
            f"{wanted_by}: {path} is no checkpoint of tensors ({str(error).splitlines()[0]}): "
            "load it where you trust it, and save its state_dict alone with torch.save"
        ) from error
    held = held.get("state_dict", held) if isinstance(held, Mapping) else {}
    named = {str(name).removeprefix("module."): value for name, value in held.items()}
    tensors = {
        name.removeprefix(prefix): value
        for name, value in named.items()
        if name.startswith(prefix) and isinstance(value, torch.Tensor)
    }
    if not tensors:
        raise UsageError(f"{wanted_by}: {path} holds no weights named {prefix}…")
    return tensors


def fingerprint(embedding: str, sha256: str, *packages: str) -> dict[str, str]:
    """Everything that decides an embedding's vectors: its name, the hash of its weights, the
    versions of torch and of further packages, without build numbers."""
    versions = {one: version(one).partition("+")[0] for one in ("torch", *packages)}
    return {"embedding": embedding, "weights": sha256, **versions}


def tensor(weights: Weights, name: str, wanted_by: str) -> Any:
    """One of the weights.

    Raises:
        UsageError: there is no such tensor: the checkpoint is another network's.
    """
    if name not in weights:
        raise UsageError(f"{wanted_by}: the checkpoint has no {name}: it is another network's")
    return weights[name]
