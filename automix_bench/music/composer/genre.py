"""The definition of a genre. The genres themselves are in `bands`, `club` and `screen`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automix_bench.music.composer.drums import Kit
from automix_bench.music.composer.playing import Slot


@dataclass(frozen=True)
class Genre:
    """The habits that songs of a genre share.

    Attributes:
        name: of the genre.
        slowest_bpm, fastest_bpm: the usual range of tempi.
        modes: names of scales; one is drawn. A repeated name is more likely.
        progressions: for each mode, by section, lines of roman numerals; `|` separates bars, and a
            bar has one or two chords. `verse` and `chorus` are required. A bridge without a line of
            its own uses a verse's; intro and outro use the song's verse.
        kit: the drums; None for a band without drums.
        slots: the rest of the band.
        beats: the number of beats in a bar.
        swing: the position of the off-beat between its neighbours: 0.5 straight, 0.67 triplets.
        swung_beats: the note length that swings: 1.0 eighths (two to a beat), 0.5 sixteenths.
        looseness_ms: the spread of the players' timing; 0 is a machine.
        straight: how often the tune is plain, 0 to 1.
    """

    name: str
    slowest_bpm: float
    fastest_bpm: float
    modes: tuple[str, ...]
    progressions: Mapping[str, Mapping[str, tuple[str, ...]]]
    kit: Kit | None
    slots: tuple[Slot, ...]
    beats: int = 4
    swing: float = 0.5
    swung_beats: float = 1.0
    looseness_ms: float = 6.0
    straight: float = 0.7
