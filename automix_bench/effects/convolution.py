"""Convolution with a measured room."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import soxr

from automix_bench.audio import Audio
from automix_bench.dsp.filters.convolution import convolved, pink_power
from automix_bench.effect import Effect, Unsuitable, knob, option, text
from automix_bench.files.impulse_responses import ImpulseResponses

__all__ = ["Convolution"]

# The onset is the first sample within 20 dB of the peak; the direct sound is the largest sample in
# the 1 ms from there.
_ONSET = 0.1
_DIRECT_SECONDS = 0.001
# Without the direct sound, the response begins this long after it, and fades in over this long.
_GAP_SECONDS, _FADE_SECONDS = 0.0025, 0.0005
# The part of a direct sound that resampling spreads to other samples has less power than this.
_NOTHING = 1e-8
_KEPT_RESPONSES = 16


@dataclass(frozen=True)
class Convolution(Effect):
    """A measured room: convolution with an impulse response.

        y[n] = (1 - wet) x[n] + wet c sum_k h[k] x[n - P - k]

    The method is in U. Zoelzer, ed., "DAFX: Digital Audio Effects", 2nd ed., 2011, ch. 5; the onset
    is that of ISO 3382-1, 2009. `response` is the sha256 of a response in the user's store: see
    `files/impulse_responses.py`. The response is resampled to the audio's rate (soxr, very high
    quality, linear phase). P is `pre_delay_ms` in samples, rounded.

    k = 0 is the direct sound. The onset is the first sample, over all channels, that lies within 20
    dB of the peak; the direct sound is the largest sample within 1 ms of it. The 1 ms before the
    direct sound is kept, at negative k, because it holds the rising flank of the direct sound. With
    `direct` "kept" the direct sound is part of the response. With "removed" everything up to 2.5 ms
    after it is removed, a fade of 0.5 ms follows, and only the room remains.

    c brings steady pink noise (20 Hz to 20 kHz) to the power it had at the input, so `wet` means
    the same in every room. A response of one channel is used for each channel of the audio. With
    two channels, left goes through the first and right through the second. Four channels are a full
    stereo room: left to left, left to right, right to left, right to right. c is the same for all
    of them. Mono audio goes through the first channel.

    Latency of the dry sound, and of the direct sound without a pre-delay: 0 samples. The output is
    as long as the input: the tail beyond its end is cut off.

    Raises:
        Unsuitable: the audio has more channels than the response can take (two, unless the response
            has one), or nothing of the response is left without its direct sound.
        UsageError: the store does not have the response.
        DataError: its file has changed.
    """

    irreversible: ClassVar[str] = (
        "a measured room is not minimum phase: its exact inverse is unstable, and its end is cut"
    )

    neutral: ClassVar[Mapping[str, float]] = {"wet": 0.0}
    linear: ClassVar[bool] = True

    response: str = text()
    wet: float = knob(0.0, 1.0, "(share of the amplitude)")
    pre_delay_ms: float = knob(0.0, 250.0, "ms")
    direct: str = option("kept", "removed")

    @property
    def license(self) -> str:
        """The licence of the response, as the store recorded it."""
        return ImpulseResponses().record(self.response).license

    def __call__(self, audio: Audio) -> Audio:
        if self.wet == 0.0:
            return audio
        store = ImpulseResponses().folder
        room = _room(store, self.response, self.direct, min(audio.channels, 2), audio.rate)
        outputs, inputs, _ = room.paths.shape
        if audio.channels > 2 and (outputs, inputs) != (1, 1):
            raise Unsuitable(
                "Convolution wants mono or stereo audio for a response of "
                f"{outputs * inputs} channels, got {audio.channels} channels"
            )
        late = round(self.pre_delay_ms * audio.rate / 1_000.0) - room.early
        tail = convolved(audio.samples, room.paths, late=late)
        return audio.with_samples((1.0 - self.wet) * audio.samples + self.wet * tail)

    def inverse(self) -> None:
        return None


@dataclass(frozen=True, eq=False)
class _Room:
    """A response, ready for use.

    Attributes:
        paths: `(outputs, inputs, taps)`, as `convolved` takes it.
        early: the number of taps before the direct sound.
    """

    paths: np.ndarray
    early: int


@functools.lru_cache(maxsize=_KEPT_RESPONSES)
def _room(store: Path, sha256: str, direct: str, channels: int, rate: int) -> _Room:
    response = ImpulseResponses(store).find(sha256)
    samples = response.samples.astype(np.float64)[: 1 if channels == 1 else None]
    if response.rate != rate:
        samples = soxr.resample(samples.T, response.rate, rate, quality="VHQ").T
    at = _direct(samples, rate)
    early = min(at, round(_DIRECT_SECONDS * rate))
    samples = samples[:, at - early :]
    whole = pink_power(_paths(samples), rate)
    if direct == "removed":
        gap, fade = round(_GAP_SECONDS * rate), max(1, round(_FADE_SECONDS * rate))
        since = np.arange(samples.shape[1]) - early - gap
        samples = samples * np.square(np.sin(np.pi / 2.0 * np.clip(since / fade, 0.0, 1.0)))
    paths = _paths(samples)
    power = pink_power(paths, rate)
    if power <= _NOTHING * whole:
        raise Unsuitable(
            f"Convolution.response {sha256} at a rate of {rate} Hz has nothing after its direct "
            'sound: set direct to "kept", or use another response'
        )
    paths = paths / math.sqrt(power)
    paths.flags.writeable = False
    return _Room(paths, early)


def _direct(samples: np.ndarray, rate: int) -> int:
    """The sample at which the direct sound is largest."""
    levels = np.abs(samples).max(axis=0)
    onset = int(np.argmax(levels >= _ONSET * levels.max()))
    near = levels[onset : onset + max(1, round(_DIRECT_SECONDS * rate))]
    return onset + int(np.argmax(near))


def _paths(samples: np.ndarray) -> np.ndarray:
    """A response of four channels as `(outputs, inputs, taps)`; other channels are separate
    paths."""
    if len(samples) == 4:
        return np.ascontiguousarray(samples.reshape(2, 2, -1).transpose(1, 0, 2))
    return np.ascontiguousarray(samples[:, np.newaxis])
