"""A short sound in every container that is read, made on the spot."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import soundfile

FFMPEG = shutil.which("ffmpeg")
RATE = 44_100

# Name: libsndfile's format and subtype.
BY_LIBSNDFILE = {
    "wav": ("WAV", "PCM_16"),
    "float.wav": ("WAV", "FLOAT"),
    "wavex.wav": ("WAVEX", "PCM_24"),
    "ms.wav": ("WAV", "MS_ADPCM"),
    "rf64": ("RF64", "PCM_24"),
    "w64": ("W64", "PCM_16"),
    "aiff": ("AIFF", "PCM_16"),
    "aifc": ("AIFF", "FLOAT"),
    "au": ("AU", "PCM_16"),
    "caf": ("CAF", "PCM_16"),
    "alac.caf": ("CAF", "ALAC_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}
# Name: what ffmpeg is told.
BY_FFMPEG = {
    "m4a": (),
    "alac.m4a": ("-c:a", "alac"),
    "frag.m4a": ("-movflags", "frag_keyframe+empty_moov"),
    "fast.m4a": ("-movflags", "+faststart"),
    "wma": (),
    "mka": (),
    "webm": (),
    "aac": (),
    "ac3": (),
    "eac3": (),
    "mp2": (),
    "wv": (),
    "tta": (),
    "flac.oga": ("-c:a", "flac", "-f", "ogg"),
    "mp3.wav": ("-c:a", "libmp3lame"),
    "plain.mp3": ("-write_xing", "0", "-id3v2_version", "0"),
    "caf": ("-f", "caf"),
}
# Nothing in these states how many frames there are: a cut between two is a shorter song.
FRAMES_ONLY = frozenset(["ff.aac", "ff.ac3", "ff.eac3", "ff.mp2", "ff.plain.mp3"])
EXACT = frozenset(
    [
        "wav",
        "float.wav",
        "wavex.wav",
        "rf64",
        "w64",
        "aiff",
        "aifc",
        "au",
        "caf",
        "flac",
        "alac.caf",
        "ff.alac.m4a",
        "ff.wv",
        "ff.tta",
        "ff.flac.oga",
        "ff.caf",
    ]
)
"""Kinds that keep every sample of a sound of 16 bits."""


def music(seconds: float = 0.5, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """A tone in soft noise, `(samples, 2)`."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).standard_normal((time.size, 2))
    wave = 0.2 * np.sin(2.0 * np.pi * (330.0 + 110.0 * seed) * time)[:, None] + 0.01 * noise
    return np.asarray(wave, np.float32)


def write(path: Path, kind: str, samples: np.ndarray | None = None, rate: int = RATE) -> Path:
    """Write a sound as a file of a kind of `BY_LIBSNDFILE` or, with `ff.` in front, `BY_FFMPEG`."""
    samples = music(rate=rate) if samples is None else samples
    if not kind.startswith("ff."):
        container, coding = BY_LIBSNDFILE[kind]
        rate = 48_000 if coding == "OPUS" else rate
        soundfile.write(path, samples, rate, format=container, subtype=coding)
        return path
    name = kind.removeprefix("ff.")
    options = BY_FFMPEG[name]
    wav = path.with_name(f".{path.name}.source.wav")
    soundfile.write(wav, samples, rate, subtype="PCM_16")
    target = path if path.name.endswith(name) else path.with_name(f"{path.name}.{name}")
    assert FFMPEG is not None
    command = [FFMPEG, "-v", "error", "-y", "-i", str(wav), *options, str(target)]
    subprocess.run(command, check=True)
    wav.unlink()
    return target.rename(path)


def kinds() -> tuple[str, ...]:
    """Every kind that can be made here."""
    with_ffmpeg = tuple(f"ff.{name}" for name in BY_FFMPEG) if FFMPEG else ()
    return (*BY_LIBSNDFILE, *with_ffmpeg)


def suffix(kind: str) -> str:
    """The ending of the name of a file of a kind."""
    return kind.rpartition(".")[2]
