"""torch for separators: the device, exact arithmetic, a full memory, the number of threads."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterator
from typing import Any

from automix_bench.errors import MemoryFull, MissingPart, UsageError
from automix_bench.workers.process import OWN_GPU

INSTALL_TORCH = "pip install -c constraints.txt -e '.[separation]'"


def torch_for(wanted_by: str) -> Any:
    """The package torch.

    Raises:
        MissingPart: it is not installed.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        raise MissingPart(wanted_by, "torch", INSTALL_TORCH) from error
    return torch


def device(name: str, wanted_by: str) -> str:
    """The device that `name` stands for.

    "auto" is a GPU if torch can use one, else the CPU. In a process to which one of several GPUs is
    assigned, "cuda" is that one.

    Raises:
        UsageError: torch cannot use it on this machine.
        MissingPart: torch is not installed.
    """
    torch = torch_for(wanted_by)
    own_gpu = os.environ.get(OWN_GPU, "")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    else:
        try:
            # torch raises an AssertionError for a device it was not built for.
            torch.empty(0, device=name)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise UsageError(
                f"{wanted_by}: torch cannot use the device {name!r} here: "
                'give device="cpu" or "auto"'
            ) from error
    return f"cuda:{own_gpu}" if name == "cuda" and own_gpu else name


def exact() -> contextlib.AbstractContextManager[None]:
    """A context in which a GPU computes the same bits every time, in full single precision.

    Raises:
        MissingPart: torch is not installed.
    """
    flags: contextlib.AbstractContextManager[None] = torch_for("separation").backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )
    return flags


@contextlib.contextmanager
def naming_full_memory(device: str, advice: str) -> Iterator[None]:
    """Turn torch's error at a full memory into one that says what to do.

    Args:
        advice: how the message begins.

    Raises:
        MemoryFull: the memory of the device is full.
    """
    torch = torch_for("separation")
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise MemoryFull(
            f"{advice}, or let fewer processes share the device (`per_gpu` of local and ray): the "
            f"memory of {device} is full ({str(error).splitlines()[0][:200]})"
        ) from error


@contextlib.contextmanager
def fixed_threads(count: int) -> Iterator[None]:
    """Let torch compute with `count` threads, whatever the machine has; afterwards as before.

    Convolutions split their sums by thread, so the number of threads decides the last bits. It is
    set for the calling thread alone, through OpenMP. `torch.set_num_threads` would also switch MKL
    for the whole process; after that, with 2 or more threads, batched `torch.linalg.solve` fails
    (torch 2.13). A build of torch without OpenMP has only that function.

    Raises:
        MissingPart: torch is not installed.
    """
    torch = torch_for("separation")
    before = torch.get_num_threads()
    set_threads = _openmp_setter(torch) or torch.set_num_threads
    set_threads(count)
    try:
        yield
    finally:
        set_threads(before)


def _openmp_setter(torch: Any) -> Callable[[int], object] | None:
    return getattr(ctypes.CDLL(torch._C.__file__), "omp_set_num_threads", None)
