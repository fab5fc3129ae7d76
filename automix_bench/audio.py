"""Audio: samples and their rate, as a value that never changes.

Conventions of the whole package:

* samples are float32 of shape `(channels, samples)`, with full scale at 1.0;
* names carry units: `_db`, `_hz`, `_ms`, `_seconds`; a bare `rate` is in Hz.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from math import isfinite

import numpy as np
from jaxtyping import Float32

Samples = Float32[np.ndarray, "channels samples"]

HIGHEST_RATE = 655_350  # in Hz; a FLAC header can state no higher one


@dataclass(frozen=True, eq=False)
class Audio:
    """Samples and their rate.

    Attributes:
        samples: `(channels, samples)`, read-only, so several places can share them. They are not
            copied: the caller must not change the array afterwards.
        rate: samples per second, in Hz.

    Raises:
        ValueError: the samples are no array, not float32, not two-dimensional, empty or not finite;
            or the rate is no whole number of Hz up to `HIGHEST_RATE`.
    """

    samples: Samples
    rate: int

    def __post_init__(self) -> None:
        if not isinstance(self.samples, np.ndarray):
            got = type(self.samples).__name__
            raise ValueError(f"audio must be a numpy array, got {got}; a tensor has .numpy()")
        samples = self.samples.view()
        if samples.dtype != np.float32 or samples.ndim != 2 or 0 in samples.shape:
            raise ValueError(
                "audio must be float32 of shape (channels, samples), none of them 0, "
                f"got {samples.dtype} of shape {samples.shape}"
            )
        highest, lowest = float(samples.max()), float(samples.min())
        if not (isfinite(highest) and isfinite(lowest)):  # both are NaN if a sample is
            raise ValueError("audio must be finite, got NaN or infinity")
        if self.rate != int(self.rate) or not 0 < self.rate <= HIGHEST_RATE:
            raise ValueError(f"the rate must be a whole number of Hz, got {self.rate}")
        object.__setattr__(self, "rate", int(self.rate))
        samples.flags.writeable = False
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "_range", (lowest, highest))

    def __add__(self, other: Audio) -> Audio:
        if (self.rate, self.samples.shape) != (other.rate, other.samples.shape):
            raise ValueError(
                f"cannot add {other.samples.shape} at {other.rate} Hz "
                f"to {self.samples.shape} at {self.rate} Hz"
            )
        return self.with_samples(self.samples + other.samples)

    @property
    def channels(self) -> int:
        """1 for mono, 2 for stereo."""
        return int(self.samples.shape[0])

    @property
    def length(self) -> int:
        """Samples per channel."""
        return int(self.samples.shape[1])

    @property
    def range(self) -> tuple[float, float]:
        """The lowest sample and the highest."""
        lowest_and_highest: tuple[float, float] = self.__dict__["_range"]
        return lowest_and_highest

    @property
    def seconds(self) -> float:
        """Duration, in seconds."""
        return self.length / self.rate

    def with_samples(self, samples: np.ndarray) -> Audio:
        """Audio of the same rate with other samples, which are cast to float32."""
        return Audio(np.asarray(samples, dtype=np.float32), self.rate)

    def scaled(self, gain: float) -> Audio:
        """Every sample multiplied by a linear `gain`."""
        return self.with_samples(self.samples * np.float32(gain))

    def excerpt(self, start: int, length: int) -> Audio:
        """A copy of `length` samples from sample `start` on.

        Raises:
            ValueError: the excerpt does not lie within the audio.
        """
        if start < 0 or length < 1 or start + length > self.length:
            raise ValueError(f"no {length} samples from {start} on in {self.length}")
        return Audio(self.samples[:, start : start + length].copy(), self.rate)

    @property
    def sha256(self) -> str:
        """A hash of samples and rate: equal for equal audio, and for no other."""
        digest = hashlib.sha256(f"{self.rate} {self.samples.shape}".encode())
        digest.update(np.ascontiguousarray(self.samples).data)
        return digest.hexdigest()


def total(parts: Iterable[Audio]) -> Audio:
    """The sum of one or more sounds of one shape and rate."""
    return reduce(Audio.__add__, parts)


def amplitude(level_db: float) -> float:
    """Decibels to linear amplitude."""
    return float(10.0 ** (level_db / 20.0))


def decibels(level: float) -> float:
    """Linear amplitude to decibels; `-inf` for 0."""
    return 20.0 * float(np.log10(level)) if level > 0.0 else float("-inf")


def rms_db(audio: Audio) -> float:
    """Root-mean-square level over all channels, in dB full scale; `-inf` for silence."""
    power = float(np.mean(np.square(audio.samples, dtype=np.float64)))
    return 10.0 * float(np.log10(power)) if power > 0.0 else float("-inf")


def reaches_db(audio: Audio, level_db: float) -> bool:
    """Whether `rms_db` is at least `level_db`.

    The power of every 16th sample is computed first. It is a lower bound, and decides for loud
    sounds.
    """
    power = float(np.sum(np.square(audio.samples[:, ::16], dtype=np.float64))) / audio.samples.size
    surely = power > 0.0 and 10.0 * float(np.log10(power)) >= level_db + 0.05
    return surely or rms_db(audio) >= level_db


def peak(audio: Audio) -> float:
    """The largest absolute sample, as linear amplitude."""
    lowest, highest = audio.range
    return max(highest, -lowest)


def peak_db(audio: Audio) -> float:
    """The largest absolute sample, in dB full scale; `-inf` for silence."""
    return decibels(peak(audio))
