"""What every player shares: strokes on a grid of sixteenths, and the part they play."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from automix_bench.music.composer.form import Bar

STEPS_A_BEAT = 4

# How hard a letter of a pattern is played, 0 to 1.
FORCE = {"X": 1.0, "x": 0.8, "o": 0.45}


@dataclass(frozen=True, slots=True)
class Stroke:
    """A note on the score: not yet in seconds, not yet human.

    Attributes:
        beat: from the start of the song.
        beats: how long.
        pitch: MIDI, 0-127.
        force: 0 to 1.
        spread: place in a strum, 0 for the first string; each one comes a little later.
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
        name: of the track; its role before the dash.
        player: who reads it: a name in `PLAYERS` of the package.
        programs: General MIDI programs, one of which is drawn.
        patterns: rhythms, one of which is drawn for quiet sections and one for loud ones: `X`
            accent, `x` stroke, `o` ghost, `-` held, `.` rest; one letter a sixteenth.
        low, high: range, in MIDI pitches.
        enters: least intensity of a section in which it plays.
        chance: that the band has this player at all.
        mono: recorded with one microphone.
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
            raise ValueError(f"{self.name}: a range wants an octave, got {self.low}-{self.high}")


@dataclass(frozen=True)
class Sheet:
    """What a player has on the stand: the bars, the scale and the groove of the song.

    Attributes:
        bars: of the whole song.
        beats: in a bar.
        scale: pitch classes of the key.
        kick: the sixteenths on which the bass drum falls, for each bar.
        straight: how often the tune falls on the beat, 0 to 1.
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
    """One of the patterns."""
    return options[int(rng.integers(len(options)))]


def hits(pattern: str, steps: int) -> Iterator[tuple[int, int, float]]:
    """Each stroke of a pattern as (step, length in steps, force).

    A stroke lasts up to the next letter that is not `-`; one followed by no `-` lasts one step. A
    pattern shorter than the bar is repeated, one that is longer is cut.
    """
    line = (pattern * (steps // len(pattern) + 1))[:steps]
    for step, letter in enumerate(line):
        if letter in FORCE:
            rest = line[step + 1 :]
            yield step, 1 + len(rest) - len(rest.lstrip("-")), FORCE[letter]
