"""Find an excerpt of some seconds in whole recordings, by fingerprint.

Every shift is tried, by a part of the words; the closest shifts are then compared word by word.
`duplicates` looks for whole songs among many and needs words that are equal in both. An excerpt
that was mixed again has few of these, and a few hundred words in all.

A mix is the excerpt of a recording if less than 35 % of the bits differ (Haitsma & Kalker, ISMIR
2002, section 4.1). A single stem needs more, because instruments repeat themselves: a kick drum of
one sample has the same sound in every song of its tempo. Less than 25 % of the bits differ, over
4.5 s or more, and the stem is much closer to the recording than to itself at any other time. What
this finds and what it misses: `docs/honesty.md`.
"""

from __future__ import annotations

import typing
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt32

from automix_bench.dsp.compiled import compiled
from automix_bench.music.fingerprint import DIFFERENT, HOP_SECONDS, Fingerprint

VERSION = 1
"""To be increased whenever other excerpts are found."""

LEAST_WORDS = 192
"""The least overlap, and the least number of audible words in it: 2.2 s."""

STEM_DIFFERENT = 0.25
STEM_GAP = 0.15
"""By how much a stem is closer to the recording than to itself at another time."""

STEM_WORDS = 384
"""The least overlap of a stem: 4.5 s."""

_STEP = 8
_TRIED = 4
_WORTH_TRYING = 0.45
_LEAST_LAG = 32  # frames that share no sample
_BITS = 32


@dataclass(frozen=True)
class Place:
    """Where an excerpt lies in a recording.

    Attributes:
        differing: the share of bits that differ; 0.5 for unrelated sounds.
        shift: the word of the recording at which the excerpt begins; negative if it begins before
            the recording does.
        words: the length of the overlap.
    """

    differing: float
    shift: int
    words: int

    @property
    def seconds(self) -> float:
        """The length of the overlap."""
        return self.words * HOP_SECONDS


def is_searchable(excerpt: Fingerprint) -> bool:
    """Whether an excerpt is long and loud enough to be found."""
    return int(excerpt.audible.sum()) >= LEAST_WORDS


def closest(excerpt: Fingerprint, recording: Fingerprint) -> Place | None:
    """Where a recording is closest to an excerpt; None if it is nowhere worth a comparison.

    Words that are almost silent in either do not count.
    """
    least = min(LEAST_WORDS, len(excerpt.words), len(recording.words))
    if least < LEAST_WORDS:
        return None
    first = least - len(excerpt.words)
    last = len(recording.words) - least
    differing = np.zeros(last - first + 1, np.uint32)
    compared = np.zeros(last - first + 1, np.uint32)
    _scan(excerpt.words, recording.words, _STEP, first, differing, compared)
    shares = differing / (_BITS * np.maximum(compared, 1))
    tried = np.argpartition(shares, min(_TRIED, len(shares) - 1))[:_TRIED]
    places = [
        _compared(excerpt, recording, first + int(number))
        for number in sorted(tried)
        if shares[number] < _WORTH_TRYING
    ]
    return min(filter(None, places), key=lambda place: place.differing, default=None)


@compiled
@typing.no_type_check
def _scan(
    words: UInt32[np.ndarray, " words"],
    recording: UInt32[np.ndarray, " recorded"],
    step: int,
    first: int,
    differing: UInt32[np.ndarray, " shifts"],
    compared: UInt32[np.ndarray, " shifts"],
) -> None:
    """Count the bits that differ at every shift from `first` on, for every `step`-th word."""
    # Numba multiplies 32-bit integers as 64-bit ones, so the four bytes are added by shifts.
    one, two, four = np.uint32(1), np.uint32(2), np.uint32(4)
    eight, sixteen, rest = np.uint32(8), np.uint32(16), np.uint32(63)
    pairs, quarters, bytes_ = np.uint32(0x55555555), np.uint32(0x33333333), np.uint32(0x0F0F0F0F)
    for number in range(0, len(words), step):
        word = words[number]
        low = max(0, -first - number)
        high = min(len(differing), len(recording) - first - number)
        if low >= high:
            continue
        facing = recording[first + low + number : first + high + number]
        sums, counts = differing[low:high], compared[low:high]
        for place in range(len(facing)):  # without branches, for the vector unit
            bits = word ^ facing[place]
            bits = bits - ((bits >> one) & pairs)
            bits = (bits & quarters) + ((bits >> two) & quarters)
            bits = (bits + (bits >> four)) & bytes_
            bits = bits + (bits >> eight)
            sums[place] += (bits + (bits >> sixteen)) & rest
            counts[place] += one


def _compared(one: Fingerprint, other: Fingerprint, shift: int) -> Place | None:
    """Compare word n of `one` with word n + `shift` of `other`; None if too few are audible."""
    start, end = max(0, -shift), min(len(one.words), len(other.words) - shift)
    audible = one.audible[start:end] & other.audible[start + shift : end + shift]
    count = int(audible.sum())
    if count < LEAST_WORDS or 2 * count < end - start:
        return None
    bits = np.bitwise_count(one.words[start:end] ^ other.words[start + shift : end + shift])
    return Place(float((bits * audible).sum() / (_BITS * count)), shift, end - start)


def repetition(excerpt: Fingerprint) -> float:
    """How close an excerpt is to itself at another time: the least share of bits that differ, over
    lags of 0.4 s or more and overlaps of half the excerpt or more. 0 for a loop, and where too
    little of it is audible to tell."""
    words: UInt32[np.ndarray, " words"] = excerpt.words
    shares = []
    for lag in range(_LEAST_LAG, len(words) // 2):
        audible = excerpt.audible[lag:] & excerpt.audible[:-lag]
        count = int(audible.sum())
        if 2 * count >= len(words) - lag:
            bits = np.bitwise_count(words[lag:] ^ words[:-lag])
            shares.append(float((bits * audible).sum() / (_BITS * count)))
    return min(shares, default=0.0)


def is_excerpt(place: Place, excerpt: Fingerprint, *, stem: bool) -> bool:
    """Whether an excerpt is of the recording in which it has this place.

    Args:
        stem: whether it is a single stem.
    """
    if not stem:
        return place.differing < DIFFERENT
    enough = place.differing < STEM_DIFFERENT and place.words >= STEM_WORDS
    return enough and place.differing <= repetition(excerpt) - STEM_GAP
