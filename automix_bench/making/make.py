"""Make the data set of a recipe: plan, render shard by shard, close. Resumes where it stopped."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from automix_bench.dataset.finish import close
from automix_bench.dataset.folder import is_planned, remove_unfinished
from automix_bench.dataset.manifest import ManifestRow
from automix_bench.dataset.plan import Plan, PlannedSong
from automix_bench.dataset.shard_index import is_whole, shard_name
from automix_bench.dataset.shard_writer import ShardWriter
from automix_bench.errors import (
    DatasetError,
    DiskFull,
    Rejected,
    UsageError,
    naming_a_full_disk,
)
from automix_bench.example import Example
from automix_bench.executor import Executor, Outcome, Progress, Tell, silent
from automix_bench.executors.inline import Inline
from automix_bench.files.locks import work_alone
from automix_bench.licence import redistributable
from automix_bench.making.excerpt import examples_of
from automix_bench.making.planning import plan
from automix_bench.making.prepare_song import SeparateSong, as_planned, on_a_device, prepared
from automix_bench.making.resume import freeze, gone_on_with, refuse_foreign
from automix_bench.recipe import Recipe
from automix_bench.separation.separate import SeparationCache


@dataclass(frozen=True)
class Made:
    """What `make` leaves behind.

    Attributes:
        rows: the manifest, read from the shards as it is asked for.
        rejected: songs and excerpts that could not be used, with the reason.
        rendered: shards rendered by this call; the others were there already.
    """

    folder: Path
    plan: Plan
    rows: Sequence[ManifestRow]
    rejected: tuple[Rejected, ...]
    rendered: int


def make(
    recipe: Recipe,
    folder: Path,
    *,
    cache: SeparationCache | Path | None = None,
    executor: Executor | None = None,
    append: bool = False,
    progress: Progress = silent,
    told: Callable[[str], None] = lambda line: None,
) -> Made:
    """Make a recipe's data set in `folder`, or finish one that was begun there.

    Shards that are whole are kept, the others rendered; a second call changes no byte. The bytes
    do not depend on the executor, nor on the order in which it ends.

    Args:
        cache: where separated stems are kept for other runs, and how much of them; None keeps none.
        executor: who renders the shards; None renders them here, one after another.
        append: songs that the source has got since are put into new shards, and old shards stay
            byte for byte; without it they are a reason to refuse. Which shard holds which song then
            follows from the order of appending, which `plan.json` tells: made in a folder that
            holds nothing but it, the same data set comes out.
        told: hears what is planned, and which licences stand in the way, before work begins;
            then of each shard that fails.

    Raises:
        DatasetError: the folder holds something else, or a data set of another plan; a song in it
            is gone or changed; another `make` is at work in it; or not one excerpt was usable.
        DiskFull: there is no room; finished shards stay.
        Exception: what the first shard failed by, once the others are finished.
    """
    refuse_foreign(folder, None)
    wanted = plan(recipe)
    with naming_a_full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with work_alone(folder, "another `make`"):
        wanted = gone_on_with(wanted, folder, append)
        refuse_foreign(folder, wanted)
        freeze(wanted, folder)
        for line in _announced(wanted):
            told(line)
        shards = [Shard(number, songs, wanted.part(number)) for number, songs in wanted.shards()]
        missing = _missing(folder, shards, progress)
        fixed = as_planned(recipe, wanted.separator)
        work = RenderShard(fixed, folder.absolute(), cache and cache.absolute(), wanted.root)
        _render_shards(work, missing, executor or Inline(), progress, told)
        rows = close(wanted, folder, [one.number for one in shards])
        return Made(folder, wanted, rows, (*wanted.rejected, *rows.rejected), len(missing))


def _announced(frozen: Plan) -> Iterator[str]:
    seconds = frozen.examples * frozen.recipe["excerpt_seconds"]
    yield (
        f"planned: {frozen.examples} examples of {len(frozen.songs)} songs, "
        f"{seconds / 60.0:.1f} minutes; {len(frozen.rejected)} songs left out"
    )
    for spdx, count in sorted(Counter(song.listing.license for song in frozen.songs).items()):
        if not redistributable(spdx):
            yield (
                f"licence: {spdx} ({count} songs) is not known to allow passing the data set on: "
                "share the plan and the recipe instead, or say what holds with the source's license"
            )


def _missing(folder: Path, shards: Sequence[Shard], progress: Progress) -> list[Shard]:
    """The shards that are not there, whole, as planned. Those there are read from end to end, some
    at a time: hashing lets go of the interpreter."""
    there = sum((folder / shard_name(one.number)).is_file() for one in shards)
    found: list[Shard] = []
    done = 0
    with ThreadPoolExecutor() as threads:
        whole = threads.map(lambda one: is_whole(folder, one.number, one.part), shards)
        for one, kept in zip(shards, whole, strict=True):
            if not kept:
                found.append(one)
            done += kept
            if there and kept:
                progress("comparing finished shards", done, there, "shards")
    return found


def _render_shards(
    work: RenderShard,
    missing: list[Shard],
    executor: Executor,
    progress: Progress,
    told: Callable[[str], None],
) -> None:
    steps = _Steps(progress, work.recipe, missing)
    failed: list[Outcome] = []
    with contextlib.closing(executor.map(work, missing, steps.heard)) as outcomes:
        for outcome in outcomes:
            if outcome.error is None:
                continue
            failed.append(outcome)
            told(f"{outcome.item} is not made: {outcome.error}")
            if isinstance(outcome.error, DiskFull | UsageError):  # the others would fail as well
                break
    if failed:
        # Of workers that were ended in the middle of one: on a full disk it is in the way.
        remove_unfinished(work.folder)
        first = min(failed, key=lambda outcome: outcome.item.number)
        assert first.error is not None
        raise first.error


@dataclass(frozen=True)
class Shard:
    """The songs of one shard, as planned.

    Attributes:
        part: of the plan, as `Plan.part`.
    """

    number: int
    songs: tuple[PlannedSong, ...]
    part: str

    def __str__(self) -> str:
        return f"shard {shard_name(self.number)}"


@dataclass(frozen=True)
class RenderShard:
    """The work of `make`: a shard of a plan, put into the folder when it is whole. One song is in
    memory at a time. Tells how many songs and excerpts of the shard are done. Ahead of a shard its
    songs are separated, where they are for others to find and a device does it.

    Attributes:
        root: of the plan that the folder holds. A task of a cluster may outlive the `make` that
            sent it, and what it puts there must not come into the data set of another plan.

    Raises:
        DatasetError: the folder has another plan by now, or none.
    """

    recipe: Recipe
    folder: Path
    cache: SeparationCache | Path | None
    root: str

    @property
    def ahead(self) -> SeparateSong | None:
        if self.cache is None or not on_a_device(self.recipe.separator.fingerprint()):
            return None
        return SeparateSong(self.recipe, self.cache)

    def needs(self, shard: Shard) -> Sequence[PlannedSong]:
        return shard.songs

    def __call__(self, shard: Shard, tell: Tell) -> None:
        rejected: list[dict[str, str]] = []
        examples = self._examples(shard, tell, rejected)
        ShardWriter(self.folder, shard.number, shard.part, self.recipe.store).write(
            examples, rejected
        )

    def _examples(
        self, shard: Shard, tell: Tell, rejected: list[dict[str, str]]
    ) -> Iterator[Example]:
        excerpts = 0
        for songs, planned in enumerate(shard.songs, 1):
            yield from self._of_song(planned, partial(_told_after, tell, songs, excerpts), rejected)
            excerpts += len(planned.excerpts)
        # All that is left is to put the shard into place.
        if not is_planned(self.folder, self.root):
            raise DatasetError(
                f"{self.folder}: its plan is not the one that {shard} is of any more, and the "
                "shard is not put there: give the command again, or choose another folder"
            )

    def _of_song(
        self, planned: PlannedSong, told: Callable[[int], None], rejected: list[dict[str, str]]
    ) -> Iterator[Example]:
        """A function of its own: its song is let go before the next is decoded."""
        try:
            song = prepared(self.recipe, planned, self.cache)
        except Rejected as error:
            rejected.append({"item": error.item, "reason": error.reason})
            told(len(planned.excerpts))
            return
        told(0)
        for done, number in enumerate(planned.excerpts, 1):
            for one in examples_of(self.recipe, song, number, planned.split):
                if isinstance(one, Rejected):
                    rejected.append({"item": one.item, "reason": one.reason})
                else:
                    yield one
            told(done)


def _told_after(tell: Tell, songs: int, earlier: int, excerpts: int) -> None:
    tell((songs, earlier + excerpts))


class _Steps:
    """Adds up the songs and excerpts done in each shard, and tells `progress` from the first
    moment. A shard that is begun again counts from 0 again."""

    def __init__(self, progress: Progress, recipe: Recipe, shards: list[Shard]) -> None:
        self._progress, self._recipe = progress, recipe
        self._songs = sum(len(shard.songs) for shard in shards)
        self._excerpts = sum(len(song.excerpts) for shard in shards for song in shard.songs)
        self._songs_done = self._excerpts_done = 0
        self._of_shard: dict[int, tuple[int, int]] = {}
        if shards:
            self._tell()

    def heard(self, shard: Shard, done: tuple[int, int]) -> None:
        songs, excerpts = self._of_shard.get(shard.number, (0, 0))
        self._of_shard[shard.number] = done
        self._songs_done += done[0] - songs
        self._excerpts_done += done[1] - excerpts
        self._tell()

    def _tell(self) -> None:
        seconds = self._recipe.excerpt_seconds
        self._progress("decoding and separating", self._songs_done, self._songs, "songs")
        rendered, total = self._excerpts_done * seconds, self._excerpts * seconds
        self._progress("rendering", rendered, total, "s of audio")
