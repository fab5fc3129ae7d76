"""Make the data set of a recipe: plan, render shard by shard, close. Resumes where it stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.canonical import alone, file_sha256, sealed, write_whole
from automix_bench.data_card import data_card
from automix_bench.dataset import MANIFEST, manifest_bytes
from automix_bench.dataset_folder import REJECTED, SUMS, begin, own_files, refuse_foreign
from automix_bench.errors import DatasetError, Rejected, naming_a_full_disk
from automix_bench.example import Example
from automix_bench.licence import join, redistributable
from automix_bench.plan import Plan, PlannedSong, plan
from automix_bench.progress import Progress, silent
from automix_bench.recipe import Recipe, render
from automix_bench.separation import separated
from automix_bench.shards import ShardWriter, read_index, shard_name
from automix_bench.song import Song

CARD = "README.md"


@dataclass(frozen=True)
class Made:
    """What `make` leaves behind.

    Attributes:
        rows: the manifest.
        rejected: songs and excerpts that could not be used, with the reason.
        rendered: shards rendered by this call; the others were there already.
    """

    folder: Path
    plan: Plan
    rows: tuple[dict[str, Any], ...]
    rejected: tuple[Rejected, ...]
    rendered: int


def make(
    recipe: Recipe,
    folder: Path,
    *,
    cache: Path | None = None,
    progress: Progress = silent,
    told: Callable[[str], None] = lambda line: None,
) -> Made:
    """Make a recipe's data set in `folder`, or finish one that was begun there.

    Shards that are whole are kept, the others rendered; a second call changes no byte.

    Args:
        cache: where separated stems are kept for other runs; None keeps none.
        told: hears what is planned, and which licences stand in the way, before work begins.

    Raises:
        DatasetError: the folder holds something else, or a data set of another plan; another
            `make` is at work in it; or not one excerpt was usable.
        DiskFull: there is no room; finished shards stay.
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
        missing = [n for n, _ in wanted.shards() if not _finished(folder, n, wanted.root)]
        _render_shards(recipe, wanted, folder, missing, cache, progress)
        return _close(wanted, folder, len(missing))


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
    recipe: Recipe, frozen: Plan, folder: Path, missing: list[int], cache: Path | None,
    progress: Progress,
) -> None:  # fmt: skip
    shards = dict(frozen.shards())
    steps = _Steps(progress, recipe, [song for number in missing for song in shards[number]])
    for number in missing:
        rejected: list[dict[str, str]] = []
        examples = (
            example
            for song in shards[number]
            for example in _examples(recipe, song, cache, rejected, steps)
        )
        ShardWriter(folder, number, frozen.root).write(examples, rejected)


class _Steps:
    """Counts songs and excerpts as they are done, and tells `progress` from the first moment."""

    def __init__(self, progress: Progress, recipe: Recipe, songs: list[PlannedSong]) -> None:
        self._progress, self._recipe = progress, recipe
        self._songs, self._excerpts = len(songs), sum(len(song.excerpts) for song in songs)
        self._songs_done = self._excerpts_done = 0
        if songs:
            self._tell()

    def done(self, *, songs: int = 0, excerpts: int = 0) -> None:
        self._songs_done += songs
        self._excerpts_done += excerpts
        self._tell()

    def _tell(self) -> None:
        seconds = self._recipe.excerpt_seconds
        self._progress("decoding and separating", self._songs_done, self._songs, "songs")
        rendered, total = self._excerpts_done * seconds, self._excerpts * seconds
        self._progress("rendering", rendered, total, "s of audio")


def _examples(
    recipe: Recipe, planned: PlannedSong, cache: Path | None, rejected: list[dict[str, str]],
    steps: _Steps,
) -> Iterator[Example]:  # fmt: skip
    try:
        song = prepared(recipe, planned, cache)
    except Rejected as error:
        rejected.append({"item": error.item, "reason": error.reason})
        steps.done(songs=1, excerpts=len(planned.excerpts))
        return
    steps.done(songs=1)
    for number in planned.excerpts:
        try:
            yield render(recipe, song, number, planned.split)
        except Rejected as error:
            rejected.append({"item": error.item, "reason": error.reason})
        steps.done(excerpts=1)


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


def _close(frozen: Plan, folder: Path, rendered: int) -> Made:
    indices = [read_index(folder, number) for number, _ in frozen.shards()]
    rows = [row for index in indices for row in index["examples"]]
    refused = [Rejected(r["item"], r["reason"]) for index in indices for r in index["rejected"]]
    rejected = (*frozen.rejected, *refused)
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
    known = {index["shard"]: index["sha256"] for index in indices}
    sums = "".join(
        f"{known.get(path.name) or file_sha256(path)}  {path.name}\n"
        for path in own_files(folder)
        if path.name != SUMS and not path.name.startswith(".")
    )
    write_whole(folder / SUMS, sums.encode())
    return Made(folder, frozen, tuple(rows), rejected, rendered)


def _rejected_bytes(rejected: tuple[Rejected, ...]) -> bytes:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("item", pa.string()), ("reason", pa.string())])
    rows = [{"item": r.item, "reason": r.reason} for r in rejected]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()
