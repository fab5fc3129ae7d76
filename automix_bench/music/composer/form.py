"""The form of a song: sections, and the bars in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from automix_bench.music.composer.harmony import Chord

# How loud and dense a section is, 0 to 1. It decides which players play, and scales accents.
INTENSITY = {
    "intro": 0.35,
    "verse": 0.5,
    "chorus": 0.9,
    "bridge": 0.6,
    "outro": 0.4,
}

_TEMPLATES = (
    (4, ("verse", "chorus")),
    (12, ("intro", "verse", "chorus")),
    (18, ("intro", "verse", "chorus", "outro")),
    (24, ("intro", "verse", "chorus", "verse", "chorus", "outro")),
    (34, ("intro", "verse", "chorus", "verse", "chorus", "bridge", "chorus", "outro")),
)
_LEAST = {"intro": 2, "outro": 2}
_GROWTH = (
    ("verse", 4),
    ("chorus", 4),
    ("chorus", 8),
    ("verse", 8),
    ("intro", 4),
    ("bridge", 8),
    ("outro", 4),
    ("verse", 16),
)


@dataclass(frozen=True)
class Section:
    """A section of the form.

    Attributes:
        kind: intro, verse, chorus, bridge or outro.
        bars: the number of bars.
        start_seconds: the time at which its first bar begins.
    """

    kind: str
    bars: int
    start_seconds: float = 0.0


@dataclass(frozen=True)
class Bar:
    """One bar, as the players read it.

    Attributes:
        index: from 0, in the song.
        place: from 0, in its section.
        section: the kind of its section.
        visit: how many sections of this kind came before, from 0.
        intensity: 0 to 1.
        chords: one, or two that share the bar evenly.
        first: whether it is the first of its section.
        last: whether it is the last of its section; drum fills are there.
        final: whether it is the last of the song: one long chord on the tonic.
    """

    index: int
    place: int
    section: str
    visit: int
    intensity: float
    chords: tuple[Chord, ...]
    first: bool
    last: bool
    final: bool

    def chord_at(self, part: float) -> Chord:
        """The chord at a position in the bar, from 0 to 1."""
        return self.chords[min(int(part * len(self.chords)), len(self.chords) - 1)]


def sections(bars: int) -> tuple[Section, ...]:
    """A form of that many bars: an even number, 4 or more.

    The richest form is used in which every section gets its least length. It then grows two bars at
    a time, choruses and verses first. A very long song repeats verse and chorus.

    Raises:
        ValueError: the number of bars is odd or under 4.
    """
    if bars < 4 or bars % 2:
        raise ValueError(f"a form has an even number of bars, 4 or more, got {bars}")
    kinds = [list(names) for least, names in _TEMPLATES if least <= bars][-1]
    while len(kinds) > 7 and bars > 9 * len(kinds):
        kinds[3:3] = ["verse", "chorus"]
    least = 2 if bars < 12 else 4
    lengths = [_LEAST.get(kind, least) for kind in kinds]
    for grown, limit in _GROWTH:
        for place, kind in enumerate(kinds):
            if kind == grown:
                more = min(limit - lengths[place], bars - sum(lengths))
                lengths[place] += max(0, more)
    lengths[-2 if kinds[-1] == "outro" else -1] += bars - sum(lengths)
    return tuple(Section(kind, length) for kind, length in zip(kinds, lengths, strict=True))


def lay_out(
    form: Sequence[Section], progressions: dict[str, Sequence[tuple[Chord, ...]]], tonic: Chord
) -> tuple[Bar, ...]:
    """Every bar of a form, with its chords: a section repeats its progression, and the last bar
    of the song is the tonic."""
    bars: list[Bar] = []
    visits: dict[str, int] = {}
    total = sum(section.bars for section in form)
    for section in form:
        visit = visits.get(section.kind, 0)
        visits[section.kind] = visit + 1
        progression = progressions[section.kind]
        for place in range(section.bars):
            # Later visits are a little bigger: the last chorus is the loudest.
            intensity = min(1.0, INTENSITY[section.kind] + 0.05 * visit)
            final = len(bars) == total - 1
            bars.append(
                Bar(
                    index=len(bars),
                    place=place,
                    section=section.kind,
                    visit=visit,
                    intensity=intensity,
                    chords=(tonic,) if final else progression[place % len(progression)],
                    first=place == 0,
                    last=place == section.bars - 1 and not final,
                    final=final,
                )
            )
    return tuple(bars)
