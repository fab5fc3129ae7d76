"""Sound as a value. Nothing here knows about songs, effects or scores.

Conventions, kept everywhere in the package:

* samples are float32, shape `(channels, samples)`, full scale at 1.0;
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

HIGHEST_RATE = 655_350  # that FLAC can name


@dataclass(frozen=True, eq=False)
class Audio:
    """Samples and the rate they were taken at.

    Attributes:
        samples: `(channels, samples)`; read-only, so sharing one is safe. The array that was given
            is given away: nobody may change it any more.
        rate: samples per second, in Hz.

    Raises:
        ValueError: the samples are no array, not float32, not two-dimensional, empty or not finite.
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
        found: tuple[float, float] = self.__dict__["_range"]
        return found

    @property
    def seconds(self) -> float:
        """Duration, in seconds."""
        return self.length / self.rate

    def with_samples(self, samples: np.ndarray) -> Audio:
        """The same rate, other samples (cast to float32)."""
        return Audio(np.asarray(samples, dtype=np.float32), self.rate)

    def scaled(self, gain: float) -> Audio:
        """Every sample multiplied by a linear `gain`."""
        return self.with_samples(self.samples * np.float32(gain))

    def excerpt(self, start: int, length: int) -> Audio:
        """`length` samples from `start` on.

        Raises:
            ValueError: the excerpt does not lie within the audio.
        """
        if start < 0 or length < 1 or start + length > self.length:
            raise ValueError(f"no {length} samples from {start} on in {self.length}")
        return Audio(self.samples[:, start : start + length].copy(), self.rate)

    @property
    def sha256(self) -> str:
        """A name for the content: equal for equal samples at an equal rate, and for no others."""
        digest = hashlib.sha256(f"{self.rate} {self.samples.shape}".encode())
        digest.update(np.ascontiguousarray(self.samples).data)
        return digest.hexdigest()


def total(parts: Iterable[Audio]) -> Audio:
    """The sum of one or more sounds of equal shape and rate."""
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
    """Whether `rms_db` is so high. Of what is much louder a few samples tell."""
    some = float(np.sum(np.square(audio.samples[:, ::16], dtype=np.float64))) / audio.samples.size
    surely = some > 0.0 and 10.0 * float(np.log10(some)) >= level_db + 0.05
    return surely or rms_db(audio) >= level_db


def peak(audio: Audio) -> float:
    """The largest sample, whatever its sign, as linear amplitude."""
    lowest, highest = audio.range
    return max(highest, -lowest)


def peak_db(audio: Audio) -> float:
    """The largest sample, in dB full scale; `-inf` for silence."""
    return decibels(peak(audio))
