"""What a genre is to the composer; the genres themselves are in `bands`, `club`
and `screen`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automix_bench.music.composer.drums import Kit
from automix_bench.music.composer.playing import Slot


@dataclass(frozen=True)
class Genre:
    """Habits that songs of a kind share.

    Attributes:
        name: of the genre.
        slowest_bpm, fastest_bpm: usual tempi.
        modes: names of scales, one of which is drawn; repeat one to make it likelier.
        progressions: for each mode, by section, lines of roman numerals: bars apart by `|`, one
            or two chords in each. `verse` and `chorus` must be there; a bridge without one of its
            own takes a verse's, intro and outro take the song's verse.
        kit: the drummer; None for a band without.
        slots: the rest of the band.
        beats: in a bar.
        swing: where the off-beat falls between its neighbours: 0.5 straight, 0.67 triplets.
        swung_beats: what swings: 1.0 eighths (two to a beat), 0.5 sixteenths.
        looseness_ms: spread of the players' timing; 0 is a machine.
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
