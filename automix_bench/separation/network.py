"""What the separators that are neural networks share: the way into a network's format and back
into the song's, the residual, and a fixed number of threads."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import soxr

from automix_bench.audio import Samples
from automix_bench.errors import MemoryFull, MissingPart, Rejected, UsageError
from automix_bench.song import NAME, Song, Stems
from automix_bench.workers.process import OWN_GPU

Network = Callable[[Samples], Mapping[str, np.ndarray]]

INSTALL_TORCH = "pip install -c constraints.txt -e '.[separation]'"


def separated_by(network: Network, song: Song, *, rate: int, channels: int) -> Song:
    """The song with the stems that `network` hears in its mix, and the `residual`.

    Args:
        network: float32 `(channels, samples)` at `rate` to an array of the same shape per stem.
        song: mono or stereo. A mix at another rate is resampled (soxr, very high quality) and its
            stems are resampled back and cut or zero-padded by the sample or two that rounding
            costs. What lies above half the network's rate therefore ends up in the residual.
        channels: 2: a mono mix is shown as two equal channels and its stems are their average.
            1: each channel is separated by itself.

    Raises:
        Rejected: the mix has more than two channels or less than 10 ms.
        UsageError: the network calls a stem what no stem can be called.
    """
    mix = song.mix
    if mix.channels > 2 or mix.seconds < 0.01:
        raise Rejected(
            song.id,
            "separation wants 10 ms or more in 1 or 2 channels, "
            f"got {mix.seconds:.4f} s in {mix.channels}: leave it out or mix it down to stereo",
        )
    shown = _resampled(mix.samples, mix.rate, rate)
    if channels == 1:
        parts = [network(shown[index : index + 1]) for index in range(mix.channels)]
        heard = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    elif mix.channels == 1:
        pairs = network(np.repeat(shown, 2, axis=0))
        heard = {name: pair.mean(axis=0, keepdims=True) for name, pair in pairs.items()}
    else:
        heard = dict(network(shown))
    for name in heard:
        if not NAME.fullmatch(name) or name in ("mix", "residual"):
            raise UsageError(
                f"a separator calls a stem {name!r}: use a-z 0-9 _ -, and neither mix nor residual"
            )
    stems = {
        name: mix.with_samples(_of_length(_resampled(samples, rate, mix.rate), mix.length))
        for name, samples in heard.items()
    }
    return with_residual(song, stems)


def with_residual(song: Song, stems: Stems) -> Song:
    """The song with `stems` and, as `residual`, what is left of its mix without them.

    The difference is taken in float64, so that all stems sum to the mix to within a rounding of
    float32; exactly, where mix and stems are 24-bit integers.
    """
    rest = song.mix.samples.astype(np.float64)
    for stem in stems.values():
        rest -= stem.samples
    return replace(song, stems={**stems, "residual": song.mix.with_samples(rest)})


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
    """The device that `name` stands for: for "auto" a GPU that torch can use, else the CPU. In a
    process that has its own of several GPUs "cuda" is that one.

    Raises:
        UsageError: torch cannot use it on this machine.
        MissingPart: torch is not installed.
    """
    torch = torch_for(wanted_by)
    own = os.environ.get(OWN_GPU, "")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    else:
        try:
            # torch tells a device it was not built for by an assertion.
            torch.empty(0, device=name)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise UsageError(
                f"{wanted_by}: torch cannot use the device {name!r} here: "
                'give device="cpu" or "auto"'
            ) from error
    return f"cuda:{own}" if name == "cuda" and own else name


def exact() -> contextlib.AbstractContextManager[None]:
    """Let a GPU compute the same bits every time, and in full single precision.

    Raises:
        MissingPart: torch is not installed.
    """
    flags: contextlib.AbstractContextManager[None] = torch_for("separation").backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )
    return flags


@contextlib.contextmanager
def naming_full_memory(device: str, wanted: str) -> Iterator[None]:
    """Turn torch's complaint of a device's full memory into one that says what to do.

    Raises:
        MemoryFull: it is.
    """
    torch = torch_for("separation")
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise MemoryFull(
            f"{wanted}, or let fewer processes share the device (`per_gpu` of local and ray): the "
            f"memory of {device} is full ({str(error).splitlines()[0][:200]})"
        ) from error


@contextlib.contextmanager
def fixed_threads(count: int) -> Iterator[None]:
    """Let torch compute with `count` threads, whatever the machine has; then as before.

    Convolutions split their sums by thread, so the number of threads decides the last bits. It is
    set for the calling thread alone, through OpenMP: `torch.set_num_threads` also switches MKL
    for the whole process, after which, with 2 or more threads, batched `torch.linalg.solve` fails
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


def _resampled(samples: np.ndarray, rate: int, wanted: int) -> Samples:
    if rate == wanted:
        return np.asarray(samples, dtype=np.float32)
    resampled = soxr.resample(np.asarray(samples, np.float32).T, rate, wanted, quality="VHQ")
    return np.ascontiguousarray(resampled.T)


def _of_length(samples: np.ndarray, length: int) -> np.ndarray:
    missing = length - samples.shape[1]
    return np.pad(samples, ((0, 0), (0, missing))) if missing > 0 else samples[:, :length]
