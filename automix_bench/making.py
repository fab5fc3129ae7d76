"""Make the data set of a recipe: plan, render shard by shard, close. Resumes where it stopped."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.canonical import alone, file_sha256, sealed, write_whole
from automix_bench.croissant import croissant
from automix_bench.data_card import data_card
from automix_bench.dataset import MANIFEST, manifest_bytes
from automix_bench.dataset_folder import REJECTED, SUMS, begin, own_files, refuse_foreign
from automix_bench.errors import DatasetError, DiskFull, Rejected, UsageError, naming_a_full_disk
from automix_bench.example import Example
from automix_bench.executor import Executor, Outcome, Tell
from automix_bench.executors.inline import Inline
from automix_bench.licence import join, redistributable
from automix_bench.plan import Plan, PlannedSong, plan
from automix_bench.progress import Progress, silent
from automix_bench.recipe import Recipe
from automix_bench.rendering import render
from automix_bench.separation import separated
from automix_bench.shard_rows import ShardRows
from automix_bench.shards import ShardWriter, read_index, shard_name
from automix_bench.song import Song

CARD, CROISSANT = "README.md", "croissant.json"


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
    rows: Sequence[dict[str, Any]]
    rejected: tuple[Rejected, ...]
    rendered: int


def make(
    recipe: Recipe,
    folder: Path,
    *,
    cache: Path | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
    told: Callable[[str], None] = lambda line: None,
) -> Made:
    """Make a recipe's data set in `folder`, or finish one that was begun there.

    Shards that are whole are kept, the others rendered; a second call changes no byte. The bytes
    do not depend on the executor, nor on the order in which it ends.

    Args:
        cache: where separated stems are kept for other runs; None keeps none.
        executor: who renders the shards; None renders them here, one after another.
        told: hears what is planned, and which licences stand in the way, before work begins;
            then of each shard that fails.

    Raises:
        DatasetError: the folder holds something else, or a data set of another plan; another
            `make` is at work in it; or not one excerpt was usable.
        DiskFull: there is no room; finished shards stay.
        Exception: what the first shard failed by, once the others are finished.
    """
    refuse_foreign(folder, None)
    wanted = plan(recipe)
    with naming_a_full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with alone(folder, "another `make`"):
        refuse_foreign(folder, wanted)
        begin(wanted, folder)
        for line in _announced(wanted):
            told(line)
        shards = [Shard(number, songs) for number, songs in wanted.shards()]
        missing = [one for one in shards if not _finished(folder, one.number, wanted.root)]
        work = RenderShard(recipe, folder.absolute(), wanted.root, cache and cache.absolute())
        _render_shards(work, missing, executor or Inline(), progress, told)
        return _close(wanted, folder, [one.number for one in shards], len(missing))


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


def _finished(folder: Path, number: int, plan_root: str) -> bool:
    """Whether a shard and its index are whole, and are this shard of this plan."""
    tar = folder / shard_name(number)
    try:
        index = read_index(folder, number)
        this = (index["shard"], index["plan"]) == (tar.name, plan_root)
        return bool(this and sealed(index) == index and index["sha256"] == file_sha256(tar))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _render_shards(
    work: RenderShard, missing: list[Shard], executor: Executor, progress: Progress,
    told: Callable[[str], None],
) -> None:  # fmt: skip
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
        first = min(failed, key=lambda outcome: outcome.item.number)
        assert first.error is not None
        raise first.error


@dataclass(frozen=True)
class Shard:
    """The songs of one shard, as planned."""

    number: int
    songs: tuple[PlannedSong, ...]

    def __str__(self) -> str:
        return f"shard {shard_name(self.number)}"


@dataclass(frozen=True)
class RenderShard:
    """The work of `make`: a shard of a plan, put into the folder when it is whole. One song is in
    memory at a time. Tells how many songs and excerpts of the shard are done."""

    recipe: Recipe
    folder: Path
    plan_root: str
    cache: Path | None

    def __call__(self, shard: Shard, tell: Tell) -> None:
        rejected: list[dict[str, str]] = []
        examples = self._examples(shard, tell, rejected)
        ShardWriter(self.folder, shard.number, self.plan_root).write(examples, rejected)

    def _examples(
        self, shard: Shard, tell: Tell, rejected: list[dict[str, str]]
    ) -> Iterator[Example]:
        excerpts = 0
        for songs, planned in enumerate(shard.songs, 1):
            yield from self._of_song(planned, partial(_told_after, tell, songs, excerpts), rejected)
            excerpts += len(planned.excerpts)

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
            try:
                yield render(self.recipe, song, number, planned.split)
            except Rejected as error:
                rejected.append({"item": error.item, "reason": error.reason})
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


def prepared(recipe: Recipe, planned: PlannedSong, cache: Path | None) -> Song:
    """A planned song, decoded, made stereo if the recipe says so, with its stems.

    Raises:
        Rejected: the file is not what its header promised.
    """
    song = recipe.source.load(planned.listing)
    if recipe.stereo:
        stems = {name: _stereo(stem) for name, stem in song.stems.items()}
        song = replace(song, stems=stems, mix=_stereo(song.mix))
    song = separated(song, recipe.separator, cache)
    weights = recipe.separator.license if "residual" in song.stems else ""
    return replace(song, license=join(song.license, weights))


def _stereo(audio: Audio) -> Audio:
    if audio.channels != 1:
        return audio
    return audio.with_samples(np.repeat(audio.samples, 2, axis=0))


def _close(frozen: Plan, folder: Path, shards: list[int], rendered: int) -> Made:
    rows = ShardRows(folder, shards)
    rejected = (*frozen.rejected, *rows.rejected)
    if not rows:
        # Nothing to go on with: the mended command may use the folder.
        for path in own_files(folder):
            path.unlink()
        raise DatasetError(f"{folder}: not one excerpt was usable; the first: {rejected[0]}")
    for left_over in folder.glob(".*.tmp"):  # by a run that was killed
        left_over.unlink()
    write_whole(folder / MANIFEST, manifest_bytes(rows))
    write_whole(folder / REJECTED, _rejected_bytes(rejected))
    write_whole(folder / CARD, data_card(frozen, rows, rejected).encode())
    write_whole(folder / CROISSANT, _described(frozen, folder, rows).encode())
    sums = "".join(
        f"{rows.sums.get(path.name) or file_sha256(path)}  {path.name}\n"
        for path in own_files(folder)
        if path.name != SUMS and not path.name.startswith(".")
    )
    write_whole(folder / SUMS, sums.encode())
    return Made(folder, frozen, rows, rejected, rendered)


def _described(frozen: Plan, folder: Path, rows: ShardRows) -> str:
    names = [path.name for path in own_files(folder) if path.suffix == ".tar"]
    sums = {name: rows.sums[name] for name in names}
    sums[MANIFEST] = file_sha256(folder / MANIFEST)
    sizes = {name: (folder / name).stat().st_size for name in sums}
    return croissant(frozen, rows, sums, sizes)


def _rejected_bytes(rejected: tuple[Rejected, ...]) -> bytes:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("item", pa.string()), ("reason", pa.string())])
    rows = [{"item": r.item, "reason": r.reason} for r in rejected]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()
