"""What a recipe will make, how large it will be and how long it will take, before it is made.

The plan tells songs, hours, examples and licences exactly. Bytes and time are measured on a trial:
a few excerpts, spread over the plan, are decoded, separated, rendered and encoded as `make` would,
and nothing of it is written.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from automix_bench.dataset.plan import Plan, PlannedSong
from automix_bench.dataset.shards import packed, row
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.files.byte_sizes import in_units
from automix_bench.licence import join, redistributable, terms
from automix_bench.making.excerpt import examples_of
from automix_bench.making.planning import plan
from automix_bench.making.prepare_song import prepared
from automix_bench.recipe import SPLITS, Recipe
from automix_bench.song import Song
from automix_bench.source import Catalogue, Listing

TRIALS = 3
_REJECTED_SHOWN = 5
_SEPARATED_SECONDS = 12.0
# Of one row of the manifest and of a shard's index, as JSON and Parquet.
_BYTES_PER_ROW = 3_000


@dataclass(frozen=True)
class Trial:
    """What was measured, as means.

    Attributes:
        examples: how many were rendered; 0 if every one that was tried was rejected, and then no
            other number means anything.
        bytes_per_example: in its shard.
        load_factor: seconds of work to decode or play a second of song.
        separate_factor: seconds of work to separate a second of song; 0 where stems are recorded.
        render_seconds: of work to draw, render, measure and encode an example.
        rejected: what could not be used.
    """

    examples: int
    bytes_per_example: float
    load_factor: float
    separate_factor: float
    render_seconds: float
    rejected: tuple[Rejected, ...] = ()


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
        songs = self.song_seconds * (self.trial.load_factor + self.trial.separate_factor)
        return songs + self.plan.examples * self.trial.render_seconds

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
    """Try songs spread over the plan until enough were usable, or no more are to be tried."""
    count, tries = len(planned.songs), 3 * trials
    places = dict.fromkeys(i * count // tries for i in range(tries))
    # Every third first: they are spread over all of the plan by themselves.
    order = sorted(places, key=lambda place: list(places).index(place) % 3)
    measured: list[_One] = []
    rejected: list[Rejected] = []
    for place in order:
        if len(measured) == trials:
            break
        try:
            if not measured:  # compiles and loads what later ones find ready
                _measured(recipe, planned.songs[place])
            measured.append(_measured(recipe, planned.songs[place]))
        except Rejected as error:
            rejected.append(error)
    if not measured:
        return Trial(0, 0.0, 0.0, 0.0, 0.0, tuple(rejected))
    columns = zip(*map(astuple, measured), strict=True)
    size, load, separate, rendering = (sum(column) / len(measured) for column in columns)
    return Trial(len(measured), size, load, separate, rendering, tuple(rejected))


@dataclass(frozen=True)
class _One:
    """Of one excerpt, as in `Trial`."""

    bytes: float
    load_factor: float
    separate_factor: float
    render_seconds: float


@dataclass(frozen=True)
class _Excerpt:
    """A source of one song that is loaded and cut already."""

    song: Song

    def catalogue(self) -> Catalogue:
        return Catalogue(())

    def load(self, listing: Listing) -> Song:
        return self.song


def _measured(recipe: Recipe, planned: PlannedSong) -> _One:
    started = time.perf_counter()
    song = recipe.source.load(planned.listing)
    loaded = time.perf_counter()
    cut = _cut(recipe, song, planned.excerpts[len(planned.excerpts) // 2])
    cutting = time.perf_counter()
    ready = prepared(replace(recipe, source=_Excerpt(cut)), planned, None)
    separated = time.perf_counter()
    examples = _usable(list(examples_of(recipe, ready, 0, planned.split)))
    size = sum(one.size for one in packed(examples, recipe.store))
    for example in examples:
        row(example)
    done = time.perf_counter()
    return _One(
        bytes=size / len(examples),
        load_factor=(loaded - started) / song.mix.seconds,
        separate_factor=(separated - cutting) / cut.mix.seconds if "residual" in ready.stems else 0,
        render_seconds=(done - separated) / len(examples),
    )


def _usable(made: Sequence[Example | Rejected]) -> list[Example]:
    found = [one for one in made if isinstance(one, Example)]
    if not found:
        raise next(one for one in made if isinstance(one, Rejected))
    return found


def _cut(recipe: Recipe, song: Song, number: int) -> Song:
    """The song from an excerpt on; some seconds of it, for separators take their time to start."""
    rate, whole = song.mix.rate, song.mix.length
    start = number * recipe.excerpt_length(rate)
    least = recipe.excerpt_length(rate)
    if start + least > whole:
        raise Rejected(song.origin.name, "ends before an excerpt that was planned")
    wanted = min(whole, max(least, round(_SEPARATED_SECONDS * rate)))
    start = min(start, whole - wanted)
    length = wanted
    stems = {name: stem.excerpt(start, length) for name, stem in song.stems.items()}
    return replace(song, stems=stems, mix=song.mix.excerpt(start, length))


def _by_split(planned: Plan) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for split in SPLITS:
        songs = [song for song in planned.songs if song.split == split]
        found[split] = {
            "artists": len({song.listing.artist for song in songs}),
            "songs": len(songs),
            "examples": planned.consoles * sum(len(song.excerpts) for song in songs),
        }
    return found


def to_text(found: Estimate, workers: int = 1) -> str:
    """The estimate for a reader, some twenty lines.

    Args:
        workers: how many share the work; the time is divided by them as if none waited.
    """
    planned = found.plan
    name, version = planned.recipe["name"], planned.recipe["version"]
    lines = [
        f"{name}, version {version}, seed {planned.recipe['seed']}; plan {planned.root[:16]}",
        f"songs      {len(planned.songs)}, {_duration(found.song_seconds)}; "
        f"{len(planned.rejected)} left out",
        f"examples   {planned.examples} at most, {_duration(found.example_seconds)}, in "
        f"{sum(1 for _ in planned.shards())} shards",
    ]
    for split, counts in _by_split(planned).items():
        said = ", ".join(f"{count} {what}" for what, count in counts.items())
        lines.append(f"  {split:<8} {said}")
    lines += _measures(found, workers)
    lines.append("licences (of the songs, joined with the separator weights')")
    for spdx, count in found.licenses.items():
        known = redistributable(spdx)
        may = "" if known else ": not known to allow passing the data set on"
        lines.append(f"  {spdx or 'none asked for'}: {count} songs, {terms(spdx)}{may}")
    lines += [f"left out   {rejected}" for rejected in planned.rejected[:_REJECTED_SHOWN]]
    if len(planned.rejected) > _REJECTED_SHOWN:
        lines.append(f"           and {len(planned.rejected) - _REJECTED_SHOWN} more")
    return "\n".join(lines) + "\n"


def _measures(found: Estimate, workers: int) -> list[str]:
    trial = found.trial
    if trial is None:
        return []
    if found.bytes is None or found.work_seconds is None:
        return [f"tried      no excerpt could be used; the first: {trial.rejected[0]}"]
    separating = f", separating {1.0 / trial.separate_factor:.3g}" if trial.separate_factor else ""
    kept = "" if found.plan.store == "both" else "; what entered the consoles, no more"
    each = f"{in_units(trial.bytes_per_example)} each, as {trial.examples} tried were{kept}"
    return [
        f"space      about {in_units(found.bytes)} ({each})",
        f"time       about {_duration(found.work_seconds / workers)} with {workers} "
        f"worker{'s' * (workers > 1)} on this machine (× real time: loading "
        f"{1.0 / trial.load_factor:.3g}{separating}; {trial.render_seconds:.2g} s an example)",
    ]


def _duration(seconds: float) -> str:
    if seconds < 90.0:
        return f"{seconds:.1f} s"
    minutes = seconds / 60.0
    return f"{minutes:.1f} minutes" if minutes < 90.0 else f"{minutes / 60.0:.1f} hours"
