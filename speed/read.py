"""How fast examples are read: ours beside WebDataset and `datasets`, on the same sounds, one core.

    python speed/read.py [--examples 48] [--seconds 10] [--stems 4] [--repeats 3] [--folder F]

A data set is made of stereo songs at 44.1 kHz (noise with about the spectrum and the dynamics of
music, so that FLAC has something to do) and exported to Parquet. Each reader then gives every
example of it as float32 arrays of all stems and mixes, before and after, from the same FLAC bytes,
in the order they lie in and, where it can, in a shuffled one. The others decode with soundfile, one
of them also with the decoder that is ours: so much is decoding, and so much is the rest.
Readers take turns, and the best of the repeats counts, in seconds of processor time of this one
process; the files are in the system's cache.

    soundfile     libsndfile's decoding alone, from bytes in memory
    our decoder   ours alone, likewise
    Dataset       ours: each example checked against its hash, console and all
    unchecked     the same with `check=False`
    webdataset    the same tars in their order (`pip install webdataset`), FLAC by soundfile
    + our decoder the same, FLAC by our decoder
    datasets      the Parquet export, by number (`pip install datasets`)

The last table is training: `ExampleDataset` with what is stored, and with a fresh console each.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.shard_reader import read_files
from automix_bench.distributions.plain import LogUniform, Uniform
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.files.flac import decode_trusted
from automix_bench.making.make import make
from automix_bench.publishing.parquet import export_parquet
from automix_bench.recipe import Recipe
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.sources.stems_folder import StemsFolder

Decoder = Callable[[bytes], np.ndarray]

RATE = 44_100
PER_SONG = 4
NAMES = ("bass", "drums", "guitar", "keys", "lead", "pad", "strings", "vocals")
STRIP = RandomChain(
    (
        PeakingEQ.random(
            frequency_hz=LogUniform(100.0, 8_000.0), gain_db=Uniform(-9.0, 9.0), q=1.0
        ),
        Compressor.random(
            threshold_db=Uniform(-30.0, -10.0),
            ratio=Uniform(2.0, 6.0),
            knee_db=6.0,
            attack_ms=5.0,
            release_ms=100.0,
            makeup_db=0.0,
        ),
        Gain.random(gain_db=Uniform(-9.0, 3.0)),
        Pan.random(pan=Uniform(-0.5, 0.5)),
    )
)


def write_songs(folder: Path, songs: int, stems: int, seconds: float) -> None:
    """A folder per song with its stems: noise that falls 6 dB an octave and swells like notes."""
    for song in range(songs):
        place = folder / f"artist {song}" / f"song {song}"
        place.mkdir(parents=True, exist_ok=True)
        for number, name in enumerate(NAMES[:stems]):
            sound = stem(np.random.default_rng((song, number)), round(seconds * RATE))
            soundfile.write(place / f"{name}.wav", sound.T, RATE, subtype="PCM_24")


def stem(rng: np.random.Generator, length: int) -> np.ndarray:
    """Stereo sound at -26 dB full scale."""
    spectrum = np.fft.rfft(rng.standard_normal((2, length)))
    spectrum /= 1.0 + np.fft.rfftfreq(length, 1.0 / RATE) / 200.0
    notes = np.exp(-4.0 * ((np.arange(length) / RATE * rng.uniform(1.0, 4.0)) % 1.0))
    sound: np.ndarray = np.fft.irfft(spectrum, length) * notes
    return np.asarray(0.05 * sound / sound.std())


def recipe(songs: Path, seconds: float) -> Recipe:
    """Every stem through a strip of four effects."""
    return Recipe(
        "read",
        1,
        1,
        "Noise, to be read.",
        StemsFolder(songs, license="CC0-1.0"),
        AsRecorded(),
        RandomConsole(default=STRIP),
        excerpt_seconds=seconds,
    )


def decoded(content: bytes) -> np.ndarray:
    """The samples in a file: float32, as every reader here gives them."""
    samples: np.ndarray = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)[0]
    return samples


@dataclass(frozen=True)
class Reader:
    """A name, the order it reads in, and a pass over all examples that counts sounds."""

    name: str
    order: str
    sounds: Callable[[], int]


def decoded_by_ours(content: bytes) -> np.ndarray:
    """The same by our decoder, turned as soundfile has them."""
    samples: np.ndarray = decode_trusted(content).samples.T
    return samples


def readers(folder: Path, parquet: Path) -> Iterator[Reader]:
    """Those whose packages are here."""
    data = Dataset(folder)
    kept = [read_files(folder, data.place(n)) for n in range(len(data))]
    shuffled = [int(n) for n in np.random.default_rng(0).permutation(len(data))]

    flacs = [c for files in kept for name, c in files.items() if name.endswith(".flac")]

    def alone(by: Decoder) -> int:
        return sum(by(content).ndim > 0 for content in flacs)

    def ours(data: Dataset, order: list[int]) -> int:
        examples = (data[number] for number in order)
        return sum(len(e.before.stems) + len(e.after.stems) + 2 for e in examples)

    yield Reader("soundfile", "in memory", lambda: alone(decoded))
    yield Reader("our decoder", "in memory", lambda: alone(decoded_by_ours))
    yield Reader("Dataset", "as stored", lambda: ours(data, list(range(len(data)))))
    yield Reader("Dataset", "shuffled", lambda: ours(data, shuffled))
    trusting = Dataset(folder, check=False)
    yield Reader("unchecked", "shuffled", lambda: ours(trusting, shuffled))
    if importlib.util.find_spec("webdataset"):
        yield Reader("webdataset", "as stored", lambda: by_webdataset(folder, decoded))
        yield Reader("+ our decoder", "as stored", lambda: by_webdataset(folder, decoded_by_ours))
    if importlib.util.find_spec("datasets"):
        import datasets

        files = {"train": str(parquet / "data" / "*.parquet")}
        cache = str(parquet.parent / "cache")
        table = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=cache)
        yield Reader("datasets", "as stored", lambda: by_datasets(table, range(len(table))))
        yield Reader("datasets", "shuffled", lambda: by_datasets(table, shuffled))


def by_webdataset(folder: Path, by: Decoder) -> int:
    """Every sound in the tars."""
    import webdataset

    count = 0
    tars = sorted(str(path) for path in folder.glob("*.tar"))
    for sample in webdataset.WebDataset(tars, shardshuffle=False):
        json.loads(sample["json"])
        count += sum(by(c).ndim > 0 for name, c in sample.items() if name.endswith(".flac"))
    return count


def by_datasets(table: Any, order: Any) -> int:
    """Every sound in the rows."""
    count = 0
    for number in order:
        row = table[number]
        json.loads(row["console"])
        sounds = [row["before_mix"], row["after_mix"]]
        sounds += [stem[side] for stem in row["stems"] for side in ("before", "after")]
        count += sum(decoded(sound["bytes"]).ndim > 0 for sound in sounds)
    return count


def training(folder: Path, made_by: Recipe) -> Iterator[Reader]:
    """`ExampleDataset` with what is stored, and with fresh consoles."""
    if not importlib.util.find_spec("torch"):
        return
    from automix_bench.training.torch_dataset import ExampleDataset

    stored, fresh = ExampleDataset(folder), ExampleDataset(folder, consoles=made_by, seed=1)
    yield Reader(
        "ExampleDataset", "stored", lambda: sum(2 + 2 * len(i["stems"]) for i in walk(stored))
    )
    yield Reader(
        "ExampleDataset", "fresh", lambda: sum(2 + 2 * len(i["stems"]) for i in walk(fresh))
    )


def walk(data: Any) -> Iterator[Any]:
    """Every item of it, by number."""
    return (data[number] for number in range(len(data)))


def timed(found: list[Reader], repeats: int) -> list[float]:
    """The best time of each, in seconds, in turns."""
    best = [float("inf")] * len(found)
    counts = {reader.sounds() for reader in found}
    if len(counts) != 1:
        raise SystemExit(f"the readers do not read the same: {counts}")
    for _ in range(repeats):
        for place, reader in enumerate(found):
            start = time.process_time()
            reader.sounds()
            best[place] = min(best[place], time.process_time() - start)
    return best


def table(found: list[Reader], best: list[float], examples: int, seconds: float) -> None:
    """Print them: examples a second, and times real time by the length of an example."""
    print(f"{'reader':16}{'order':12}{'examples/s':>12}{'x real time':>13}{'x first':>9}")
    for reader, took in zip(found, best, strict=True):
        rate = examples / took
        print(
            f"{reader.name:16}{reader.order:12}{rate:12.1f}{rate * seconds:13.0f}"
            f"{best[0] / took:9.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast examples are read.")
    parser.add_argument("--examples", type=int, default=48)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--stems", type=int, default=4, choices=range(1, 9))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the data is kept for another run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = given.folder or Path(scratch)
        if not (place / "songs").exists():
            songs = -(-given.examples // PER_SONG)
            write_songs(place / "songs", songs, given.stems, PER_SONG * given.seconds)
        made_by = recipe(place / "songs", given.seconds)
        made = make(made_by, place / "data")
        export_parquet(made.folder, place / "parquet")
        examples = len(made.rows)
        size = sum(row["size"] for row in made.rows) / 1e6
        print(
            f"{examples} examples of {given.seconds:g} s with {given.stems} stems, {size:.0f} MB\n"
        )
        for found in (
            list(readers(made.folder, place / "parquet")),
            list(training(made.folder, made_by)),
        ):
            if found:
                table(found, timed(found, given.repeats), examples, given.seconds)
                print()


if __name__ == "__main__":
    main()
