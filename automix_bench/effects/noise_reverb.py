"""Rooms made of decaying noise."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.fft
import soxr

from automix_bench.audio import Audio
from automix_bench.dsp.filters.convolution import convolved, pink_power
from automix_bench.effect import Effect, Unsuitable, knob
from automix_bench.sampling import rng_for

__all__ = ["NoiseReverb"]

# Rooms are made at this rate, and resampled to the rate of the audio.
_RATE = 48_000
_CENTRES_HZ = tuple(1_000.0 * 2.0**octave for octave in range(-4, 5))
# The share of an octave, at each of its ends, in which it blends into the next octave.
_BLEND = 0.25
_DECAYED_DB = 70.0
_KEPT_ROOMS = 16
_LN_10 = math.log(10.0)


@dataclass(frozen=True)
class NoiseReverb(Effect):
    """A room made of noise that decays at its own speed in each octave.

        h(t) = c sum_b n_b(t) 10^(-3 t / T_b),
        y(t) = (1 - wet) x(t) + wet sum_k h(t_k) x(t - pre_delay - t_k)

    The method is that of J. A. Moorer, "About this reverberation business", Computer Music Journal
    3 (2), 1979, in bands. The n_b are octave bands of one white Gaussian noise, with centres from
    62.5 Hz to 16 kHz; the lowest band starts at 0 Hz and the highest has no upper end. They blend
    over half an octave, so that their powers add up to that of the noise. T_b is `rt60_low_seconds`
    at 125 Hz and below, `rt60_mid_seconds` at 1 kHz and `rt60_high_seconds` at 8 kHz and above. In
    between, its logarithm changes evenly.

    `room`, rounded to a whole number, names the noise: another number gives another room with the
    same decay. A room is made at 48 kHz and resampled, so it is the same at every rate and has
    nothing above 24 kHz. Stereo has four noises, from each side to each side, so the two sides of
    the tail are uncorrelated whatever the input. Mono has the first of the four. c brings the tail
    of steady pink noise (20 Hz to 20 kHz) to the power of the input, summed over the channels, so
    `wet` means the same in every room. The response ends about 70 dB down.

    Latency of the dry sound: 0 samples; the tail begins `pre_delay_ms` later, rounded to a sample.
    The output is as long as the input: the tail beyond its end is cut off.

    Raises:
        Unsuitable: the audio has more than two channels.
    """

    irreversible: ClassVar[str] = (
        "a dense tail is not minimum phase: its exact inverse is unstable, and its end is cut off"
    )

    neutral: ClassVar[Mapping[str, float]] = {"wet": 0.0}
    linear: ClassVar[bool] = True

    rt60_low_seconds: float = knob(0.1, 10.0, "s")
    rt60_mid_seconds: float = knob(0.1, 10.0, "s")
    rt60_high_seconds: float = knob(0.1, 10.0, "s")
    pre_delay_ms: float = knob(0.0, 250.0, "ms")
    wet: float = knob(0.0, 1.0, "(share of the amplitude)")
    room: float = knob(0.0, 999_999.0, "(number)")

    def __call__(self, audio: Audio) -> Audio:
        if audio.channels > 2:
            raise Unsuitable(
                f"NoiseReverb wants mono or stereo audio, got {audio.channels} channels"
            )
        if self.wet == 0.0:
            return audio
        times = (self.rt60_low_seconds, self.rt60_mid_seconds, self.rt60_high_seconds)
        room = _room(round(self.room), times, audio.channels, audio.rate)
        late = round(self.pre_delay_ms * audio.rate / 1_000.0)
        tail = convolved(audio.samples, room, late=late)
        return audio.with_samples((1.0 - self.wet) * audio.samples + self.wet * tail)

    def inverse(self) -> None:
        return None


@functools.lru_cache(maxsize=_KEPT_ROOMS)
def _room(number: int, times: tuple[float, ...], channels: int, rate: int) -> np.ndarray:
    """The responses from each side to each side, `(outputs, inputs, taps)`, float32, read-only."""
    noises = _noises(number, channels**2, math.ceil(max(times) * _DECAYED_DB / 60.0 * _RATE))
    decaying = _decaying(noises, times)
    if rate != _RATE:
        decaying = soxr.resample(decaying.T, _RATE, rate, quality="HQ").T
    paths = decaying.reshape(channels, channels, -1)
    paths = np.ascontiguousarray(paths / np.float32(math.sqrt(pink_power(paths, rate))))
    paths.flags.writeable = False
    return paths


def _noises(number: int, count: int, length: int) -> np.ndarray:
    """White noise for each path. Single precision is enough: it has a range of 140 dB."""
    paths = [rng_for(number, "room", str(path)) for path in range(count)]
    size = scipy.fft.next_fast_len(length, real=True)
    return np.stack([rng.standard_normal(size, dtype=np.float32) for rng in paths])


def _decaying(noises: np.ndarray, times: tuple[float, ...]) -> np.ndarray:
    size = noises.shape[1]
    spectra = scipy.fft.rfft(noises)
    frequencies = scipy.fft.rfftfreq(size, 1.0 / _RATE)
    seconds = np.arange(size, dtype=np.float32) / np.float32(_RATE)
    decaying = np.zeros_like(noises)
    for centre_hz in _CENTRES_HZ:
        octave = _octave(frequencies, centre_hz).astype(np.float32)
        envelope = np.exp(seconds * np.float32(-3.0 * _LN_10 / _seconds_at(centre_hz, times)))
        decaying += envelope * scipy.fft.irfft(spectra * octave, size)
    return decaying


def _octave(frequencies: np.ndarray, centre_hz: float) -> np.ndarray:
    """The amplitude of one octave; the squares of all octaves add up to 1."""
    octaves = np.log2(np.maximum(frequencies, 1.0) / centre_hz)
    up = np.clip((octaves + 0.5) / _BLEND / 2.0 + 0.5, 0.0, 1.0)
    down = np.clip((octaves - 0.5) / _BLEND / 2.0 + 0.5, 0.0, 1.0)
    lowest, highest = centre_hz == _CENTRES_HZ[0], centre_hz == _CENTRES_HZ[-1]
    rising = 1.0 if lowest else np.sin(np.pi / 2.0 * up)
    falling = 1.0 if highest else np.cos(np.pi / 2.0 * down)
    amplitude: np.ndarray = rising * falling * np.ones_like(frequencies)
    return amplitude


def _seconds_at(centre_hz: float, times: tuple[float, ...]) -> float:
    """T_b: straight lines between the logarithms of the times at 125 Hz, 1 kHz and 8 kHz."""
    octave = math.log2(centre_hz / 1_000.0)
    return float(np.exp(np.interp(octave, (-3.0, 0.0, 3.0), np.log(times))))
