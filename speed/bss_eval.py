"""BSS Eval v4 beside museval: the same sounds, in the same run, one after the other.

    python speed/bss_eval.py [--seconds 30] [--stems 2] [--repeats 3]

The references are stereo noise through filters of their own, in bursts; the estimates leak into
each other. Prints times real time of both by the clock and by processor time (the best of the
repeats), their ratio, and how far the values of any second lie apart; last the machine's processors
and load, since by the clock both suffer from neighbours. museval must be installed. Ours takes as
many threads as there are processors and none of BLAS; museval takes those of BLAS.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.signal

from automix_bench.audio import Audio
from automix_bench.dsp.bss.bss_eval import bss_eval
from automix_bench.dsp.peers.museval_medians import RATIOS, museval_metrics

RATE = 44_100


@dataclass(frozen=True)
class Run:
    """What came out, and the seconds it took."""

    found: Any
    wall: float
    processor: float


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--stems", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    references, estimates = song(asked.stems, asked.seconds)
    shown, given = (
        np.stack([audio.samples.T.astype(np.float64) for audio in sounds])
        for sounds in (references, estimates)
    )
    ours = timed(lambda: bss_eval(references, estimates), asked.repeats)
    theirs = timed(
        lambda: museval_metrics().bss_eval(shown, given, window=RATE, hop=RATE), asked.repeats
    )
    for name, run in (("ours", ours), ("museval", theirs)):
        print(
            f"{name:8s} {asked.seconds / run.wall:8.1f} x real time by the clock, "
            f"{asked.seconds / run.processor:8.1f} x by processor time"
        )
    print(
        f"ratio    {theirs.wall / ours.wall:8.1f}   by the clock, "
        f"{theirs.processor / ours.processor:8.1f}   by processor time"
    )
    for ratio, frames in zip(RATIOS, theirs.found, strict=False):
        apart = np.abs(getattr(ours.found, ratio) - frames)
        print(f"{ratio}: at most {np.nanmax(apart):.1e} dB apart in any second")
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")


def song(stems: int, seconds: int) -> tuple[tuple[Audio, ...], tuple[Audio, ...]]:
    """Stems, and estimates of them that are off."""
    rng = np.random.default_rng(0)
    sounds = []
    for k in range(stems):
        edges = np.array([0.002, 0.02]) * 2.0 ** (k % 5)
        band = scipy.signal.butter(1, edges, "bandpass", output="sos")
        noise = scipy.signal.sosfilt(band, rng.standard_normal((2, seconds * RATE)))
        bursts = 0.2 + np.sin(np.pi * (k + 1) * np.arange(seconds * RATE) / RATE) ** 2
        sounds.append(0.1 * noise * bursts + 1e-5 * rng.standard_normal(noise.shape))
    mix = np.sum(sounds, axis=0)
    off = [0.8 * sound + 0.1 * mix + 1e-3 * rng.standard_normal(mix.shape) for sound in sounds]
    references, estimates = (
        tuple(Audio(samples.astype(np.float32), RATE) for samples in row) for row in (sounds, off)
    )
    return references, estimates


def timed(work: Callable[[], Any], repeats: int) -> Run:
    """The best of some runs, after one that does not count."""
    found, walls, processors = work(), [], []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return Run(found, min(walls), min(processors))


if __name__ == "__main__":
    main()
