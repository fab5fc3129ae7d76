"""Demucs as a package, and what it is given in place of its own while it works: generators of
random numbers that are nobody else's, and a way back from spectra that is right on a GPU."""

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
from automix_bench.separation.network import INSTALL_TORCH

# What demucs draws from belongs to the process; who borrows it must be alone.
_ALONE = threading.RLock()


@contextlib.contextmanager
def own_weights() -> Iterator[None]:
    """Seed torch's generator, which a new model's first weights come from, and put it back."""
    import torch

    with _ALONE, torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@contextlib.contextmanager
def own_shifts(seed: int) -> Iterator[None]:
    """Let demucs draw from generators of its own. It draws from Python's, where whatever else runs
    in the process would come between, and would notice. Its transformers draw for every batch, and
    so have another generator than the shifts, which are the same however many segments make one."""
    drawing = {module: random.Random(seed) for module in (demucs().apply, demucs().transformer)}
    with _lent("random", drawing):
        yield


@contextlib.contextmanager
def real_at_zero(device: str) -> Iterator[None]:
    """Let demucs give its inverse transform a spectrum whose bins at 0 Hz and at half the rate are
    real. Its networks do not, and the imaginary parts, which a CPU's transform leaves out, come out
    of CUDA's as an alternating error (PyTorch's issue 154496): htdemucs departed from double
    precision by 1e-3 of its peak on a GPU, and by 3e-7 on a CPU."""
    if device == "cpu":
        yield
        return

    def real_at_zero(spectrum: Any, *settings: Any, **named: Any) -> Any:
        spectrum = spectrum.clone()
        spectrum.imag[..., 0, :] = spectrum.imag[..., -1, :] = 0.0
        return demucs().spec.ispectro(spectrum, *settings, **named)

    with _lent("ispectro", dict.fromkeys((demucs().hdemucs, demucs().htdemucs), real_at_zero)):
        yield


@contextlib.contextmanager
def _lent(name: str, values: Mapping[ModuleType, Any]) -> Iterator[None]:
    """Give modules of demucs another value of that name, and its own back."""
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
    """The package, with the modules that are used of it.

    Raises:
        MissingPart: it, or torch, is not installed.
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
