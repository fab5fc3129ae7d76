"""Make the data set of a recipe: plan it, render its shards, write what stands beside them.

A second call resumes where the first stopped.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from automix_bench.dataset.finish import close
from automix_bench.dataset.folder import remove_unfinished
from automix_bench.dataset.left_out import LeftOut, left_out
from automix_bench.dataset.manifest import ManifestRow
from automix_bench.dataset.plan import Plan
from automix_bench.dataset.shard_index import is_whole, shard_name
from automix_bench.dataset.song_facts import SongFacts
from automix_bench.errors import DiskFull, Rejected, UsageError, naming_a_full_disk
from automix_bench.executor import Executor, Outcome, Progress, silent
from automix_bench.executors.inline import Inline
from automix_bench.files.locks import work_alone
from automix_bench.licence import redistributable
from automix_bench.making.planned_separator import with_planned_separator
from automix_bench.making.planning import plan
from automix_bench.making.rates import rate_lines
from automix_bench.making.render_shard import RenderShard, Shard
from automix_bench.making.resume import plan_to_follow, refuse_foreign_files, write_plan
from automix_bench.making.split_warnings import split_warnings
from automix_bench.recipe import Recipe
from automix_bench.separation.separate import SeparationCache

LINES_TOLD = 40


@dataclass(frozen=True)
class Made:
    """The result of `make`.

    Attributes:
        rows: the manifest, read from the shards on demand.
        rejected: songs and excerpts that could not be used, with the reason.
        rendered: how many shards this call rendered; the others were there already.
        left_out: how many examples and songs are lacking, by the kind of their reasons.
    """

    folder: Path
    plan: Plan
    rows: Sequence[ManifestRow]
    rejected: tuple[Rejected, ...]
    rendered: int
    left_out: LeftOut


def make(
    recipe: Recipe,
    folder: Path | str,
    *,
    cache: SeparationCache | Path | None = None,
    executor: Executor | None = None,
    append: bool = False,
    progress: Progress = silent,
    told: Callable[[str], None] = lambda line: None,
) -> Made:
    """Make a recipe's data set in `folder`, or finish one that was begun there.

    Shards that are complete stay, the others are rendered; a second call changes no byte. The bytes
    depend neither on the executor nor on the order in which it finishes the shards.

    Args:
        cache: the cache of separated stems, with its size limit; None stores none.
        executor: renders the shards; None renders them in this process, one after another.
        append: put new songs of the source into new shards; old shards stay byte for byte. Without
            it, new songs are refused. Which shard holds which song then depends on the order in
            which songs were appended. `plan.json` records it: `make` in a folder that holds only
            that file makes the same data set.
        told: called with each line for the user: what is planned and which licences forbid sharing,
            before work begins; each shard that failed; at last, notes on songs, how many of their
            mixes were released, and why there are fewer examples than planned.

    Raises:
        DatasetError: the folder holds something else, or a data set of another plan; one of its
            songs is gone or changed; another `make` works in it; or no excerpt was usable.
        DiskFull: there is no room; finished shards stay.
        Exception: the error of the failed shard with the lowest number. The other shards are
            finished first, except on a full disk or a wrong request.
    """
    folder = Path(folder)
    refuse_foreign_files(folder, None)
    planned = plan(recipe)
    with naming_a_full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with work_alone(folder, "another `make`"):
        planned = plan_to_follow(planned, folder, append)
        refuse_foreign_files(folder, planned)
        write_plan(planned, folder)
        for line in _announcement(planned):
            told(line)
        shards = [Shard(number, songs, planned.part(number)) for number, songs in planned.shards()]
        missing = _missing(folder, shards, progress)
        fixed = with_planned_separator(recipe, planned.separator)
        work = RenderShard(fixed, folder.absolute(), cache and cache.absolute(), planned.root)
        _render_shards(work, missing, executor or Inline(), progress, told)
        rows = close(planned, folder, [shard.number for shard in shards])
        for line in shortened(SongFacts.of(rows).lines()):
            told(line)
        lacking = left_out(planned, len(rows), rows.rejected)
        for line in lacking.lines():
            told(line)
        rejected = (*planned.rejected, *rows.rejected)
        return Made(folder, planned, rows, rejected, len(missing), lacking)


def shortened(lines: Sequence[str]) -> list[str]:
    """The first lines and the last two of many; in their place, how many lie between."""
    if len(lines) <= LINES_TOLD:
        return list(lines)
    more = f"and {len(lines) - LINES_TOLD} more notes on songs: see README.md in the data set"
    return [*lines[: LINES_TOLD - 2], more, *lines[-2:]]


def _announcement(planned: Plan) -> Iterator[str]:
    seconds = planned.examples * planned.recipe["excerpt_seconds"]
    yield (
        f"planned: {planned.examples} examples of {len(planned.songs)} songs, "
        f"{seconds / 60.0:.1f} minutes; {len(planned.rejected)} songs left out"
    )
    yield from split_warnings(planned)
    yield from rate_lines(planned)
    for spdx, count in sorted(Counter(song.listing.license for song in planned.songs).items()):
        if not redistributable(spdx):
            yield (
                f"licence: {spdx} ({count} songs) is not known to allow passing the data set on: "
                "share the plan and the recipe instead, or say what holds with the source's license"
            )


def _missing(folder: Path, shards: Sequence[Shard], progress: Progress) -> list[Shard]:
    """The shards that are not in the folder, complete and as planned. Those in it are read from end
    to end, several at a time: hashing releases the interpreter's lock."""
    present = sum((folder / shard_name(shard.number)).is_file() for shard in shards)
    missing: list[Shard] = []
    done = 0
    with ThreadPoolExecutor() as threads:
        whole = threads.map(lambda shard: is_whole(folder, shard.number, shard.part), shards)
        for shard, shard_is_whole in zip(shards, whole, strict=True):
            if not shard_is_whole:
                missing.append(shard)
            done += shard_is_whole
            if present and shard_is_whole:
                progress("comparing finished shards", done, present, "shards")
    return missing


def _render_shards(
    work: RenderShard,
    missing: list[Shard],
    executor: Executor,
    progress: Progress,
    told: Callable[[str], None],
) -> None:
    """Render the missing shards; raise the error of the first that failed, after the others."""
    steps = _Steps(progress, work.recipe, missing)
    failed: list[Outcome] = []
    with contextlib.closing(executor.map(work, missing, steps.count)) as outcomes:
        for outcome in outcomes:
            if outcome.error is None:
                continue
            failed.append(outcome)
            told(f"{outcome.item} is not made: {outcome.error}")
            if isinstance(outcome.error, DiskFull | UsageError):  # the others would fail as well
                break
    if failed:
        # Files of workers that were stopped in the middle of a shard: on a full disk they are in
        # the way.
        remove_unfinished(work.folder)
        first = min(failed, key=lambda outcome: outcome.item.number)
        assert first.error is not None
        raise first.error


class _Steps:
    """Add up the songs and excerpts done in all shards, and report them to `progress`: first when
    nothing is done yet. A shard that is begun again counts from 0 again."""

    def __init__(self, progress: Progress, recipe: Recipe, shards: list[Shard]) -> None:
        self._progress, self._recipe = progress, recipe
        self._songs = sum(len(shard.songs) for shard in shards)
        self._excerpts = sum(len(song.excerpts) for shard in shards for song in shard.songs)
        self._songs_done, self._excerpts_done = 0.0, 0
        self._of_shard: dict[int, tuple[float, int]] = {}
        if shards:
            self._report()

    def count(self, shard: Shard, done: tuple[float, int]) -> None:
        """Take in how many songs and excerpts of a shard are done. Of a song, a share may be."""
        songs, excerpts = self._of_shard.get(shard.number, (0.0, 0))
        self._of_shard[shard.number] = done
        self._songs_done += done[0] - songs
        self._excerpts_done += done[1] - excerpts
        self._report()

    def _report(self) -> None:
        seconds = self._recipe.excerpt_seconds
        self._progress("decoding and separating", self._songs_done, self._songs, "songs")
        rendered, total = self._excerpts_done * seconds, self._excerpts * seconds
        self._progress("rendering", rendered, total, "s of audio")
