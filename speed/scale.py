"""How far `make` goes: a million examples planned and gone on with, and memory while making.

    python speed/scale.py [--examples 1000000] [--made 100 1000 10000] [--folder F]

Every figure is of a process of its own: seconds of processor time, and the largest memory that the
system saw it hold (`ru_maxrss`), which begins at some 200 MB for Python, numpy and numba.

    plan      songs are listed, planned and hashed, and the plan is written; nothing is decoded
    resume    the same again in that folder, with every shard there: each index and each tar is
              hashed. The tars are small: what hashing costs by the gigabyte is a line of its own
    make      all of it, on short excerpts of short songs: memory is to stay where it was
    songs     a worker on longer songs, and on more of them in one shard: one song is held at a time
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio, total
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset.shard_index import ShardSummary, is_whole, shard_name, write_index
from automix_bench.distributions.plain import Uniform
from automix_bench.effects.gain import Gain
from automix_bench.files.atomic import file_sha256
from automix_bench.files.canonical_json import canonical
from automix_bench.making.make import make
from automix_bench.making.planning import plan
from automix_bench.making.resume import freeze, gone_on_with, refuse_foreign
from automix_bench.recipe import Recipe
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.song import Origin, Song
from automix_bench.source import Catalogue, Listing

ROW_BYTES = 2_500


@dataclass(frozen=True)
class Noise:
    """`count` songs of two stems of noise, made when they are asked for."""

    count: int
    seconds: float
    rate: int = 8_000

    def catalogue(self) -> Catalogue:
        length = round(self.seconds * self.rate)
        return Catalogue(
            tuple(
                Listing(
                    f"song-{n}",
                    f"artist-{n // 10}",
                    "CC0-1.0",
                    Origin(f"{n}.flac", f"{n:064x}"),
                    self.rate,
                    length,
                )
                for n in range(self.count)
            )
        )

    def load(self, listing: Listing) -> Song:
        rng = np.random.default_rng(int(listing.id.removeprefix("song-")))
        stems = {
            name: Audio(rng.normal(0.0, 0.1, (2, listing.length)).astype(np.float32), listing.rate)
            for name in ("bass", "keys")
        }
        mix = total(stems.values())
        return Song(listing.id, listing.artist, stems, mix, listing.license, listing.origin)


def recipe(source: Noise, excerpt_seconds: float, examples_per_shard: int = 32) -> Recipe:
    """Of the cheapest kind: what is measured is not the effects."""
    strip = RandomChain((Gain.random(gain_db=Uniform(-6.0, 6.0)),))
    console = RandomConsole(default=strip)
    return Recipe(
        "scale",
        1,
        1,
        "Noise.",
        source,
        AsRecorded(),
        console,
        excerpt_seconds=excerpt_seconds,
        examples_per_shard=examples_per_shard,
    )


def begun(count: int, per_song: int, folder: Path) -> dict[str, Any]:
    """A plan, made and frozen, or found to be the one that lies there."""
    started = time.process_time()
    wanted = plan(recipe(Noise(count // per_song, 10.0 * per_song), 10.0))
    wanted = gone_on_with(wanted, folder, append=False)
    refuse_foreign(folder, wanted)
    freeze(wanted, folder)
    numbers = [number for number, _ in wanted.shards()]
    missing = sum(not is_whole(folder, number, wanted.part(number)) for number in numbers)
    seconds = time.process_time() - started
    return {
        "examples": wanted.examples,
        "shards": len(numbers),
        "missing": missing,
        "seconds": seconds,
    }


def planted(count: int, per_song: int, folder: Path) -> dict[str, Any]:
    """Every shard of the plan that lies in a folder, small but whole; rows of the usual length."""
    wanted = plan(recipe(Noise(count // per_song, 10.0 * per_song), 10.0))
    os.fsync = lambda fd: None  # these files need not outlast a power cut
    tar = bytes(10_240)
    said, rows = hashlib.sha256(tar).hexdigest(), [canonical({"id": "x" * ROW_BYTES})] * 32
    for number, _ in wanted.shards():
        (folder / shard_name(number)).write_bytes(tar)
        head: ShardSummary = {"part": wanted.part(number), "sha256": said, "rejected": []}
        write_index(folder, number, head, rows)
    return {}


def made(songs: int, seconds: float, excerpt: float, shard: int, folder: Path) -> dict[str, Any]:
    """Songs of so many seconds, all their excerpts, so many of them in a shard."""
    started = time.process_time()
    wanted = recipe(Noise(songs, seconds), excerpt, shard)
    found = make(wanted, folder / f"{songs}-{seconds:g}")
    return {"examples": len(found.rows), "seconds": time.process_time() - started}


def hashing(megabytes: int, folder: Path) -> dict[str, Any]:
    """A file, hashed when it is in the system's cache."""
    path = folder / "large"
    path.write_bytes(bytes(megabytes * 1_000_000))
    started = time.process_time()
    file_sha256(path)
    seconds = time.process_time() - started
    path.unlink()
    return {"seconds_per_gigabyte": seconds * 1_000.0 / megabytes}


def apart(call: str, folder: Path) -> dict[str, Any]:
    """What a call of this module gives in a process of its own, with the memory that it took."""
    # Not run as a script: what a recipe holds must be found again by its module's name.
    code = f"import scale, pathlib as p; folder = p.Path({str(folder)!r}); scale.tell(scale.{call})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent, stdout=subprocess.PIPE, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def tell(found: dict[str, Any]) -> None:
    """Print a result with the memory of this process, for `apart`."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1024 if sys.platform == "linux" else 1024**2
    print(json.dumps({**found, "megabytes": peak // unit}))


def show(what: str, found: dict[str, Any]) -> None:
    numbers = (f"{v:.2f} {k}" if isinstance(v, float) else f"{v} {k}" for k, v in found.items())
    print(f"{what:<34}{', '.join(numbers)}", flush=True)


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    said.add_argument("--examples", type=int, default=1_000_000)
    said.add_argument("--made", type=int, nargs="*", default=[100, 1_000, 10_000])
    said.add_argument("--folder", type=Path, help="where it works; by default a temporary one")
    chosen = said.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder, count = Path(name), chosen.examples
        show("hashing", apart("hashing(500, folder)", folder))
        for per_song in (10, 1):
            place = folder / f"plan-{per_song}"
            place.mkdir()
            call = f"({count}, {per_song}, folder)"
            show(f"plan, {per_song} of each song", apart("begun" + call, place))
            if per_song == 10:
                apart("planted" + call, place)
                show("resume, every shard there", apart("begun" + call, place))
        for number in chosen.made:
            songs = max(1, number // 10)
            call = f"made({songs}, 5.0, 0.5, 32, folder)"
            show(f"make, {songs} songs of 5 s", apart(call, folder))
        for songs, seconds in ((1, 100.0), (8, 100.0), (1, 400.0), (8, 400.0)):
            call = f"made({songs}, {seconds}, 10.0, 1000, folder)"
            show(f"songs, {songs} of {seconds:g} s in a shard", apart(call, folder))


if __name__ == "__main__":
    main()
