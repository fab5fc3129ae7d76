"""How fast the effects are, in seconds of sound per second of work, on one core.

    python speed/effects.py [--seconds 30] [--rate 44100] [--repeats 5] [--only NAME ...]

Every effect of ours runs on stereo noise, and on the same length of silence after a short burst of
it: a tail that decays into denormal numbers would show there. Where pedalboard is installed
(`pip install pedalboard`), its effect of the same kind runs on the same noise, the two in turn, so
that what else the machine does falls on both. The best of the repeats counts.

The aim: not slower than 0.7 of pedalboard in the median, and faster in at least half.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.effect import Effect, Unsuitable
from automix_bench.errors import MissingPart
from automix_bench.files.impulse_responses import EXAMPLE
from automix_bench.settings import Knob

# Another maker's, which is what ours are held against.
HOSTED = ("pedalboard_", "vst3", "lv2")

# What a mix would use; a setting that stands neither here nor has a default is in the middle.
TYPICAL: dict[str, dict[str, Any]] = {
    "gain": {"gain_db": 6.0},
    "compressor": {
        "threshold_db": -20.0,
        "ratio": 4.0,
        "knee_db": 6.0,
        "attack_ms": 10.0,
        "release_ms": 100.0,
        "makeup_db": 0.0,
    },
    "limiter": {"gain_db": 6.0, "ceiling_dbtp": -1.0, "lookahead_ms": 5.0, "release_ms": 100.0},
    "gate": {"threshold_db": -30.0, "attack_ms": 1.0, "release_ms": 100.0},
    "peaking_eq": {"frequency_hz": 1_000.0, "gain_db": 6.0, "q": 1.0},
    "low_shelf": {"frequency_hz": 100.0, "gain_db": 6.0, "q": 0.7},
    "high_shelf": {"frequency_hz": 8_000.0, "gain_db": -6.0, "q": 0.7},
    "low_pass": {"frequency_hz": 8_000.0},
    "high_pass": {"frequency_hz": 100.0},
    "delay": {"delay_ms": 300.0, "feedback": 0.4, "wet": 0.3},
    "chorus": {"speed_hz": 1.0, "depth_ms": 2.5, "delay_ms": 7.0, "feedback": 0.1, "wet": 0.5},
    "phaser": {
        "speed_hz": 1.0,
        "low_hz": 300.0,
        "high_hz": 3_000.0,
        "feedback": 0.3,
        "wet": 0.5,
        "stages": "6",
    },
    "graphic_eq": {"gains_db": (3.0, -3.0, 1.0) * 10 + (3.0,)},
    "reverb": {"rt60_seconds": 1.5, "pre_delay_ms": 20.0, "damping_hz": 6_000.0, "wet": 0.3},
    "soft_clip": {"drive_db": 12.0},
    "hard_clip": {"threshold_db": -12.0},
    "bit_depth": {"bits": 8.0},
    "rate_reduction": {"target_rate": 8_000.0, "kind": "band_limited"},
    "mp3": {"bitrate_kbps": 192.0},
    "convolution": {"response": EXAMPLE, "wet": 0.3},
    "multiband_compressor": {"low_hz": 200.0, "high_hz": 3_000.0},
}

# pedalboard's of the same kind: its class, and settings near the ones above. What they compute
# differs (a Freeverb for a reverb, say): only the speed compares.
PEERS: dict[str, tuple[str, dict[str, Any]]] = {
    "gain": ("Gain", {"gain_db": 6.0}),
    "polarity": ("Invert", {}),
    "compressor": ("Compressor", {"threshold_db": -20, "ratio": 4, "attack_ms": 10}),
    "limiter": ("BrickwallLimiter", {"ceiling_db": -1.0, "lookahead_ms": 5.0, "true_peak": True}),
    "gate": ("NoiseGate", {"threshold_db": -30.0}),
    "peaking_eq": ("PeakFilter", {"cutoff_frequency_hz": 1_000.0, "gain_db": 6.0, "q": 1.0}),
    "low_shelf": ("LowShelfFilter", {"cutoff_frequency_hz": 100.0, "gain_db": 6.0, "q": 0.7}),
    "high_shelf": ("HighShelfFilter", {"cutoff_frequency_hz": 8_000.0, "gain_db": -6.0, "q": 0.7}),
    "low_pass": ("LowpassFilter", {"cutoff_frequency_hz": 8_000.0}),
    "high_pass": ("HighpassFilter", {"cutoff_frequency_hz": 100.0}),
    "delay": ("Delay", {"delay_seconds": 0.3, "feedback": 0.4, "mix": 0.3}),
    "chorus": ("Chorus", {"rate_hz": 1.0, "depth": 0.25, "feedback": 0.1}),
    "flanger": ("Chorus", {"rate_hz": 1.0, "depth": 0.25, "centre_delay_ms": 2, "feedback": 0.5}),
    "phaser": ("Phaser", {"rate_hz": 1.0, "depth": 0.5, "feedback": 0.3}),
    "reverb": ("Reverb", {"room_size": 0.5, "wet_level": 0.3}),
    "noise_reverb": ("Reverb", {"room_size": 0.5, "wet_level": 0.3}),
    "soft_clip": ("Distortion", {"drive_db": 12.0}),
    "hard_clip": ("Clipping", {"threshold_db": -12.0}),
    "bit_depth": ("Bitcrush", {"bit_depth": 8}),
    "rate_reduction": ("Resample", {"target_sample_rate": 8_000.0}),
    "mp3": ("MP3Compressor", {"vbr_quality": 2.0}),
}


@dataclass(frozen=True)
class Timing:
    """x real time of one of our effects, and of pedalboard's; NaN where it has none."""

    name: str
    noise: float
    silence: float
    peer: float


def typical(name: str) -> Effect:
    """The effect of that name at a setting that a mix would use."""
    effect = plugin.load("effects", name)
    wanted = TYPICAL.get(name, {})
    given = {key: value for key, value in wanted.items() if key in effect.settings()}
    for key in effect.required() - set(given):
        spec = effect.settings()[key]
        if not isinstance(spec, Knob):
            raise Unsuitable(f"{key} names something that only its user has: give it in TYPICAL")
        middle = (spec.low + spec.high) / 2.0
        given[key] = (middle,) * spec.count if spec.count else middle
    made: Effect = effect(**given)
    return made


def peer_of(name: str, effect: Effect, samples: np.ndarray, rate: int) -> Callable[[], Any] | None:
    """A call of pedalboard's effect of that kind; None where it has none or is not installed."""
    if importlib.util.find_spec("pedalboard") is None:
        return None
    import pedalboard

    if name == "convolution":
        burst = np.zeros((samples.shape[0], rate), np.float32)
        burst[:, 0] = 1.0
        response = effect(Audio(burst, rate)).samples
        return partial(pedalboard.Convolution(response, 0.3, rate), samples, rate)
    kind, settings = PEERS.get(name, ("", {}))
    made = getattr(pedalboard, kind, None) if kind else None
    return partial(made(**settings), samples, rate) if made else None


def times_real(works: Sequence[Callable[[], object]], seconds: float, repeats: int) -> list[float]:
    """Seconds of sound per second of work of each: the best of `repeats`, in turn, after one run
    to warm up."""
    best = [float("inf")] * len(works)
    for work in works:
        work()
    for _ in range(repeats):
        for place, work in enumerate(works):
            start = time.perf_counter()
            work()
            best[place] = min(best[place], time.perf_counter() - start)
    return [seconds / one for one in best]


def timed(name: str, noise: Audio, silence: Audio, repeats: int) -> Timing:
    """One effect's row of the table."""
    effect = typical(name)
    works: list[Callable[[], object]] = [partial(effect, noise), partial(effect, silence)]
    peer = peer_of(name, effect, np.array(noise.samples), noise.rate)
    speeds = times_real([*works, peer] if peer else works, noise.seconds, repeats)
    return Timing(name, speeds[0], speeds[1], speeds[2] if peer else float("nan"))


def judged(timings: Sequence[Timing]) -> str:
    """What the table says of the aim."""
    ratios = [one.noise / one.peer for one in timings if one.peer == one.peer]
    if not ratios:
        return "nothing to compare: pedalboard is not installed, or has no such effect"
    median, faster = statistics.median(ratios), sum(ratio > 1.0 for ratio in ratios)
    reached = median >= 0.7 and 2 * faster >= len(ratios)
    return (
        f"median of ours / pedalboard's: {median:.2f}; faster in {faster} of {len(ratios)}: "
        f"the aim (0.7 or more, at least half) is {'reached' if reached else 'missed'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast the effects are.")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", type=int, default=44_100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="+", metavar="NAME")
    given = parser.parse_args()
    shape = (2, round(given.seconds * given.rate))
    samples = (0.1 * np.random.default_rng(0).standard_normal(shape)).astype(np.float32)
    burst = samples.copy()
    burst[:, shape[1] // 30 :] = 0.0
    noise, silence = Audio(samples, given.rate), Audio(burst, given.rate)
    print(f"x real time, {given.seconds:g} s of stereo at {given.rate} Hz, best of {given.repeats}")
    print(f"{'':22}{'noise':>9}{'silence':>9}{'pedalboard':>12}{'ratio':>8}")
    timings = list[Timing]()
    for name in given.only or plugin.names("effects"):
        if name.startswith(HOSTED):
            continue
        try:
            one = timed(name, noise, silence, given.repeats)
        except (MissingPart, Unsuitable) as error:
            print(f"{name:22} left out: {error}")
            continue
        timings.append(one)
        beside = f"{one.peer:12,.0f}{one.noise / one.peer:8.2f}" if one.peer == one.peer else ""
        print(f"{name:22}{one.noise:9,.0f}{one.silence:9,.0f}{beside}", flush=True)
    print(judged(timings))


if __name__ == "__main__":
    main()
