"""The contract of a recipe: how a data set is made, as one value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.dsp.loudness import BLOCK_SECONDS
from automix_bench.errors import UsageError
from automix_bench.files.quantise import BITS
from automix_bench.sampling import Seed, rng_for
from automix_bench.separator import Separator
from automix_bench.song import NAME
from automix_bench.source import Source

LONGEST_SECONDS = 86_400.0
SPLITS = ("train", "valid", "test")
STORES = ("both", "before")
RATES = range(8_000, 192_001)
OMITTED_AT_DEFAULT = "omitted_at_default"


def later(default: Any) -> Any:
    """A field that was added after data sets had been made without it. Plans name it only where
    it is not at its default, so that those data sets keep their plans."""
    return field(default=default, metadata={OMITTED_AT_DEFAULT: True})


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a data set. Equal recipes on equal songs make equal bytes.

    Attributes:
        name: made of `a-z 0-9 _ -`; part of every seed.
        version: raised whenever the examples change; scores across versions do not compare.
        seed: of all random draws of the recipe. (Splits do not depend on it.)
        description: a sentence or two for the data card.
        source: the songs.
        separator: gives stems to the songs.
        console: what the stems are played through: a random console, or one for each split.
        plain_mix: whether the mix of an excerpt is the sum of its stems, even if another mix was
            released.
        stems_kept: how many of an excerpt's audible stems are kept, chosen by the seed; the mix is
            then their sum. None keeps all.
        audible_db: the least change (`severity_db`) that a console must make to each stem that it
            has effects for, and to the mix where it has effects for that. If it changes
            less, another console is drawn (draw 1, 2, …). None accepts every draw. A console
            that drew no effect at all is accepted: doing nothing is a case of its own.
        draws: how many consoles are drawn before the excerpt is rejected.
        excerpt_seconds: length of an example. Excerpts lie end to end and do not overlap.
        excerpts_per_song: how many excerpts of a song are kept, chosen by the seed; None keeps all.
        stereo: whether mono songs get two equal channels; False leaves them mono.
        loudness_lufs: the loudness that every excerpt's mix is brought to, in LUFS, before anything
            else happens to it; None leaves it as released. The gain is stored with the example.
        headroom_dbtp: the highest peak in an example, in dBTP. The gain is lowered, and stored,
            until nothing peaks above.
        silence_db: a level in dB full scale (RMS, as released). Excerpts whose mix lies below are
            rejected. Stems below are left out, into the residual where there is one.
        splits: shares of train, valid and test, by artist, where the source has no split.
        examples_per_shard: a shard is closed when it holds so many; a song is never divided.
        store: `both` stores what entered the console and what left it. `before` stores only what
            entered it; what left it is rendered when an example is read, to the same samples.
        bits: what every sound is quantised to and stored in: 24, or 16 for half the space.
        consoles: how many consoles are drawn for each excerpt. Each makes an example; all examples
            of an excerpt have one gain, which suits them all.
        tasks: the tasks that its data is for, if no built-in task names the recipe. Empty: unsaid.
        rate: what songs of other rates are resampled to, in Hz, before anything else; None: none.

    Raises:
        UsageError: a setting is out of its range.
    """

    name: str
    version: int
    seed: int
    description: str
    source: Source
    separator: Separator
    console: Chance | BySplit
    excerpt_seconds: float = 10.0
    excerpts_per_song: int | None = None
    stereo: bool = True
    loudness_lufs: float | None = -23.0
    headroom_dbtp: float = -1.0
    silence_db: float = -60.0
    splits: tuple[float, float, float] = (0.8, 0.1, 0.1)
    examples_per_shard: int = 32
    audible_db: float | None = None
    draws: int = 20
    stems_kept: int | None = None
    plain_mix: bool = False
    store: str = later("both")
    consoles: int = later(1)
    bits: int = later(24)
    tasks: tuple[str, ...] = later(())
    rate: int | None = later(None)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise UsageError(f"recipe {self.name!r}: a name is made of a-z 0-9 _ -")
        if not isinstance(self.console, Chance | BySplit):
            raise UsageError(
                f"recipe {self.name}: console must have a method draw, got {self.console!r}"
            )
        finite = self.audible_db is None or 0.0 <= self.audible_db < float("inf")
        self._demand("audible_db", finite, "0 or more and finite, or None")
        in_range = BLOCK_SECONDS <= self.excerpt_seconds <= LONGEST_SECONDS
        self._demand("excerpt_seconds", in_range, f"from 0.4 s to {LONGEST_SECONDS:g} s")
        some_excerpts = self.excerpts_per_song is None or self.excerpts_per_song >= 1
        self._demand("excerpts_per_song", some_excerpts, "at least 1, or None")
        self._demand("headroom_dbtp", self.headroom_dbtp < 0.0, "below 0 dBTP")
        shares = min(self.splits) >= 0.0 and abs(sum(self.splits) - 1.0) < 1e-9
        self._demand("splits", shares, "three shares that sum to 1")
        some_stems = self.stems_kept is None or self.stems_kept >= 1
        self._demand("stems_kept", some_stems, "at least 1, or None")
        self._demand("draws", self.draws >= 1, "at least 1")
        self._demand("examples_per_shard", self.examples_per_shard >= 1, "at least 1")
        self._demand("store", self.store in STORES, "both or before")
        self._demand("bits", self.bits in BITS, "24 or 16")
        self._demand("consoles", self.consoles >= 1, "at least 1")
        self._demand("tasks", not isinstance(self.tasks, str), "a tuple of the names of tasks")
        some_rate = self.rate is None or (type(self.rate) is int and self.rate in RATES)
        self._demand("rate", some_rate, f"a whole number from {RATES[0]} to {RATES[-1]}, in Hz")

    def _demand(self, setting: str, holds: bool, rule: str) -> None:
        if not holds:
            got = getattr(self, setting)
            raise UsageError(f"recipe {self.name}: {setting} must be {rule}, got {got}")

    def excerpts(self, song_id: str, rate: int, length: int) -> tuple[int, ...]:
        """The numbers of the excerpts that are made of a song, in order.

        Args:
            length: of the song, in samples. Excerpt n starts at n × excerpt length.
        """
        fitting = length // self.excerpt_length(rate)
        if self.excerpts_per_song is None or fitting <= self.excerpts_per_song:
            return tuple(range(fitting))
        rng = (Seed(self.seed) / self.name / song_id / "excerpts").rng()
        chosen = rng.choice(fitting, size=self.excerpts_per_song, replace=False)
        return tuple(sorted(int(number) for number in chosen))

    def excerpt_length(self, rate: int) -> int:
        """The length of an excerpt, in samples."""
        return round(self.excerpt_seconds * rate)

    def desk(self, split: str) -> Chance:
        """The random console that the excerpts of a split are played through."""
        return self.console.of(split) if isinstance(self.console, BySplit) else self.console

    def split(self, artist: str) -> str:
        """The split that an artist belongs to: decided by a hash of the name and by `splits`."""
        place = rng_for(0, "split", artist).random()
        bounds = np.cumsum(self.splits)
        return SPLITS[int(np.searchsorted(bounds[:-1], place, side="right"))]


def example_id(song_id: str, number: int, console: int = 0) -> str:
    """The id of an example: the song's id, the number of the excerpt, and the number of the console
    unless it is 0. What follows the last `_` gives both numbers, whatever the song is called."""
    return f"{song_id}_{number:04d}" + (f"-k{console}" if console else "")


def seed_of(seed: Seed, number: int, console: int = 0) -> Seed:
    """The seed of an example, from the seed of its song. That of console 0 is the excerpt's own."""
    return seed / number / "console" / console if console else seed / number


def numbers_in(id: str) -> tuple[int, int]:
    """The numbers of the excerpt and of the console in an example's id."""
    number, _, console = id.rpartition("_")[2].partition("-k")
    return int(number), int(console or 0)


@runtime_checkable
class Chance(Protocol):
    """A random console: what a recipe has for `console`."""

    def draw(self, stems: Iterable[str], seed: Seed) -> DrawnConsole:
        """The console that belongs to `seed`, with a strip for each of the named stems. Equal seeds
        and stems give equal consoles. The path of the seed holds the recipe's name, the song and
        the number of the excerpt."""


@dataclass(frozen=True)
class BySplit:
    """A random console for each split: so a test may have profiles, rooms or effects that a model
    has never met."""

    train: Chance
    valid: Chance
    test: Chance

    def of(self, split: str) -> Chance:
        """The random console of a split.

        Raises:
            UsageError: `split` is not train, valid or test.
        """
        if split not in ("train", "valid", "test"):
            raise UsageError(f"a split is train, valid or test, got {split!r}")
        desk: Chance = getattr(self, split)
        return desk


def desks(console: Any) -> dict[str, Chance]:
    """A recipe's random consoles by split; one entry, `""`, where all splits have the same."""
    if isinstance(console, BySplit):
        return {"train": console.train, "valid": console.valid, "test": console.test}
    return {"": console}
