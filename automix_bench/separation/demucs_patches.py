"""The package demucs, and what replaces parts of it while it works: random generators of its own,
and an inverse transform that is right on a GPU."""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import random
import threading
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from automix_bench.errors import MissingPart
from automix_bench.separation.torch_device import INSTALL_TORCH

# The generators that demucs uses belong to the whole process: one thread at a time replaces them.
_ALONE = threading.RLock()


@contextlib.contextmanager
def own_weights() -> Iterator[None]:
    """Seed torch's generator, which gives a new model's initial weights; restore it afterwards."""
    import torch

    with _ALONE, torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@contextlib.contextmanager
def own_shifts(seed: int) -> Iterator[None]:
    """Let demucs draw from generators of its own.

    It draws from Python's `random`, which other code in the process uses too. Its transformers draw
    once for every batch. They have another generator than the shifts, so the shifts do not depend
    on the size of a batch.
    """
    generators = {module: random.Random(seed) for module in (demucs().apply, demucs().transformer)}
    with _replaced("random", generators):
        yield


@contextlib.contextmanager
def real_at_zero(device: str) -> Iterator[None]:
    """Make the bins at 0 Hz and at half the rate real before demucs's inverse transform.

    The spectra of its networks are not real there. A CPU's transform ignores the imaginary parts,
    but CUDA's turns them into an alternating error (PyTorch's issue 154496): htdemucs departed from
    double precision by 1e-3 of its peak on a GPU, and by 3e-7 on a CPU.
    """
    if device == "cpu":
        yield
        return

    def real_at_zero(spectrum: Any, *settings: Any, **named: Any) -> Any:
        spectrum = spectrum.clone()
        spectrum.imag[..., 0, :] = spectrum.imag[..., -1, :] = 0.0
        return demucs().spec.ispectro(spectrum, *settings, **named)

    with _replaced("ispectro", dict.fromkeys((demucs().hdemucs, demucs().htdemucs), real_at_zero)):
        yield


@contextlib.contextmanager
def _replaced(name: str, values: Mapping[ModuleType, Any]) -> Iterator[None]:
    """Replace the value of a name in modules of demucs; restore it afterwards."""
    with _ALONE:
        before = {module: getattr(module, name) for module in values}
        try:
            for module, value in values.items():
                setattr(module, name, value)
            yield
        finally:
            for module, value in before.items():
                setattr(module, name, value)


@functools.cache
def demucs() -> ModuleType:
    """The package demucs, with the modules that are used here imported.

    Raises:
        MissingPart: demucs or torch is not installed.
    """
    for package in ("torch", "demucs"):
        if importlib.util.find_spec(package) is None:
            raise MissingPart("demucs", package, INSTALL_TORCH)
    for module in (
        "apply",
        "hdemucs",
        "hf",
        "htdemucs",
        "pretrained",
        "repo",
        "spec",
        "states",
        "transformer",
    ):
        importlib.import_module(f"demucs.{module}")
    return importlib.import_module("demucs")
