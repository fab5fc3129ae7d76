"""Compression undone: how fast and how well, beside `drcinv`, and what faults leave of it.

    python speed/drc_inversion.py [--song FILE] [--seconds 6] [--plot FILE.png]

First `Drc` and `DrcInverse` beside `drcinv` (`pip install drcinv`; left out where it is not
installed), on the same mono float32 signal with the exact settings: seconds of sound per second of
work on one core, best of the repeats (of drcinv: of two runs), and SI-SDR. The thresholds are such
that most samples are worked on: where nothing is to be done drcinv is fast, too, and we are some 50
times as fast.

Then, in stereo, the SI-SDR in dB of `DrcInverse` and `Decompressor` against the sound before, each
with "as is", the compressed sound left alone, under the same fault: a setting wrong by some per
cent (of its number, the threshold's in dB), 16 bits in between, white noise added (RMS level in dB
full scale), make-up that the inverse does not know of, an MP3 in between. "Exact" has none.

The song is a file that soundfile reads; without one, the clip that the separator `spleeter` comes
with. Of it the first seconds count. US patent 10,924,078 is about the inversion of dynamic range
control.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from automix_bench.audio import Audio, amplitude
from automix_bench.effect import Effect
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.decompressor import Decompressor
from automix_bench.effects.drc import Drc
from automix_bench.effects.drc_inverse import DrcInverse
from automix_bench.separation.example_clip import example_clip

DRC = Drc(-30.0, 4.0, 5.0, 20.0, 13.0, 130.0)
COMPRESSOR = Compressor(-30.0, 4.0, 6.0, 5.0, 100.0, 3.0, 5.0)
BESIDE_DRCINV = tuple(
    replace(DRC, mode=mode, threshold_db=threshold_db, detector=detector)
    for mode, threshold_db in (("compressor", -30.0), ("expander", -10.0))
    for detector in ("rms", "peak")
)
WRONG_PERCENT = (1, 2, 5, 10, 20)
NOISE_DB = (-90, -80, -70, -60, -50, -40)
MAKEUP_DB = (-6, -3, -1, 1, 3, 6)
MP3_KBPS = (320, 192, 128)


@dataclass(frozen=True)
class Row:
    """What is left under one fault, as SI-SDR in dB.

    Attributes:
        fault: what is wrong; a setting's name or "noise" and the like.
        amount: by how much, with its unit.
        undone_db: after the inverse.
        as_is_db: of the sound left alone.
    """

    fault: str
    amount: str
    undone_db: float
    as_is_db: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Compression undone.")
    parser.add_argument("--song", type=Path, help="a file that soundfile reads")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--plot", type=Path, help="where to draw the robustness, as PNG")
    given = parser.parse_args()
    song = read(given.song or example_clip(), given.seconds)
    print(f"{given.song or 'the example clip'}: {song.seconds:g} s at {song.rate} Hz\n")
    beside_drcinv(song.with_samples(song.samples.mean(axis=0, keepdims=True)))
    results = {
        "DrcInverse": list(robustness(song, DRC, DrcInverse)),
        "Decompressor": list(robustness(song, COMPRESSOR, Decompressor)),
    }
    for name, rows in results.items():
        show(name, rows)
    if given.plot:
        plot(results, given.plot)


def read(path: Path, seconds: float) -> Audio:
    rate = soundfile.info(path).samplerate
    samples, rate = soundfile.read(
        path, frames=round(seconds * rate), dtype="float32", always_2d=True
    )
    return Audio(np.ascontiguousarray(samples.T), rate)


def si_sdr_db(reference: Audio, estimate: Audio) -> float:
    """As the metric of the boards has it, but not ended at 100 dB."""
    x, y = (sound.samples.astype(np.float64).ravel() for sound in (reference, estimate))
    target = x * (float(x @ y) / float(x @ x))
    error = float(np.sum(np.square(target - y)))
    return 10.0 * float(np.log10(float(target @ target) / max(error, 1e-300)))


def beside_drcinv(mono: Audio) -> None:
    """Print speed and accuracy of both, side by side."""
    print(
        f"{'':22}{'x real time':>12}{'SI-SDR':>8}{'drcinv':>10}{'x real time':>12}{'SI-SDR':>8}"
        f"{'we are faster':>15}"
    )
    for one in BESIDE_DRCINV:
        out, undo = one(mono), one.inverse()
        assert undo is not None
        undone = undo(out)
        ours = mono.seconds / seconds_of(partial(undo, out), 7)
        row = f"{one.mode:12}{one.detector:10}{ours:12,.0f}{si_sdr_db(mono, undone):8.1f}"
        if importlib.util.find_spec("drcinv") is None:
            print(f"{row}  drcinv is not installed")
            continue
        for solver in ("hybr", "brentq"):
            work = partial(by_drcinv, out, one, solver)
            theirs = mono.seconds / seconds_of(work, 2)
            quality = si_sdr_db(mono, work())
            print(f"{row}{solver:>10}{theirs:12.2f}{quality:8.1f}{ours / theirs:14,.0f}x")
    print()


def by_drcinv(audio: Audio, one: Drc, solver: str) -> Audio:
    """The inverse as drcinv has it; `hybr` is its default solver."""
    drcinv = importlib.import_module("drcinv")
    q = [
        one.threshold_db,
        one.ratio,
        one.detector_attack_ms / 1_000.0,
        one.detector_release_ms / 1_000.0,
        one.gain_attack_ms / 1_000.0,
        one.gain_release_ms / 1_000.0,
        2 if one.detector == "rms" else 1,
    ]
    mode = "comp" if one.mode == "compressor" else "exp"
    samples = audio.samples[0].astype(np.float64)
    return audio.with_samples(drcinv.drc_inverse(samples, audio.rate, q, mode, solver)[np.newaxis])


def seconds_of(work: Callable[[], object], repeats: int) -> float:
    """The best of some runs; the inverse has run before, so it is compiled."""
    best = float("inf")
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def robustness(song: Audio, one: Effect, inverse: type[Effect]) -> Iterator[Row]:
    """Every fault there is, from none on."""
    out, right = one(song), {n: getattr(one, n) for n in inverse.settings()}
    undo = inverse(**right)

    def row(fault: str, amount: str, changed: Audio, by: Effect = undo) -> Row:
        return Row(fault, amount, si_sdr_db(song, by(changed)), si_sdr_db(song, changed))

    yield row("exact", "", out)
    for name in inverse.knobs():
        for percent in WRONG_PERCENT:
            wrong = inverse(**(right | {name: right[name] * (1.0 + percent / 100.0)}))
            yield row(name, f"{percent:+d} %", out, wrong)
    yield row("16 bits", "", out.with_samples(np.rint(out.samples * 32_768.0) / 32_768.0))
    hiss = np.random.default_rng(0).standard_normal(out.samples.shape)
    for level_db in NOISE_DB:
        yield row(
            "noise", f"{level_db} dB", out.with_samples(out.samples + amplitude(level_db) * hiss)
        )
    for makeup_db in MAKEUP_DB:
        yield row("make-up", f"{makeup_db:+d} dB", out.scaled(amplitude(makeup_db)))
    for kbps in MP3_KBPS:
        yield row("MP3", f"{kbps} kbit/s", through_mp3(out, kbps))


def through_mp3(audio: Audio, kbps: int) -> Audio:
    """As it comes back from an MP3 of that constant bit rate, which has no delay where the decoder
    reads the count of samples that the encoder leaves; lowered by as much as it would clip."""
    gain = min(1.0, 0.9 / float(np.abs(audio.samples).max()))
    file = io.BytesIO()
    soundfile.write(
        file,
        audio.samples.T * gain,
        audio.rate,
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="CONSTANT",
        compression_level=(320 - kbps) / 288.0,
    )
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32", always_2d=True)
    return audio.with_samples(np.ascontiguousarray(decoded.T) / gain)


def show(name: str, rows: list[Row]) -> None:
    print(f"{name}, SI-SDR in dB\n{'':22}{'':14}{'undone':>8}{'as is':>8}")
    for row in rows:
        print(f"{row.fault:22}{row.amount:>14}{row.undone_db:8.1f}{row.as_is_db:8.1f}")
    print()


def plot(results: dict[str, list[Row]], path: Path) -> None:
    """Wrong settings on the left, noise on the right, an inverse a line of panels."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(len(results), 2, figsize=(11.0, 8.0), squeeze=False)
    for (name, rows), (left, right) in zip(results.items(), panels, strict=True):
        wrong = dict.fromkeys(row.fault for row in rows if row.amount.endswith("%"))
        for fault in wrong:
            values = [row.undone_db for row in rows if row.fault == fault]
            left.plot(WRONG_PERCENT, values, marker="o", label=fault)
        noise = [row for row in rows if row.fault == "noise"]
        right.plot(NOISE_DB, [row.undone_db for row in noise], marker="o", label="undone")
        right.plot(NOISE_DB, [row.as_is_db for row in noise], marker="o", label="as is")
        left.axhline(rows[0].as_is_db, color="grey", linestyle="--", label="as is")
        left.set(title=name, xscale="log", xlabel="setting wrong by (%)", ylabel="SI-SDR (dB)")
        left.set_xticks(WRONG_PERCENT, [str(percent) for percent in WRONG_PERCENT])
        right.set(title=name, xlabel="white noise added (dB full scale)", ylabel="SI-SDR (dB)")
        left.legend(fontsize="small")
        right.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path)
    print(f"drawn into {path}")


if __name__ == "__main__":
    main()
