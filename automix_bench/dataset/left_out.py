"""Why a data set has fewer examples than were asked for: reasons by kind, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from automix_bench.dataset.plan import Plan
from automix_bench.errors import Rejected

OTHER = "for other reasons"
_KINDS = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"shorter than one excerpt of", "shorter than one excerpt"),
        (r"^silent\b|but silence|^no stem reaches silence_db", "silent"),
        (r"before the excerpt does|before an excerpt", "ending before the excerpt does"),
        (r"^\d+ Hz, wanted at least", "below lowest_rate"),
        (r"^its files differ in rate", "with files of several rates"),
        (r"^(5\.1, |7\.1, )?\d+ channels, wanted", "with more than two channels"),
        (r"same (bytes|recording|sound) as", "there twice"),
        (r"^its licence is", "under a licence that is not allowed"),
        (r"^no console that was drawn changed it", "not changed audibly by any console"),
        (r"^peaks (at|above)", "too loud"),
        (r"^expected a song with stems|^no stems, only a mix", "without stems"),
        (r"^[A-Z]\w*(\.\w+)? (wants|must|of|.* has nothing)", "unsuitable for an effect"),
        (
            r"cut short|damaged|cannot be (read|loaded)|get a whole copy|^an empty file|"
            r"export it again|glued together|is no file but",
            "damaged or not readable",
        ),
    )
)
_FILE_OF_A_USED_SONG = re.compile(r"; the song is used$")


def kind_of(reason: str) -> str:
    """The kind of a reason in `Rejected`, such as `silent`; `OTHER` if it is of none."""
    return next((kind for pattern, kind in _KINDS if pattern.search(reason)), OTHER)


@dataclass(frozen=True)
class LeftOut:
    """What was asked for and not made, by the kind of its reason.

    Attributes:
        planned, made: numbers of examples.
        used: the number of songs in the plan.
        songs: songs of the source that are not in the plan.
        examples: planned examples that were not made.
        per_song: the number of excerpts of a song that the recipe asks for; None for all.
        short_songs, fewer: the songs that are too short for so many, and the examples that these
            lack together.
    """

    planned: int
    made: int
    used: int
    songs: Counter[str]
    examples: Counter[str]
    per_song: int | None
    short_songs: int
    fewer: int

    def lines(self) -> list[str]:
        """Lines for the reader; none if nothing is lacking."""
        lines = []
        if self.examples and self.made < self.planned:
            lines.append(
                f"{self.made} of {self.planned} planned examples were made; left out: "
                f"{counted(self.examples)}"
            )
        if self.songs:
            every = self.used + self.songs.total()
            lines.append(
                f"{self.used} of {every} songs were planned; left out: {counted(self.songs)}"
            )
        if self.fewer:
            lines.append(
                f"{self.per_song} excerpts a song were asked for; {self.short_songs} of "
                f"{self.used} songs are too short for so many: {self.fewer} examples fewer"
            )
        return lines


def left_out(plan: Plan, made: int, rejected: Iterable[Rejected]) -> LeftOut:
    """Count what is lacking.

    Args:
        made: the number of examples in the data set.
        rejected: songs and excerpts that were rejected while making it, without those of the plan.
            A song counts with all its planned examples.
    """
    planned = {s.listing.origin.name: len(s.excerpts) * plan.consoles for s in plan.songs}
    examples: Counter[str] = Counter()
    for one in rejected:
        examples[kind_of(one.reason)] += planned.get(one.item, 1)
    songs = (one for one in plan.rejected if not _FILE_OF_A_USED_SONG.search(one.reason))
    per_song = plan.recipe["excerpts_per_song"]
    lacking = [(per_song or 0) - len(song.excerpts) for song in plan.songs]
    short = [count for count in lacking if count > 0]
    return LeftOut(
        planned=plan.examples,
        made=made,
        used=len(plan.songs),
        songs=Counter(kind_of(one.reason) for one in songs),
        examples=examples,
        per_song=per_song,
        short_songs=len(short),
        fewer=sum(short) * plan.consoles,
    )


def counted(kinds: Counter[str]) -> str:
    """The kinds in words, the most frequent first: `3 silent, 1 too loud`."""
    ordered: Sequence[tuple[str, int]] = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {kind}" for kind, count in ordered)
