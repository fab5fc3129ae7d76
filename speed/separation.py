"""Speed of the separators, and what our stage around demucs costs over demucs alone.

    python speed/separation.py [--seconds 8] [--rounds 3] [--device cuda]

Prints seconds of audio per second of time. Demucs runs with random weights, which are as fast as
trained ones. The overhead is over `htdemucs`, on one thread and in processor time, so other work
on the machine counts little. Two ways: paired, where in each round both run one after the other, in
turns of order (the median of the rounds' ratios is shown, and the noise of two long runs is in it);
and alone, where the stage is handed the estimates `apply_model` gave before, so that nothing but
what we add is measured: without a cache, writing to one, and reading from it. On a GPU the clock
counts in place of processor time, and `apply_model` is asked for the same exact arithmetic.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from demucs.apply import apply_model
from demucs.hdemucs import HDemucs
from demucs.htdemucs import HTDemucs
from demucs.states import get_state, save_with_checksum

from automix_bench.audio import Audio
from automix_bench.separation import demucs_models, demucs_patches
from automix_bench.separation.network import exact, fixed_threads
from automix_bench.separation.separate import separated
from automix_bench.separators.demucs import Demucs
from automix_bench.separators.spleeter import Spleeter
from automix_bench.song import Origin, Song

SOURCES = ["drums", "bass", "other", "vocals"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    song = noise(options.seconds)
    with tempfile.TemporaryDirectory() as folder:
        repo = Path(folder) / "models"
        repo.mkdir()
        torch.manual_seed(0)
        save(HTDemucs(SOURCES), repo, "htdemucs")
        save(HDemucs(SOURCES, channels=4), repo, "small")
        separator = Demucs("htdemucs", repo, device=options.device)
        if options.device == "cpu":
            speeds(song, repo, options.rounds)
        else:
            agreement(noise(8.0), separator)
        taken = overhead(song, separator, options.rounds)
        alone(song, separator, taken, Path(folder))
        batches(song, separator)
        if options.device == "cpu":
            cache(song, Path(folder) / "cache", options.rounds)


def noise(seconds: float) -> Song:
    rng = np.random.default_rng(0)
    samples = 0.1 * rng.standard_normal((2, round(44_100 * seconds)))
    mix = Audio(samples.astype(np.float32), 44_100)
    return Song("noise", "nobody", {}, mix, "CC0-1.0", Origin("noise", "0"))


def save(model: torch.nn.Module, folder: Path, signature: str) -> None:
    arguments, named = model._init_args_kwargs
    package = {
        "klass": type(model),
        "args": arguments,
        "kwargs": named,
        "state": get_state(model, None),
        "training_args": {},
    }
    save_with_checksum(package, folder / f"{signature}.th")


def seconds_of(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    began = clock()
    work()
    return clock() - began


def speeds(song: Song, repo: Path, rounds: int) -> None:
    print(f"{song.mix.seconds:g} s of stereo at 44.1 kHz, best of {rounds}; x real time")
    for threads in (1, 2):
        for separator in (
            Spleeter(threads),
            Demucs("small", repo, device="cpu", threads=threads),
            Demucs("htdemucs", repo, device="cpu", threads=threads),
        ):
            separator(song)
            best = min(seconds_of(partial(separator, song)) for _ in range(rounds))
            name = getattr(separator, "model", "spleeter")
            print(f"  {name:10} {threads} threads  {song.mix.seconds / best:6.2f}x")


def spent(device: str) -> Callable[[], float]:
    """The clock to go by: of the processor; of the wall where another device computes."""
    if device == "cpu":
        return time.process_time

    def when_done() -> float:
        torch.accelerator.synchronize()
        return time.perf_counter()

    return when_done


def agreement(song: Song, separator: Demucs) -> None:
    """Of the device and the CPU, and of the device with itself."""
    here, again = separator(song).stems, separator(song).stems
    there = replace(separator, device="cpu")(song).stems
    apart = max(float(np.abs(here[n].samples - stem.samples).max()) for n, stem in there.items())
    peak = max(float(np.abs(stem.samples).max()) for stem in there.values())
    same = all(np.array_equal(stem.samples, again[n].samples) for n, stem in here.items())
    print(f"from the CPU: {apart:.1e} apart, of a peak of {peak:.2f}; twice the same: {same}")


def overhead(song: Song, separator: Demucs, rounds: int) -> float:
    """Our whole stage, residual and quantisation included, against `apply_model` alone, whose
    seconds are returned."""
    assert separator.repo is not None
    model = demucs_models.loaded(demucs_models.found(separator.model, separator.repo))
    mix = torch.from_numpy(song.mix.samples.copy())[None]

    def theirs() -> None:
        with fixed_threads(1), exact(), torch.inference_mode():
            apply_model(model, mix, shifts=0, overlap=0.25, device=separator.device)

    def ours() -> None:
        separated(song, separator, None)

    ours()
    ratios, extra, alone = [], [], []
    for number in range(rounds):
        order = (theirs, ours) if number % 2 else (ours, theirs)
        taken = {work.__name__: seconds_of(work, spent(separator.device)) for work in order}
        ratios.append(taken["ours"] / taken["theirs"])
        extra.append(taken["ours"] - taken["theirs"])
        alone.append(taken["theirs"])
    print(
        f"overhead over apply_model, {separator.model}: "
        f"median {statistics.median(ratios) - 1:+.1%}, {statistics.median(extra):+.3f} s; "
        f"all: {[f'{ratio - 1:+.1%}' for ratio in ratios]}"
    )
    return statistics.median(alone)


def alone(song: Song, separator: Demucs, theirs: float, folder: Path, rounds: int = 9) -> None:
    """What the stage does besides `apply_model`, which took `theirs` seconds."""
    assert separator.repo is not None
    estimates = apply_model(
        demucs_models.loaded(demucs_models.found(separator.model, separator.repo)),
        torch.from_numpy(song.mix.samples.copy())[None],
        shifts=0,
        overlap=0.25,
        device=separator.device,
    ).detach()
    package, clock = demucs_patches.demucs().apply, spent(separator.device)
    # A copy each time: the stage may change what it is given.
    package.apply_model = lambda *_, **__: estimates.clone()
    caches: tuple[tuple[str, Callable[[int], Path | None]], ...] = (
        ("no cache", lambda number: None),
        ("written", lambda number: folder / f"kept-{number}"),
        ("read", lambda number: folder / "kept-0"),
    )
    try:
        for name, cache in caches:
            taken = [
                seconds_of(partial(separated, song, separator, cache(number)), clock)
                for number in range(rounds)
            ]
            print(
                f"  the stage alone, {name}: {statistics.median(taken):.4f} s, "
                f"{statistics.median(taken) / theirs:.2%} of apply_model's {theirs:.2f} s "
                f"(from {min(taken):.4f} to {max(taken):.4f} s)"
            )
    finally:
        package.apply_model = apply_model


def batches(song: Song, separator: Demucs) -> None:
    """Segments side by side: how fast, and how far from one by one."""
    wanted = separator(song).stems
    for batch in (1, 2, 4):
        batched = replace(separator, batch=batch)
        batched(song)
        began = spent(separator.device)()
        got = batched(song).stems
        taken = spent(separator.device)() - began
        apart = max(
            float(np.abs(stem.samples - got[name].samples).max()) for name, stem in wanted.items()
        )
        print(f"batch {batch}: {song.mix.seconds / taken:.2f}x real time, {apart:.1e} apart")


def cache(song: Song, folder: Path, rounds: int) -> None:
    separator = Spleeter()
    first = seconds_of(lambda: separated(song, separator, folder))
    again = min(seconds_of(lambda: separated(song, separator, folder)) for _ in range(rounds))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(
        f"cache: {first:.2f} s to make, {again:.3f} s to read "
        f"({song.mix.seconds / again:.0f}x real time), "
        f"{size / song.mix.seconds / 1e3:.0f} kB per second of noise"
    )


if __name__ == "__main__":
    main()
