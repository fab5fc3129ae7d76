"""What a recipe will make, how large it will be and how long it will take, before it is made.

The plan tells the songs, hours, examples and licences exactly. Bytes and time are measured on a
trial: a few excerpts, spread over the plan, are made and not written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automix_bench.dataset.plan import Plan
from automix_bench.files.byte_sizes import in_units
from automix_bench.licence import join, redistributable, terms
from automix_bench.making.planning import plan
from automix_bench.making.rates import rate_lines
from automix_bench.making.split_warnings import split_warnings
from automix_bench.making.trial import Trial, run_trial
from automix_bench.recipe import SPLITS, Recipe
from automix_bench.untrusted.shown import for_terminal

TRIALS = 3
_REJECTED_SHOWN = 5
_BYTES_PER_ROW = 3_000
"""Of one example in the manifest and in its shard's index, as Parquet and JSON."""


@dataclass(frozen=True)
class MakeEstimate:
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
        """The length of all songs; each of them is decoded in full."""
        return sum(song.listing.length / song.listing.rate for song in self.plan.songs)

    @property
    def example_seconds(self) -> float:
        """The length of all examples. Each holds this much music several times over, in stems."""
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
        """The size on disk; None without a usable trial."""
        if not self.trial or not self.trial.examples:
            return None
        return round(self.plan.examples * (self.trial.bytes_per_example + _BYTES_PER_ROW))

    @property
    def work_seconds(self) -> float | None:
        """The time that one worker takes on this machine, with an empty cache of separated stems;
        None if no trial tells."""
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


def estimate(recipe: Recipe, *, trials: int = TRIALS) -> MakeEstimate:
    """What making a recipe would take. Nothing is written, except what the source caches itself.

    Args:
        trials: how many excerpts, each of another song, are tried. 0 tries none: then bytes and
            time are None.

    Raises:
        UsageError: as for `plan`.
    """
    planned = plan(recipe)
    trial = run_trial(recipe, planned, trials) if trials else None
    return MakeEstimate(planned, recipe.separator.license, trial)


def _by_split(plan: Plan) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for split in SPLITS:
        songs = [song for song in plan.songs if song.split == split]
        counts[split] = {
            "artists": len({song.listing.artist for song in songs}),
            "songs": len(songs),
            "examples": plan.consoles * sum(len(song.excerpts) for song in songs),
        }
    return counts


def to_text(estimated: MakeEstimate, workers: int = 1) -> str:
    """The estimate for a reader, some twenty lines.

    Args:
        workers: how many share the work. The time is divided by them; no waiting is assumed.
    """
    planned = estimated.plan
    name, version = planned.recipe["name"], planned.recipe["version"]
    lines = [
        f"{name}, version {version}, seed {planned.recipe['seed']}; plan {planned.root[:16]}",
        f"songs      {len(planned.songs)}, {_duration(estimated.song_seconds)}; "
        f"{len(planned.rejected)} left out",
        f"examples   {planned.examples} at most, {_duration(estimated.example_seconds)}, in "
        f"{sum(1 for _ in planned.shards())} shards",
    ]
    for split, counts in _by_split(planned).items():
        contents = ", ".join(f"{count} {what}" for what, count in counts.items())
        lines.append(f"  {split:<8} {contents}")
    lines += split_warnings(planned)
    lines += rate_lines(planned)
    lines += _measured_lines(estimated, workers)
    lines.append("licences (of the songs, joined with the separator weights')")
    for spdx, count in estimated.licenses.items():
        warning = "" if redistributable(spdx) else ": not known to allow passing the data set on"
        lines.append(f"  {spdx or 'none asked for'}: {count} songs, {terms(spdx)}{warning}")
    lines += [f"left out   {rejected}" for rejected in planned.rejected[:_REJECTED_SHOWN]]
    if len(planned.rejected) > _REJECTED_SHOWN:
        lines.append(f"           and {len(planned.rejected) - _REJECTED_SHOWN} more")
    return "".join(f"{for_terminal(line)}\n" for line in lines)


def _measured_lines(estimated: MakeEstimate, workers: int) -> list[str]:
    """Space and time, or why they are not known; nothing if nothing was tried."""
    trial = estimated.trial
    if trial is None:
        return []
    if estimated.bytes is None or estimated.work_seconds is None:
        return [f"tried      no excerpt could be used; the first: {trial.rejected[0]}"]
    separating = f", separating {1.0 / trial.separate_factor:.3g}" if trial.separate_factor else ""
    stored = "" if estimated.plan.store == "both" else "; what entered the consoles, no more"
    each = f"{in_units(trial.bytes_per_example)} each, as {trial.examples} tried were{stored}"
    return [
        f"space      about {in_units(estimated.bytes)} ({each})",
        f"time       about {_duration(estimated.work_seconds / workers)} with {workers} "
        f"worker{'s' * (workers > 1)} on this machine (× real time: loading "
        f"{1.0 / trial.load_factor:.3g}{separating}; {trial.render_seconds:.2g} s an example)",
    ]


def _duration(seconds: float) -> str:
    if seconds < 90.0:
        return f"{seconds:.1f} s"
    minutes = seconds / 60.0
    return f"{minutes:.1f} minutes" if minutes < 90.0 else f"{minutes / 60.0:.1f} hours"
