"""What others take for the work that `make` does: processor seconds, on the same stems.

* *pedalboard*, a script as one would write it: every stem of an excerpt through four filters, a
  compressor, a gain and a pan, all added; stems and mixes, before and after, as 24-bit FLAC. It
  brings nothing to a loudness, lets peaks pass full scale, and measures, hashes and describes
  nothing. `make` does the same with effects of the same kind and as many.
* *scaper* places the stems' excerpts at a level each, and writes the sum, every stem by itself and
  a JAMS file. It writes WAV, by way of the program sox. `make` does so with a gain on every stem,
  storing `before` alone. scaper 1.6.5 is installed with `--no-deps`, and sox, jams, pyloudnorm.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from automix_bench import plugin
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Uniform
from automix_bench.making.make import make
from automix_bench.recipe import Recipe
from automix_bench.settings import Random

EXCERPT_SECONDS = 10.0


def compared_with_peers(recipe: Recipe, songs: Path, scratch: Path) -> Iterator[str]:
    """A line for each peer: its processor seconds, and those of `make` for equal work."""
    for name, peer, console, store in (
        ("pedalboard", by_pedalboard, RandomConsole(default=RandomChain(strip())), "both"),
        ("scaper", by_scaper, RandomConsole(default=RandomChain(gains())), "before"),
    ):
        if find_spec(name) is None or (name == "scaper" and shutil.which("sox") is None):
            yield f"{name}, or the program sox that scaper runs, is not installed: not compared"
            continue
        equal = replace(recipe, console=console, store=store, audible_db=None)
        ours, theirs, rows = list[float](), list[float](), 0
        for turn in range(2):  # the first compiles and loads
            made = scratch / f"{name}-{turn}-make"
            ours.append(processor_seconds(partial(make, equal, made)))
            out = scratch / f"{name}-{turn}-theirs"
            out.mkdir()
            theirs.append(processor_seconds(partial(peer, songs, out)))
            rows = len(make(equal, made).rows)
        seconds = rows * EXCERPT_SECONDS
        yield (
            f"{name}: {min(theirs):.2f} s, {seconds / min(theirs):.1f} x real time; make for equal "
            f"work {min(ours):.2f} s, {seconds / min(ours):.1f} x: {min(theirs) / min(ours):.2f} "
            "times as fast"
        )


def processor_seconds(work: Callable[[], object]) -> float:
    """Of this process, and of the programs that it started and waited for."""
    start = sum(os.times()[:4])
    work()
    return sum(os.times()[:4]) - start


def gains() -> tuple[Random, ...]:
    gain: Any = plugin.load("effects", "gain")
    return (gain.random(gain_db=Uniform(-9.0, 0.0)),)


def strip() -> tuple[Random, ...]:
    named: dict[str, dict[str, Any]] = {
        "low_shelf": {"frequency_hz": 100.0, "gain_db": Uniform(-6.0, 6.0), "q": 0.707},
        "peaking_eq": {"frequency_hz": 500.0, "gain_db": Uniform(-6.0, 6.0), "q": 1.0},
        "high_shelf": {"frequency_hz": 8_000.0, "gain_db": Uniform(-6.0, 6.0), "q": 0.707},
        "high_pass": {"frequency_hz": 40.0, "order": "2"},
        "compressor": {
            "threshold_db": Uniform(-30.0, -15.0),
            "ratio": 4.0,
            "knee_db": 0.0,
            "attack_ms": 10.0,
            "release_ms": 100.0,
            "makeup_db": 0.0,
        },
        "gain": {"gain_db": Uniform(-9.0, 0.0)},
        "pan": {"pan": Uniform(-0.8, 0.8)},
    }
    chosen: list[Random] = []
    for name, knobs in named.items():
        effect: Any = plugin.load("effects", name)
        chosen.append(effect.random(**knobs))
    return tuple(chosen)


def excerpts(folder: Path) -> Iterator[tuple[str, int, dict[str, np.ndarray]]]:
    """Every excerpt of a song by its number: stems and mixture, `(samples, channels)`."""
    paths = sorted(folder.glob("*.flac"))
    read = [soundfile.read(path, dtype="float32", always_2d=True) for path in paths]
    rate = int(read[0][1])
    length = round(EXCERPT_SECONDS * rate)
    for number in range(min(len(sound) for sound, _ in read) // length):
        part = slice(number * length, (number + 1) * length)
        yield (
            f"{folder.name}-{number}",
            rate,
            {path.stem: sound[part] for path, (sound, _) in zip(paths, read, strict=True)},
        )


def by_pedalboard(songs: Path, out: Path) -> None:
    rng = np.random.default_rng(0)
    for folder in sorted(path for path in songs.iterdir() if path.is_dir()):
        for id, rate, sounds in excerpts(folder):
            mix = np.zeros_like(sounds["mixture"])
            for name, sound in sounds.items():
                soundfile.write(out / f"{id}.before.{name}.flac", sound, rate, subtype="PCM_24")
                if name != "mixture":
                    after = wet(sound, rate, rng)
                    mix += after
                    path = out / f"{id}.after.{name}.flac"
                    soundfile.write(path, after, rate, subtype="PCM_24")
            soundfile.write(out / f"{id}.after.mix.flac", mix, rate, subtype="PCM_24")


def wet(sound: np.ndarray, rate: int, rng: np.random.Generator) -> np.ndarray:
    import pedalboard as pb

    board = pb.Pedalboard(
        [
            pb.LowShelfFilter(100.0, rng.uniform(-6.0, 6.0)),
            pb.PeakFilter(500.0, rng.uniform(-6.0, 6.0)),
            pb.HighShelfFilter(8_000.0, rng.uniform(-6.0, 6.0)),
            pb.HighpassFilter(40.0),
            pb.Compressor(rng.uniform(-30.0, -15.0), 4.0, 10.0, 100.0),
            pb.Gain(rng.uniform(-9.0, 0.0)),
        ]
    )
    angle = np.pi / 4.0 * (1.0 + rng.uniform(-0.8, 0.8))
    sides = np.sqrt(2.0) * np.array([np.cos(angle), np.sin(angle)], np.float32)
    played: np.ndarray = board(sound.T, rate).T * sides
    return played.astype(np.float32)


def by_scaper(songs: Path, out: Path) -> None:
    vars(np).setdefault("Inf", np.inf)  # scaper 1.6.5 asks for a name that numpy 2 dropped
    import scaper

    # It wants a folder of labels for its sounds, each a folder of files.
    for folder in sorted(path for path in songs.iterdir() if path.is_dir()):
        stems = sorted(path for path in folder.glob("*.flac") if path.stem != "mixture")
        seconds = soundfile.info(stems[0]).duration
        for number in range(int(seconds // EXCERPT_SECONDS)):
            scene = scaper.Scaper(
                EXCERPT_SECONDS, str(songs), str(songs), random_state=np.random.RandomState(number)
            )
            scene.sr, scene.n_channels, scene.ref_db = soundfile.info(stems[0]).samplerate, 2, -30
            for stem in stems:
                scene.add_event(
                    label=("const", folder.name),
                    source_file=("const", str(stem)),
                    source_time=("const", number * EXCERPT_SECONDS),
                    event_time=("const", 0.0),
                    event_duration=("const", EXCERPT_SECONDS),
                    snr=("uniform", -9.0, 0.0),
                    pitch_shift=None,
                    time_stretch=None,
                )
            target = out / f"{folder.name}-{number}"
            scene.generate(
                f"{target}.wav",
                f"{target}.jams",
                save_isolated_events=True,
                fix_clipping=True,
                disable_instantiation_warnings=True,
            )
