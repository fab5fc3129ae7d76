"""How fast `make` is: against what its parts cost alone, and with more workers than one.

    python speed/make.py [--songs FOLDER] [--count 8] [--seconds 60] [--workers 2]
                              [--repeats 3]

Multitracks go through the consoles of the recipe `wet_multitrack`: those in FOLDER, a folder per
song with its stems, or songs that the composer makes first, stored as FLAC. Everything is written
to a temporary folder, on one thread, and the best of the repeats counts.

*Alone* are the same files decoded, the same consoles played on the same sound, the same sound
encoded, and the levels that the manifest holds measured, each in a loop of its own, with nothing
between. What `make` costs above their sum is its overhead, in processor time, so that what else the
machine does does not count. Excerpts that are played at a gain that proves too loud are begun again
softer: what the first tries take is told apart, and is effects too, of which a recipe asks more
than ends up in the data set. The aim: 10 % at most; two workers 1.85 times as fast as one by the
clock, where there are two cores with nothing else to do. Last, others that do equal work, if they
are installed: see `make_peers.py`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from make_peers import compared_with_peers

from automix_bench.audio import peak_db
from automix_bench.dataset import example_files
from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.loudness import integrated_lufs, true_peak_dbtp
from automix_bench.example import Example, played
from automix_bench.executor import Executor, OnMessage, Outcome, Work, attempt
from automix_bench.executors.inline import Inline
from automix_bench.executors.local import Local
from automix_bench.files import flac
from automix_bench.files.atomic import file_sha256
from automix_bench.files.quantise import quantised
from automix_bench.making import gain_search
from automix_bench.making.make import make
from automix_bench.making.render import TooLoud
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.sources.composed import Composed
from automix_bench.workers.process import ONE_THREAD


@dataclass(frozen=True)
class Threads:
    """What `local` would be with threads in the place of processes."""

    workers: int

    def map(
        self, work: Work, items: Sequence[Any], on_message: OnMessage
    ) -> Generator[Outcome, None, None]:
        with ThreadPoolExecutor(self.workers) as pool:
            asked = [pool.submit(attempt, work, item, partial(on_message, item)) for item in items]
            for one in as_completed(asked):
                yield one.result()


def composed(folder: Path, count: int, seconds: float) -> None:
    """Songs of our own composer, a folder each, as 24-bit FLAC."""
    source = Composed(count, seconds=seconds)
    for listing in source.catalogue().listings:
        song = source.load(listing)
        (folder / song.id).mkdir(parents=True)
        for name, stem in {**song.stems, "mixture": song.mix}.items():
            (folder / song.id / f"{name}.flac").write_bytes(flac.encode(quantised(stem)))


def processor_seconds_of(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


@dataclass(frozen=True)
class Parts:
    """What `make` is made of, each part by itself, on a data set that it has made."""

    recipe: Recipe
    folder: Path

    def decode(self) -> None:
        for song in read_plan(self.folder).songs:
            self.recipe.source.load(song.listing)

    def effects(self, examples: Sequence[Example]) -> None:
        for example in examples:
            played(example.console, example.before)

    def encode(self, examples: Sequence[Example], out: Path) -> None:
        for example in examples:
            for content in example_files.encode(example).values():
                out.write_bytes(content)

    def measure(self, examples: Sequence[Example]) -> None:
        for example in examples:
            example_files.manifest_row(example)
            integrated_lufs(example.before.mix.scaled(1.0))  # of the excerpt, to set its level
            for side in (example.before, example.after):
                for sound in (*side.stems.values(), side.mix):
                    if peak_db(sound) > -6.0:  # the headroom
                        true_peak_dbtp(sound)

    def timed(self, out: Path) -> Iterator[tuple[str, float]]:
        """The seconds of each; 16 examples are in memory at a time."""
        yield "decode", processor_seconds_of(self.decode)
        dataset, spent = Dataset(self.folder), dict.fromkeys(("effects", "encode", "measure"), 0.0)
        for first in range(0, len(dataset), 16):
            held = [dataset[n] for n in range(first, min(first + 16, len(dataset)))]
            spent["effects"] += processor_seconds_of(partial(self.effects, held))
            spent["encode"] += processor_seconds_of(partial(self.encode, held, out))
            spent["measure"] += processor_seconds_of(partial(self.measure, held))
        yield from spent.items()


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, those from the first decoded song on, and of this process's
    processor."""

    clock: float
    at_work: float
    processor: float


@dataclass
class LoudTries:
    """The tries of `make` that end in a sound too loud, with the search for the next gain."""

    count: int = 0
    seconds: float = 0.0

    @contextlib.contextmanager
    def timed(self) -> Iterator[None]:
        render, relief_db = getattr(gain_search, "render"), gain_search._relief_db

        def timed_render(*given: Any) -> Any:
            start = time.process_time()
            try:
                return render(*given)
            except TooLoud:
                self.count += 1
                self.seconds += time.process_time() - start
                raise

        def timed_relief_db(*given: Any) -> float:
            start = time.process_time()
            relief = relief_db(*given)
            self.seconds += time.process_time() - start
            return relief

        with (
            mock.patch.object(gain_search, "render", timed_render),
            mock.patch.object(gain_search, "_relief_db", timed_relief_db),
        ):
            yield


def made(recipe: Recipe, folder: Path, executor: Executor) -> Spent:
    clock, processor, begun = time.perf_counter(), time.process_time(), list[float]()

    def progress(what: str, done: float, total: float, unit: str) -> None:
        if what == "decoding and separating" and done > 0:
            begun.append(time.perf_counter())

    make(recipe, folder, executor=executor, progress=progress)
    ended = time.perf_counter()
    return Spent(ended - clock, ended - begun[0], time.process_time() - processor)


def compared(recipe: Recipe, scratch: Path, workers: int, repeats: int) -> None:
    """Make the data set in every way, in turn, and print the best of each."""
    one, many, threads = "local, 1 worker", f"local, {workers} workers", f"{workers} threads"
    ways: dict[str, Executor] = {
        "inline": Inline(),
        one: Local(1),
        many: Local(workers),
        threads: Threads(workers),
    }
    make(recipe, scratch / "warm")
    clock, at_work = dict.fromkeys(ways, float("inf")), dict.fromkeys(ways, float("inf"))
    parts = dict[str, float]()
    processor, tries = float("inf"), LoudTries()
    for number in range(repeats):
        for place, (way, executor) in enumerate(ways.items()):
            folder = scratch / f"{number}-{place}"
            loud = LoudTries()
            with loud.timed():
                spent = made(recipe, folder, executor)
            clock[way] = min(clock[way], spent.clock)
            at_work[way] = min(at_work[way], spent.at_work)
            if way == "inline" and spent.processor < processor:
                processor, tries = spent.processor, loud
            same = file_sha256(folder / "SHA256SUMS") == file_sha256(scratch / "warm/SHA256SUMS")
            assert same, f"{way} made other bytes"
        for name, part in Parts(recipe, scratch / "warm").timed(scratch / "part"):
            parts[name] = min(parts.get(name, float("inf")), part)
    alone = {f"alone: {name}": part for name, part in parts.items()}
    told(Dataset(scratch / "warm"), {**clock, "inline, processor": processor, **alone})
    whole = sum(parts.values())
    print(f"{tries.count} tries that were too loud: {tries.seconds:.2f} s")
    for what, all_parts in (
        ("the parts and those tries", whole + tries.seconds),
        ("the parts", whole),
        ("the parts without measuring", whole - parts["measure"]),
    ):
        print(f"overhead over {what}: {100 * (processor / all_parts - 1):.1f} %")
    started = at_work[one] / at_work[many]
    print(f"{workers} workers over one: {clock[one] / clock[many]:.2f} times", end="; ")
    print(f"once they have started, from the first song on: {started:.2f} times")
    print(f"{workers} threads over inline: {clock['inline'] / clock[threads]:.2f} times")


def told(dataset: Dataset, seconds: dict[str, float]) -> None:
    mixes = sum(row["length"] / row["rate"] for row in dataset.rows)
    stems = sum(row["length"] / row["rate"] * len(row["stems"]) for row in dataset.rows)
    print(f"{len(dataset)} examples, {mixes:.0f} s of mixes, {stems:.0f} s of stems")
    for name, spent in seconds.items():
        print(f"{name:20s}{spent:9.2f} s {mixes / spent:9.1f} x real time")


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast `make` is.")
    parser.add_argument("--songs", type=Path)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        songs = given.songs or scratch / "songs"
        if given.songs is None:
            composed(songs, given.count, given.seconds)
        settings = [f"songs={songs}", "layout=stems"]
        recipe = replace(recipe_from("wet_multitrack", settings), examples_per_shard=4)
        compared(recipe, scratch, given.workers, given.repeats)
        for line in compared_with_peers(recipe, songs, scratch):
            print(line)


if __name__ == "__main__":
    missing = {name: value for name, value in ONE_THREAD.items() if name not in os.environ}
    if missing:  # they are read when numpy is loaded, which it is by now
        os.environ.update(missing)
        os.execv(sys.executable, [sys.executable, *sys.argv])
    main()
