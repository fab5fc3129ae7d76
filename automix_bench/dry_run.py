"""What a recipe will make, how large it will be and how long it will take, before it is made.

The plan tells songs, hours, examples and licences exactly. Bytes and time are measured on a trial:
a few excerpts, spread over the plan, are decoded, separated, rendered and encoded as `make` would,
and nothing of it is written.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from automix_bench.audio import Audio
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.licence import join, redistributable, terms
from automix_bench.making import prepared
from automix_bench.plan import Plan, PlannedSong, plan
from automix_bench.recipe import SPLITS, Recipe, render
from automix_bench.shards import encode, row
from automix_bench.song import Song

T = TypeVar("T")

TRIALS = 3
_REJECTED_SHOWN = 5
# Of one row of the manifest and of a shard's index, as JSON and Parquet.
_BYTES_PER_ROW = 3_000


@dataclass(frozen=True)
class Trial:
    """What was measured.

    Attributes:
        examples: how many were rendered; 0 if every one that was tried was rejected, and then no
            other number means anything.
        bytes_per_example: mean size of an example in its shard.
        song_seconds_per_second: of work, for what has to be done to whole songs: decoding, playing
            or reading their stems, and separation.
        seconds_per_example: of work, for drawing, rendering, measuring and encoding.
        rejected: what could not be used.
    """

    examples: int
    bytes_per_example: float
    song_seconds_per_second: float
    seconds_per_example: float
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True)
class Estimate:
    """What `make` would do.

    Attributes:
        plan: what it would make, exactly.
        weights_license: SPDX expression of the separator's weights; empty if there are none.
        trial: what was measured; None if nothing was tried.
    """

    plan: Plan
    weights_license: str
    trial: Trial | None

    @property
    def song_seconds(self) -> float:
        """How long the songs are, which have to be decoded in full."""
        return sum(song.listing.length / song.listing.rate for song in self.plan.songs)

    @property
    def example_seconds(self) -> float:
        """How much music the examples hold; every one of them several times over, in stems."""
        return float(self.plan.examples * self.plan.recipe["excerpt_seconds"])

    @property
    def licenses(self) -> Mapping[str, int]:
        """Songs by licence, joined with that of the separator's weights."""
        songs = Counter(song.listing.license for song in self.plan.songs)
        joined: Counter[str] = Counter()
        for spdx, count in songs.items():
            joined[join(spdx, self.weights_license)] += count
        return dict(sorted(joined.items()))

    @property
    def bytes(self) -> int | None:
        """On the disk, as far as the trial tells."""
        if not self.trial or not self.trial.examples:
            return None
        return round(self.plan.examples * (self.trial.bytes_per_example + _BYTES_PER_ROW))

    @property
    def work_seconds(self) -> float | None:
        """Of one worker on this machine, with nothing in the cache of separated stems."""
        if not self.trial or not self.trial.examples:
            return None
        songs = self.song_seconds / self.trial.song_seconds_per_second
        return songs + self.plan.examples * self.trial.seconds_per_example

    def to_json(self) -> dict[str, Any]:
        """All numbers, by name."""
        songs = self.plan.songs
        return {
            "plan_root": self.plan.root,
            "songs": len(songs),
            "artists": len({song.listing.artist for song in songs}),
            "song_hours": round(self.song_seconds / 3600.0, 4),
            "examples": self.plan.examples,
            "example_hours": round(self.example_seconds / 3600.0, 4),
            "shards": sum(1 for _ in self.plan.shards()),
            "splits": _by_split(self.plan),
            "licenses": dict(self.licenses),
            "rejected": len(self.plan.rejected),
            "bytes": self.bytes,
            "work_seconds": None if self.work_seconds is None else round(self.work_seconds, 1),
        }


def estimate(recipe: Recipe, *, trials: int = TRIALS) -> Estimate:
    """What making a recipe would take. Nothing is written, but for what the source keeps itself.

    Args:
        trials: how many excerpts, each of another song, are tried; 0 tries nothing, and tells
            neither bytes nor time.

    Raises:
        UsageError: as for `plan`.
    """
    planned = plan(recipe)
    trial = _tried(recipe, planned, trials) if trials else None
    return Estimate(planned, recipe.separator.license, trial)


def _tried(recipe: Recipe, planned: Plan, trials: int) -> Trial:
    """Try songs spread over the plan until enough were usable, or twice as many were not."""
    rejected: list[Rejected] = []
    sizes: list[int] = []
    heard = worked = rendered = 0.0
    count = len(planned.songs)
    order = dict.fromkeys(i * count // (3 * trials) for i in range(3 * trials))
    spread = list(order)[:: max(1, len(order) // trials)]
    for number in dict.fromkeys((*spread, *order)):
        if len(sizes) == trials:
            break
        song = planned.songs[number]
        try:
            excerpt, song_seconds, load = _loaded(recipe, song)
            if not sizes:  # the first time compiles and loads what later ones find ready
                _rendered(recipe, excerpt, song)
            (example, size), seconds = _timed(lambda e=excerpt, s=song: _rendered(recipe, e, s))
        except Rejected as error:
            rejected.append(error)
            continue
        sizes.append(size)
        heard, worked, rendered = heard + song_seconds, worked + load, rendered + seconds
        del example
    done = len(sizes)
    if not done:
        return Trial(0, 0.0, 0.0, 0.0, tuple(rejected))
    return Trial(done, sum(sizes) / done, heard / worked, rendered / done, tuple(rejected))
