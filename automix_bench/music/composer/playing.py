"""Types that all players share: strokes on a grid of sixteenths, and places in a band."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from automix_bench.music.composer.form import Bar

STEPS_A_BEAT = 4

# The force of each letter of a pattern, 0 to 1.
FORCE = {"X": 1.0, "x": 0.8, "o": 0.45}


@dataclass(frozen=True, slots=True)
class Stroke:
    """A note of the score, before timing in seconds and human errors.

    Attributes:
        beat: its start, in beats from the start of the song.
        beats: its length, in beats.
        pitch: MIDI, 0-127.
        force: 0 to 1.
        spread: place in a strum, 0 for the first string; each further string is a little later.
    """

    beat: float
    beats: float
    pitch: int
    force: float
    spread: int = 0


@dataclass(frozen=True)
class Slot:
    """A place in a band.

    Attributes:
        name: of the track; the part before the dash is its role.
        player: the function that plays it: a name in `PLAYERS` of the package.
        programs: General MIDI programs; one is drawn.
        patterns: rhythms; one is drawn for quiet sections and one for loud ones. One letter is a
            sixteenth: `X` accent, `x` stroke, `o` ghost, `-` held, `.` rest.
        low, high: the range, in MIDI pitches.
        enters: the least intensity of a section in which it plays.
        chance: the probability that the band has this player.
        mono: whether it is recorded with one microphone.
    """

    name: str
    player: str
    programs: tuple[int, ...]
    patterns: tuple[str, ...] = ("X",)
    low: int = 48
    high: int = 72
    enters: float = 0.0
    chance: float = 1.0
    mono: bool = False

    def __post_init__(self) -> None:
        if self.high - self.low < 12:
            raise ValueError(f"{self.name}: a range needs an octave, got {self.low}-{self.high}")


@dataclass(frozen=True)
class Sheet:
    """The song as a player reads it: bars, scale and groove.

    Attributes:
        bars: of the whole song.
        beats: the number of beats in a bar.
        scale: pitch classes of the key.
        kick: the sixteenths with a bass drum, for each bar.
        straight: how often the tune is on the beat, 0 to 1.
    """

    bars: tuple[Bar, ...]
    beats: int
    scale: tuple[int, ...]
    kick: tuple[tuple[int, ...], ...]
    straight: float

    @property
    def steps(self) -> int:
        """Sixteenths in a bar."""
        return self.beats * STEPS_A_BEAT


Player = Callable[[Sheet, Slot, np.random.Generator], list[Stroke]]


def pick(options: tuple[str, ...], rng: np.random.Generator) -> str:
    """A random pattern."""
    return options[int(rng.integers(len(options)))]


def hits(pattern: str, steps: int) -> Iterator[tuple[int, int, float]]:
    """Each stroke of a pattern as (step, length in steps, force).

    A stroke lasts until the next letter that is not `-`. A stroke without a `-` after it lasts one
    step. A pattern shorter than the bar is repeated; a longer one is cut.
    """
    line = (pattern * (steps // len(pattern) + 1))[:steps]
    for step, letter in enumerate(line):
        if letter in FORCE:
            rest = line[step + 1 :]
            yield step, 1 + len(rest) - len(rest.lstrip("-")), FORCE[letter]
