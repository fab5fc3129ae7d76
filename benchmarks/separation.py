"""Speed of the separators, and what our stage around demucs costs over demucs alone.

    python benchmarks/separation.py [--seconds 8] [--rounds 3]

Prints seconds of audio per second of time. Demucs runs with random weights, which are as fast as
trained ones. The overhead is paired: in each round both ways run one after the other, in turns of
order, each on one thread; processor time is compared, so other work on the machine counts little,
and the median of the rounds' ratios is shown.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from demucs.apply import apply_model
from demucs.hdemucs import HDemucs
from demucs.htdemucs import HTDemucs
from demucs.states import get_state, save_with_checksum

from automix_bench.audio import Audio
from automix_bench.separation import demucs_models, separated
from automix_bench.separation.network import fixed_threads
from automix_bench.separators.demucs import Demucs
from automix_bench.separators.spleeter import Spleeter
from automix_bench.song import Origin, Song

SOURCES = ["drums", "bass", "other", "vocals"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    song = noise(options.seconds)
    with tempfile.TemporaryDirectory() as folder:
        repo = Path(folder) / "models"
        repo.mkdir()
        torch.manual_seed(0)
        save(HTDemucs(SOURCES), repo, "htdemucs")
        save(HDemucs(SOURCES, channels=4), repo, "small")
        speeds(song, repo, options.rounds)
        for model in ("small", "htdemucs"):
            overhead(song, Demucs(model, repo, device="cpu"), options.rounds)
        cache(song, Path(folder) / "cache", options.rounds)


def noise(seconds: float) -> Song:
    rng = np.random.default_rng(0)
    samples = 0.1 * rng.standard_normal((2, round(44_100 * seconds)))
    mix = Audio(samples.astype(np.float32), 44_100)
    return Song("noise", "nobody", {}, mix, "CC0-1.0", Origin("noise", "0"))


def save(model: torch.nn.Module, folder: Path, signature: str) -> None:
    arguments, named = model._init_args_kwargs
    package = {"klass": type(model), "args": arguments, "kwargs": named,
               "state": get_state(model, None), "training_args": {}}  # fmt: skip
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
            best = min(seconds_of(lambda s=separator: s(song)) for _ in range(rounds))
            name = getattr(separator, "model", "spleeter")
            print(f"  {name:10} {threads} threads  {song.mix.seconds / best:6.2f}x")


def overhead(song: Song, separator: Demucs, rounds: int) -> None:
    """Our whole stage, residual and quantisation included, against `apply_model` alone."""
    assert separator.repo is not None
    model = demucs_models.loaded(demucs_models.found(separator.model, separator.repo))
    mix = torch.from_numpy(song.mix.samples.copy())[None]

    def theirs() -> None:
        with fixed_threads(1):
            apply_model(model, mix, shifts=0, overlap=0.25)

    def ours() -> None:
        separated(song, separator, None)

    ours()
    ratios, extra = [], []
    for number in range(rounds):
        order = (theirs, ours) if number % 2 else (ours, theirs)
        taken = {work.__name__: seconds_of(work, time.process_time) for work in order}
        ratios.append(taken["ours"] / taken["theirs"])
        extra.append(taken["ours"] - taken["theirs"])
    print(
        f"overhead over apply_model, {separator.model}: "
        f"median {statistics.median(ratios) - 1:+.1%}, {statistics.median(extra):+.3f} s; "
        f"all: {[f'{ratio - 1:+.1%}' for ratio in ratios]}"
    )


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
