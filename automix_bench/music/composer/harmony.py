"""Chords and scales: read roman numerals, and connect chords with little motion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}

KEYS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

_NUMERALS = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_PATTERN = re.compile(r"([b#]?)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(.*)")
_MAJOR = {
    "": (0, 4, 7),
    "5": (0, 7),
    "7": (0, 4, 7, 10),
    "9": (0, 4, 7, 10, 14),
    "maj7": (0, 4, 7, 11),
    "maj9": (0, 4, 7, 11, 14),
    "add9": (0, 4, 7, 14),
    "6": (0, 4, 7, 9),
    "sus4": (0, 5, 7),
    "7sus4": (0, 5, 7, 10),
}
_MINOR = {
    "": (0, 3, 7),
    "5": (0, 7),
    "7": (0, 3, 7, 10),
    "9": (0, 3, 7, 10, 14),
    "6": (0, 3, 7, 9),
    "o": (0, 3, 6),
    "7b5": (0, 3, 6, 10),
}


@dataclass(frozen=True)
class Chord:
    """A root and the tones above it, as pitch classes 0-11 (0 is C), root first."""

    symbol: str
    tones: tuple[int, ...]

    @property
    def root(self) -> int:
        return self.tones[0]

    @property
    def fifth(self) -> int:
        """The pitch class of the fifth, perfect or diminished; of the root if there is no fifth."""
        sevenths = [tone for tone in self.tones if (tone - self.root) % 12 in (6, 7)]
        return sevenths[0] if sevenths else self.root


def chord(symbol: str, tonic: int) -> Chord:
    """The chord of a roman numeral above a tonic.

    Numerals count degrees of the major scale in every mode (`bVI` in A minor is F). Upper case is a
    major third, lower case a minor one. Suffixes are as on a lead sheet.

    Raises:
        ValueError: the symbol cannot be read.
    """
    match = _PATTERN.fullmatch(symbol)
    if match is None:
        raise ValueError(f"not a roman numeral: {symbol!r}")
    accidental, numeral, suffix = match.groups()
    kinds = _MAJOR if numeral.isupper() else _MINOR
    if suffix not in kinds:
        raise ValueError(f"unknown kind of chord {suffix!r} in {symbol!r}")
    root = tonic + _NUMERALS[numeral.upper()] + {"": 0, "b": -1, "#": 1}[accidental]
    return Chord(symbol, tuple((root + tone) % 12 for tone in kinds[suffix]))


def voiced(
    chords: Sequence[Chord], low: int, high: int, voices: int
) -> tuple[tuple[int, ...], ...]:
    """Each chord as pitches from `low` to `high`, in close position, with the least possible
    motion.

    Among all inversions within the range, each chord uses the one with the least total motion from
    the chord before. The first chord uses the one nearest the middle of the range. A chord with
    more tones than voices omits its fifth first, then its root. A chord with fewer tones doubles
    them at the octave.
    """
    voicings: list[tuple[int, ...]] = []
    before: tuple[int, ...] = ((low + high) // 2,) * voices
    for one in chords:
        tones = _reduced(one, voices)
        before = min(
            _inversions(tones, low, high, voices),
            key=lambda pitches: sum(abs(a - b) for a, b in zip(pitches, before, strict=True)),
        )
        voicings.append(before)
    return tuple(voicings)


def nearest(pitch_class: int, pitch: int) -> int:
    """The pitch of that class that is nearest to `pitch`; the lower one if two are equally near."""
    above = (pitch_class - pitch) % 12
    return pitch + (above if above < 6 else above - 12)


def _reduced(one: Chord, voices: int) -> tuple[int, ...]:
    tones = one.tones
    for spare in (one.fifth, one.root):
        if len(tones) > voices:
            tones = tuple(tone for tone in tones if tone != spare)
    return tones[:voices]


def _inversions(tones: tuple[int, ...], low: int, high: int, voices: int) -> list[tuple[int, ...]]:
    """Close positions of `voices` pitches, from every tone of the chord within the range."""
    inversions = []
    for bottom in range(low, high + 1):
        if bottom % 12 not in tones:
            continue
        pitches = [bottom]
        while len(pitches) < voices:
            pitches.append(min(pitches[-1] + 1 + (t - pitches[-1] - 1) % 12 for t in tones))
        # A second at the bottom of a voicing sounds muddy below middle C.
        if pitches[-1] <= high and not (pitches[0] < 55 and _crowded(pitches)):
            inversions.append(tuple(pitches))
    if not inversions:
        raise ValueError(f"no {voices} tones of {tones} fit from {low} to {high}")
    return inversions


def _crowded(pitches: list[int]) -> bool:
    return len(pitches) > 2 and any(b - a < 2 for a, b in pairwise(pitches))
