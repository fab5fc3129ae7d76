"""Render one shard of a plan: the work that `make` gives to an executor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from automix_bench.dataset.folder import is_planned
from automix_bench.dataset.plan import PlannedSong
from automix_bench.dataset.shard_index import shard_name
from automix_bench.dataset.shard_writer import ShardWriter
from automix_bench.errors import DatasetError, Rejected
from automix_bench.example import Example
from automix_bench.executor import Tell
from automix_bench.making.examples import examples_of
from automix_bench.making.load_song import SeparateSong, load_song
from automix_bench.making.planned_separator import uses_a_device
from automix_bench.recipe import Recipe
from automix_bench.separation.separate import SeparationCache
from automix_bench.workers.steps import listening_to_shares


@dataclass(frozen=True)
class Shard:
    """The songs of one shard, as planned.

    Attributes:
        part: the hash of what decides the shard, `Plan.part`.
    """

    number: int
    songs: tuple[PlannedSong, ...]
    part: str

    def __str__(self) -> str:
        return f"shard {shard_name(self.number)}"


@dataclass(frozen=True)
class RenderShard:
    """Render a shard and put it into the folder when it is complete.

    One song is in memory at a time. The work tells how many songs are done, with the share of the
    one that is being separated, and how many excerpts of the shard. If there is a cache and the
    separator runs on a GPU or the like, the songs of a shard are separated ahead of it (see
    `executor.Staged`).

    Attributes:
        root: of the plan in the folder. A task on a cluster may outlive the `make` that sent it;
            its shard must not get into the data set of another plan.

    Raises:
        DatasetError: by now the folder has another plan, or none.
    """

    recipe: Recipe
    folder: Path
    cache: SeparationCache | Path | None
    root: str

    @property
    def ahead(self) -> SeparateSong | None:
        """The work that separates a song ahead; None if there is no need."""
        if self.cache is None or not uses_a_device(self.recipe.separator.fingerprint()):
            return None
        return SeparateSong(self.recipe, self.cache)

    def needs(self, shard: Shard) -> Sequence[PlannedSong]:
        """The songs that are separated ahead of a shard."""
        return shard.songs

    def __call__(self, shard: Shard, tell: Tell) -> None:
        rejected: list[dict[str, str]] = []
        examples = self._examples(shard, tell, rejected)
        writer = ShardWriter(self.folder, shard.number, shard.part, self.recipe.store)
        writer.write(examples, rejected)

    def _examples(
        self, shard: Shard, tell: Tell, rejected: list[dict[str, str]]
    ) -> Iterator[Example]:
        """The examples of a shard; what is rejected is appended to `rejected`."""
        excerpts = 0
        for songs, planned in enumerate(shard.songs, 1):
            tell_excerpts = partial(_tell_after, tell, songs, excerpts)
            tell_share = partial(_tell_within, tell, songs - 1, excerpts)
            yield from self._of_song(planned, tell_share, tell_excerpts, rejected)
            excerpts += len(planned.excerpts)
        # Only the move of the finished shard into place is left.
        if not is_planned(self.folder, self.root):
            raise DatasetError(
                f"{self.folder}: its plan is not the one that {shard} is of any more, and the "
                "shard is not put there: give the command again, or choose another folder"
            )

    def _of_song(
        self,
        planned: PlannedSong,
        tell_share: Callable[[float], None],
        tell_excerpts: Callable[[int], None],
        rejected: list[dict[str, str]],
    ) -> Iterator[Example]:
        """The examples of one song. As this is a function of its own, the song's memory is freed
        before the next song is decoded."""
        try:
            with listening_to_shares(tell_share):
                song = load_song(self.recipe, planned, self.cache)
        except Rejected as error:
            rejected.append({"item": error.item, "reason": error.reason})
            tell_excerpts(len(planned.excerpts))
            return
        tell_excerpts(0)
        for done, number in enumerate(planned.excerpts, 1):
            for result in examples_of(self.recipe, song, number, planned.split):
                if isinstance(result, Rejected):
                    rejected.append({"item": result.item, "reason": result.reason})
                else:
                    yield result
            tell_excerpts(done)


def _tell_within(tell: Tell, songs: int, excerpts: int, share: float) -> None:
    """Tell that a share of one more song is decoded and separated."""
    tell((songs + share, excerpts))


def _tell_after(tell: Tell, songs: int, earlier: int, excerpts: int) -> None:
    """Tell the songs and excerpts done: `earlier` excerpts of the songs before, `excerpts` of the
    last one."""
    tell((songs, earlier + excerpts))
