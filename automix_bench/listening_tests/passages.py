"""Which seconds of a song raters hear: its loudest passage, and the one that differs most from it.

The loudest sustained passage of a song is usually its chorus, and the passage with the most
different spectrum usually a verse or a break. Both are found on the sound that the task wants:

* **loudest**: the window with the largest mean power after K-weighting (ITU-R BS.1770, not gated);
* **contrast**: of the windows that share no second with it and are at most 12 LU quieter, the one
  whose long-term spectrum in third octaves differs most from it, as the root mean square over the
  bands after the means are removed, so that loudness alone is no difference.

Windows begin every second. A song of a data set comes as one or several excerpts; a window lies
within one excerpt, and windows of different excerpts of a song are compared as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import block_powers
from automix_bench.dsp.traits import spectrum_db

LOUDEST, CONTRAST = "loudest", "contrast"
RULES = (LOUDEST, CONTRAST)
QUIETEST_LU = 12.0
"""How much quieter than the loudest passage the contrasting one may be."""
BLOCKS_A_SECOND = 10
LEAST_SECONDS = 1.0
RULE = (
    "loudest: the window of the wanted sound with the largest K-weighted mean power; contrast: of "
    f"the windows without a common second, at most {QUIETEST_LU:g} LU quieter, the one whose "
    "third-octave spectrum differs most from it (means removed); windows begin every second"
)
"""The rule in a sentence, for the key of a test."""


@dataclass(frozen=True)
class Excerpt:
    """An excerpt of a song in which passages are looked for.

    Attributes:
        example: its id in the data set.
        start: where it begins in the song, in samples.
        audio: the sound that the task wants.
    """

    example: str
    start: int
    audio: Audio


@dataclass(frozen=True)
class Passage:
    """Some seconds of a song.

    Attributes:
        example: the id of the excerpt that it lies in.
        start, length: its first sample in that excerpt, and how many there are.
        rule: why it was chosen, one of `RULES`.
        song_seconds: where it begins in the song, in seconds.
        distance_db: how far its spectrum is from that of the loudest passage.
    """

    example: str
    start: int
    length: int
    rule: str
    song_seconds: float
    distance_db: float = 0.0

    def of(self, audio: Audio) -> Audio:
        """These seconds of a sound of the excerpt."""
        return audio.excerpt(self.start, self.length)


def passages(excerpts: Sequence[Excerpt], seconds: float, count: int = 2) -> list[Passage]:
    """The passages of a song; one where it has no second one, none where it is silent.

    Args:
        seconds: how long they are; an excerpt that is shorter is one passage.
        count: 1 for the loudest alone, or 2.
    """
    windows = [window for excerpt in excerpts for window in _windows(excerpt, seconds)]
    sounding = [window for window in windows if window.power > 0.0]
    if not sounding:
        return []
    loudest = max(sounding, key=lambda window: window.power)  # the first of equals
    chosen = [loudest.passage(LOUDEST, 0.0)]
    if count > 1:
        spectrum = _shape(loudest.audio)
        others = [
            (_distance(spectrum, _shape(window.audio)), -number, window)
            for number, window in enumerate(sounding)
            if not window.overlaps(loudest) and window.below(loudest) <= QUIETEST_LU
        ]
        if others:
            distance, _, window = max(others, key=lambda other: other[:2])
            chosen.append(window.passage(CONTRAST, distance))
    return chosen


@dataclass(frozen=True)
class _Window:
    excerpt: Excerpt
    start: int
    length: int
    power: float

    @property
    def audio(self) -> Audio:
        return self.excerpt.audio.excerpt(self.start, self.length)

    @property
    def begins(self) -> int:
        """Its first sample in the song."""
        return self.excerpt.start + self.start

    def overlaps(self, other: _Window) -> bool:
        return self.begins < other.begins + other.length and other.begins < (
            self.begins + self.length
        )

    def below(self, other: _Window) -> float:
        """How much quieter it is, in LU."""
        return 10.0 * log10(other.power / self.power)

    def passage(self, rule: str, distance: float) -> Passage:
        begins = self.begins / self.excerpt.audio.rate
        return Passage(
            self.excerpt.example, self.start, self.length, rule, round(begins, 3), distance
        )


def _windows(excerpt: Excerpt, seconds: float) -> list[_Window]:
    audio = excerpt.audio
    if audio.seconds < LEAST_SECONDS:
        return []
    length = min(audio.length, round(seconds * audio.rate))
    powers = block_powers(audio)  # of 0.4 s, ten a second
    windows = []
    for second in range(int((audio.length - length) / audio.rate) + 1):
        first = second * BLOCKS_A_SECOND
        last = first + int(length / audio.rate * BLOCKS_A_SECOND) - 3
        mean = float(np.mean(powers[first : max(first + 1, last)]))
        windows.append(_Window(excerpt, second * audio.rate, length, mean))
    return windows


def _shape(audio: Audio) -> np.ndarray:
    spectrum = spectrum_db(audio)
    return np.asarray(spectrum - spectrum.mean())


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.mean((one - other) ** 2)))
