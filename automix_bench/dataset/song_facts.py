"""What the rows of a manifest tell about its songs: where their mixes come from, and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from automix_bench.dataset.manifest import ManifestRow, mix_kind_in
from automix_bench.music.files.multitracks import UNEQUAL
from automix_bench.music.song_measures import RESAMPLED
from automix_bench.song import MixKind

MEANINGS: dict[MixKind, str] = {
    "released": "a mix that somebody made",
    "sum": "the plain sum of the stems",
    "unknown": "not known",
}


@dataclass
class SongFacts:
    """Facts about the songs of a data set, added up row by row.

    Attributes:
        examples: the number of examples by the kind of their mix.
        songs: the kind of mix of each song, by its id.
        stem_sum_db: `ManifestRow.stem_sum_db` of the songs that were measured, by their ids.
        notes: on songs, by their ids.
    """

    examples: Counter[MixKind] = field(default_factory=Counter)
    songs: dict[str, MixKind] = field(default_factory=dict)
    stem_sum_db: dict[str, float] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[ManifestRow]) -> SongFacts:
        """The facts in these rows."""
        facts = cls()
        for row in rows:
            facts.add(row)
        return facts

    def add(self, row: ManifestRow) -> None:
        """Take in an example."""
        kind = mix_kind_in(row)
        self.examples[kind] += 1
        self.songs[row["song"]] = kind
        if (difference_db := row.get("stem_sum_db")) is not None:
            self.stem_sum_db[row["song"]] = difference_db
        if notes := row.get("song_notes"):
            self.notes[row["song"]] = list(notes)

    @property
    def song_counts(self) -> dict[MixKind, int]:
        """The number of songs by kind of mix, without kinds that do not occur."""
        counts = Counter(self.songs.values())
        return {kind: counts[kind] for kind in MEANINGS if counts[kind]}

    def lines(self) -> list[str]:
        """Lines for the user of `make`: notes on songs, then the counts."""
        lines = [f"{song}: {note}" for song, notes in sorted(self.notes.items()) for note in notes]
        for beginning, what in ((UNEQUAL, "files of unequal length"), (RESAMPLED, "resampled")):
            noted = sum(any(n.startswith(beginning) for n in own) for own in self.notes.values())
            if noted:
                lines.append(f"{what}: {noted} of {len(self.songs)} songs")
        counts = ", ".join(
            f"{count} {kind} ({MEANINGS[kind]})" for kind, count in self.song_counts.items()
        )
        lines.append(f"mixes of the {len(self.songs)} songs: {counts}")
        return lines
