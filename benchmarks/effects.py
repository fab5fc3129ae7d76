"""How fast the effects are, in seconds of sound per second of work, on one core.

    python benchmarks/effects.py [--seconds 30] [--rate 44100] [--repeats 5]

Each effect runs on stereo noise, and on the same length of silence after a short burst of it: a
tail that decays into denormal numbers would show there. Where pedalboard is installed
(`pip install pedalboard`), its effect of the same kind runs on the same sound in turn. The best of
the repeats counts.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.effect import Effect
from automix_bench.effects.balance import Balance
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.delay import Delay
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.reverb import Reverb
from automix_bench.effects.soft_clip import SoftClip

EFFECTS: tuple[Effect, ...] = (
    Gain(6.0),
    Pan(0.3),
    Balance(3.0, -3.0),
    PeakingEQ(1_000.0, 6.0, 1.0),
    LowShelf(100.0, 6.0, 0.7),
    HighShelf(8_000.0, -6.0, 0.7),
    Compressor(-20.0, 4.0, 6.0, 10.0, 100.0, 0.0),
    SoftClip(12.0),
    Delay(300.0, 0.4, 0.3),
    Reverb(1.5, 20.0, 6_000.0, 0.3),
)


def peers() -> dict[str, Any]:
    """pedalboard's effects under the names of ours; none where it is not installed.

    What they compute differs (no knee, and a Freeverb for a reverb): only the speed compares.
    """
    if importlib.util.find_spec("pedalboard") is None:
        return {}
    import pedalboard

    return {
        "Gain": pedalboard.Gain(6.0),
        "PeakingEQ": pedalboard.PeakFilter(1_000.0, 6.0, 1.0),
        "LowShelf": pedalboard.LowShelfFilter(100.0, 6.0, 0.7),
        "HighShelf": pedalboard.HighShelfFilter(8_000.0, -6.0, 0.7),
        "Compressor": pedalboard.Compressor(-20.0, 4.0, 10.0, 100.0),
        "SoftClip": pedalboard.Distortion(12.0),
        "Delay": pedalboard.Delay(0.3, 0.4, 0.3),
        "Reverb": pedalboard.Reverb(room_size=0.5, wet_level=0.3),
    }


def times_real(work: Callable[[], object], seconds: float, repeats: int) -> float:
    """Seconds of sound per second of work: the best of `repeats`, after one run to warm up."""
    work()
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return seconds / best


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast the effects are.")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", type=int, default=44_100)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    shape = (2, round(given.seconds * given.rate))
    samples = (0.1 * np.random.default_rng(0).standard_normal(shape)).astype(np.float32)
    burst = samples.copy()
    burst[:, shape[1] // 30 :] = 0.0
    noise, quiet, others = Audio(samples, given.rate), Audio(burst, given.rate), peers()
    print(f"x real time, {given.seconds:g} s of stereo at {given.rate} Hz, best of {given.repeats}")
    print(f"{'':12}{'noise':>9}{'silence':>9}{'pedalboard':>12}")
    for effect in EFFECTS:
        name = type(effect).__name__
        ours = [
            times_real(partial(effect, audio), given.seconds, given.repeats)
            for audio in (noise, quiet)
        ]
        peer = ""
        if name in others:
            work = partial(others[name], samples, given.rate)
            peer = f"{times_real(work, given.seconds, given.repeats):,.0f}"
        print(f"{name:12}{ours[0]:9,.0f}{ours[1]:9,.0f}{peer:>12}")


if __name__ == "__main__":
    main()
