"""A compact fingerprint of a recording, to recognise it in another file.

It follows J. Haitsma and T. Kalker, "A highly robust audio fingerprinting system", ISMIR 2002.
Every 11.6 ms gives a word of 32 bits. Each bit is the sign of the change, from one frame to the
next, of the difference in energy of two neighbouring bands. Coding, resampling, noise and level
change few bits; two different recordings agree in half of them.

    bit(n, m) = 1 if E(n, m) - E(n, m+1) - (E(n-1, m) - E(n-1, m+1)) > 0

Two things differ from the paper: whole overlaps are compared block by block, and almost silent
frames do not count. A recording played at another speed or pitch is not recognised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, UInt32
from numpy.lib.stride_tricks import sliding_window_view

from automix_bench.audio import Audio

VERSION = 1
"""To be increased whenever the words for equal audio change."""

RATE = 5_512.5
HOP = 64
FRAME = 2_048
HOP_SECONDS = HOP / RATE
BLOCK = 256
"""The number of words in a block of comparison: 3 s."""

DIFFERENT = 0.35
"""A block with at least this share of differing bits is another recording, as in the paper."""

_BANDS = 33
_LOW_HZ, _HIGH_HZ = 300.0, 2_000.0
_AUDIBLE_DB = -60.0
_FRAMES_AT_ONCE = 1_024
_BITS = 32


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """The fingerprint of one recording.

    Attributes:
        words: one every 11.6 ms.
        audible: whether the frame of a word is within 60 dB of the loudest.
    """

    words: UInt32[np.ndarray, " words"]
    audible: Bool[np.ndarray, " words"]

    @property
    def seconds(self) -> float:
        """The time from the first word to the last."""
        return len(self.words) * HOP_SECONDS


@dataclass(frozen=True)
class Likeness:
    """The similarity of two recordings at one shift.

    Attributes:
        share: the share of blocks in their overlap that are the same recording.
        differing: the share of bits that differ in the whole overlap; 0.5 for unrelated recordings.
        overlap_seconds: the length of the overlap.
    """

    share: float
    differing: float
    overlap_seconds: float


def fingerprint(audio: Audio) -> Fingerprint:
    """The fingerprint of the mean of a recording's channels.

    A recording shorter than two frames (0.4 s) has no words.
    """
    import soxr
    from scipy import fft

    mono = _mono(audio)
    slow: Float32[np.ndarray, " samples"] = soxr.resample(mono, audio.rate, RATE, quality="MQ")
    if slow.size < FRAME + HOP:
        return Fingerprint(np.zeros(0, np.uint32), np.zeros(0, np.bool_))
    frames = sliding_window_view(slow, FRAME)[::HOP]
    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    edges = np.round(np.geomspace(_LOW_HZ, _HIGH_HZ, _BANDS + 1) * FRAME / RATE).astype(int)
    energies = []
    for first in range(0, len(frames), _FRAMES_AT_ONCE):
        spectra: Any = fft.rfft(frames[first : first + _FRAMES_AT_ONCE] * window, axis=1)
        inside = spectra[:, edges[0] : edges[-1]]
        powers = np.square(inside.real) + np.square(inside.imag)
        energies.append(np.add.reduceat(powers, edges[:-1] - edges[0], axis=1))
    return _words(np.concatenate(energies))


def _mono(audio: Audio) -> Float32[np.ndarray, " samples"]:
    """The mean of the channels; the first channel if they cancel each other."""
    mean: np.ndarray = audio.samples.mean(axis=0, dtype=np.float32)
    most = float(np.square(audio.samples).mean())
    return mean if float(np.square(mean).mean()) > 1e-4 * most else audio.samples[0]


def _words(energies: Float32[np.ndarray, "frames bands"]) -> Fingerprint:
    across = energies[:, :-1] - energies[:, 1:]
    bits = (across[1:] - across[:-1]) > 0.0
    packed = np.packbits(bits, axis=1)
    words = np.ascontiguousarray(packed).view(">u4")[:, 0].astype(np.uint32)
    loudness = energies[1:].sum(axis=1)
    floor = float(loudness.max()) * 10.0 ** (_AUDIBLE_DB / 10.0)
    return Fingerprint(words, loudness > floor)


def likeness(one: Fingerprint, other: Fingerprint, shift: int) -> Likeness:
    """The similarity of two recordings if word n of `other` is word n + `shift` of `one`.

    Blocks of which less than half is audible in both are left out. If no block is left, the share
    is 0. An overlap shorter than a block is one block.
    """
    start, end = max(0, shift), min(len(one.words), len(other.words) + shift)
    if end <= start:
        return Likeness(0.0, 0.5, 0.0)
    differ = np.bitwise_count(one.words[start:end] ^ other.words[start - shift : end - shift])
    audible = one.audible[start:end] & other.audible[start - shift : end - shift]
    starts = np.arange(0, max(1, differ.size - BLOCK // 2), BLOCK)
    counts = np.add.reduceat(audible, starts, dtype=np.int64)
    sums = np.add.reduceat(differ * audible, starts, dtype=np.int64)
    sizes = np.diff(np.append(starts, differ.size))
    countable = 2 * counts >= sizes
    seconds = differ.size * HOP_SECONDS
    if not countable.any():
        return Likeness(0.0, 0.5, seconds)
    rates = sums[countable] / (counts[countable] * _BITS)
    whole = float(sums[countable].sum() / (counts[countable].sum() * _BITS))
    return Likeness(float(np.mean(rates < DIFFERENT)), whole, seconds)
