"""How fast the metrics are, in seconds of sound per second of work, on one core.

    python benchmarks/metrics.py [--seconds 10] [--rate 44100] [--repeats 5]

Each metric compares low-passed stereo noise with a copy that is off a little. Where an outside
implementation of the same measurement is installed (`pip install pyebur128 auraloss torchmetrics`),
it takes its turn on the same sound, and both values are shown. The best of the repeats counts.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.signal

from automix_bench import plugin
from automix_bench.audio import Audio

Compare = Callable[[Audio, Audio], float]


@dataclass(frozen=True)
class Peer:
    """An outside implementation: the packages it wants, what it is called, and itself."""

    wants: tuple[str, ...]
    name: str
    compare: Compare


def libebur128_loudness_error(reference: Audio, estimate: Audio) -> float:
    """The difference of libebur128's integrated loudness."""
    import pyebur128

    mode = pyebur128.MeasurementMode.MODE_I
    wanted, got = (
        pyebur128.get_loudness_global(libebur128(audio, mode)) for audio in (reference, estimate)
    )
    return float(abs(got - wanted))


def libebur128_true_peak_error(reference: Audio, estimate: Audio) -> float:
    """The difference of libebur128's true peak."""
    import pyebur128

    def peak(audio: Audio) -> float:
        state = libebur128(audio, pyebur128.MeasurementMode.MODE_TRUE_PEAK)
        return max(pyebur128.get_true_peak(state, channel) for channel in range(audio.channels))

    return float(abs(20.0 * np.log10(peak(estimate) / peak(reference))))


def libebur128(audio: Audio, mode: int) -> object:
    """A meter that has heard the audio; it wants its channels in turn, sample by sample."""
    import pyebur128

    state = pyebur128.R128State(audio.channels, audio.rate, mode)
    state.add_frames(np.ascontiguousarray(audio.samples.T).ravel(), audio.length)
    return state


def welch_distance(reference: Audio, estimate: Audio) -> float:
    """The distance of scipy's Welch spectra at 1 Hz over third-octave bands."""
    edges = 1000.0 * 10.0 ** (np.arange(-16.5, 14.0) / 10.0)

    def bands_db(audio: Audio) -> np.ndarray:
        hz, density = scipy.signal.welch(
            audio.samples.astype(np.float64), audio.rate, nperseg=audio.rate,
            noverlap=3 * audio.rate // 4, detrend=False,
        )  # fmt: skip
        first = np.searchsorted(hz, edges)
        power = np.add.reduceat(density.sum(axis=0), first[first < len(hz)])
        return 10.0 * np.log10(power[:30])

    return float(np.mean(np.abs(bands_db(estimate) - bands_db(reference))))


def auraloss_mrstft(reference: Audio, estimate: Audio) -> float:
    """auraloss's default multi-resolution loss, of one item."""
    import auraloss.freq
    import torch

    pair = (torch.tensor(audio.samples)[None] for audio in (estimate, reference))
    return float(auraloss.freq.MultiResolutionSTFTLoss()(*pair))


def torchmetrics_ratio(name: str) -> Compare:
    """A ratio of torchmetrics, channels end to end."""

    def compare(reference: Audio, estimate: Audio) -> float:
        import torch
        import torchmetrics.functional.audio

        pair = (
            torch.tensor(audio.samples, dtype=torch.float64).ravel()
            for audio in (estimate, reference)
        )
        return float(getattr(torchmetrics.functional.audio, name)(*pair))

    return compare


PEERS = {
    "loudness_error": Peer(("pyebur128",), "libebur128", libebur128_loudness_error),
    "true_peak_error": Peer(("pyebur128",), "libebur128", libebur128_true_peak_error),
    "third_octave_distance": Peer(("scipy",), "scipy.signal.welch", welch_distance),
    "mrstft": Peer(("torch", "auraloss"), "auraloss", auraloss_mrstft),
    "si_sdr": Peer(
        ("torch", "torchmetrics"),
        "torchmetrics",
        torchmetrics_ratio("scale_invariant_signal_distortion_ratio"),
    ),
    "sdr": Peer(
        ("torch", "torchmetrics"), "torchmetrics", torchmetrics_ratio("signal_noise_ratio")
    ),
}


@dataclass(frozen=True)
class Run:
    """A value, and how many times faster than the sound plays it was found."""

    value: float
    times_real_time: float

    def __str__(self) -> str:
        return f"{self.value:10.4f} {self.times_real_time:8.0f} x"


def timed(compare: Compare, reference: Audio, estimate: Audio, repeats: int) -> Run:
    """The best of some runs, after one that does not count."""
    value, best = compare(reference, estimate), float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        compare(reference, estimate)
        best = min(best, time.perf_counter() - start)
    return Run(value, reference.seconds / best)


def installed(packages: tuple[str, ...]) -> bool:
    """Whether every one of the packages is there."""
    return all(importlib.util.find_spec(package) is not None for package in packages)


def main() -> None:
    """Print one line a metric."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=44_100)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    if installed(("torch",)):
        import torch

        torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    dull = scipy.signal.butter(2, asked.rate / 10, fs=asked.rate, output="sos")
    white = 0.1 * rng.standard_normal((2, 2, round(asked.seconds * asked.rate)))
    noise = scipy.signal.sosfilt(dull, white)
    reference = Audio(noise[0].astype(np.float32), asked.rate)
    estimate = reference.with_samples(0.8 * noise[0] + 0.1 * noise[1])
    for name in plugin.names("metrics"):
        metric = plugin.load("metrics", name)
        ours = timed(
            lambda r, e, m=metric: m(reference=r, estimate=e), reference, estimate, asked.repeats
        )
        line = f"{name:22s} {ours}"
        peer = PEERS.get(name)
        if peer is not None and installed(peer.wants):
            line += f"   {timed(peer.compare, reference, estimate, asked.repeats)}  {peer.name}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
