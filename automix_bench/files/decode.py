"""Decode audio files at their own rate and channels; nothing is clipped or repaired.

libsndfile reads WAV, AIFF, FLAC, Ogg Vorbis, Opus, MP3 and a dozen more. The program `ffmpeg`, if
it is on the PATH, reads the others (m4a, wma, ...), as floating point. A file that is cut short or
damaged is refused, not read as a shorter song.

Errors name the file by the `name` that the caller gives, or by its last part, never by its folder.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from jaxtyping import Float32

from automix_bench.audio import Audio
from automix_bench.errors import Rejected
from automix_bench.files import mp3_frames
from automix_bench.files.truncation import missing_part

Interleaved = Float32[np.ndarray, "samples channels"]

SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("wav", "wave", "w64", "rf64", "bwf", "aif", "aiff", "aifc", "au", "snd", "caf", "flac"),
        *("ogg", "oga", "opus", "mp3", "mp2", "m4a", "mp4", "aac", "wma", "ac3", "ape", "mka"),
        *("mpc", "tta", "webm", "wv"),
    )
)
"""The endings of audio files' names."""

_TAIL_SECONDS = 2
# libsndfile states a greater length for a FLAC file whose header leaves the length open (such as
# one from a pipe), and then cannot read it to its end.
_OPEN_LENGTH = 1 << 60
_UNKNOWN_FORMAT = 1
# Only these state a duration exact enough to tell a cut file from a whole one.
_TIMED_CONTAINERS = ("mov,", "asf", "matroska,")
_DURATION_TOLERANCE_SECONDS = 0.25
_AGAIN = "get a whole copy or export it again"


@dataclass(frozen=True)
class Header:
    """The properties of a file, from its header and tags.

    Attributes:
        rate: in Hz.
        channels: 1 for mono, 2 for stereo, 6 for 5.1.
        length: samples per channel. `decode` gives exactly that many.
        format: such as `wav` or `flac`, in lower case.
        artist, title: from the file's tags; empty if they state none.
    """

    rate: int
    channels: int
    length: int
    format: str
    artist: str = ""
    title: str = ""


def probe(path: Path, *, name: str = "") -> Header:
    """The header of an audio file, with its length checked against the end of the file.

    Files that ffmpeg reads are decoded, as their containers do not state the length to the sample.
    The frames of an MP3 file without a Xing frame are counted.

    Raises:
        Rejected: the file is missing, empty, no audio, has no samples, or is cut short as far as
            can be seen without decoding.
    """
    name = name or path.name
    with _opened(path, name) as file:
        return _from_ffmpeg(path, name)[1] if file is None else _header(file, name)


def decode(path: Path, *, name: str = "") -> Audio:
    """The audio in a file, as float32. Peaks beyond full scale stay.

    Raises:
        Rejected: as for `probe`; or the file is damaged, the decoder stops before the header's
            length, or a sample is NaN or infinite.
    """
    name = name or path.name
    with _opened(path, name) as file:
        if file is None:
            samples, header = _from_ffmpeg(path, name)
        else:
            header = _header(file, name)
            samples = file.read(dtype="float32", always_2d=True)
    if len(samples) != header.length:
        raise Rejected(
            name,
            f"cut short: its header promises {header.length} samples, {len(samples)} can be "
            f"decoded; {_AGAIN}",
        )
    _refuse_non_finite(samples, header.rate, name)
    return Audio(np.ascontiguousarray(samples.T), header.rate)


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Any]:
    """The file, opened by libsndfile; None if only ffmpeg may read it."""
    try:
        if path.stat().st_size == 0:
            raise Rejected(name, f"an empty file (0 bytes); {_AGAIN}")
        missing = missing_part(path)
    except OSError as error:
        raise Rejected(name, f"cannot be read: {error.strerror}") from error
    if missing:
        raise Rejected(name, f"cut short: {missing}; {_AGAIN}")
    try:
        with soundfile.SoundFile(_with_length(path)) as file:
            if file.frames < _OPEN_LENGTH:
                yield file
                return
    except soundfile.LibsndfileError as error:
        if error.code != _UNKNOWN_FORMAT:
            raise Rejected(name, f"damaged: {_sentence(error)}; {_AGAIN}") from error
    yield None


def _with_length(path: Path) -> Any:
    """What libsndfile is to open: the path, or an MP3 file's bytes with a count of frames added."""
    with path.open("rb") as file:
        if not mp3_frames.begins_like_mp3(file.read(4)):
            return str(path)
        file.seek(0)
        content = file.read()
    return str(path) if mp3_frames.index(content) else io.BytesIO(mp3_frames.indexed(content))


def _sentence(error: Any) -> str:
    return "libsndfile says " + str(error.error_string).strip().rstrip(".").removeprefix("Error : ")


def _header(file: Any, name: str) -> Header:
    length = _length(file)
    if length <= 0:
        raise Rejected(name, f"holds no samples; {_AGAIN}")
    tags = file.copy_metadata()
    return Header(
        rate=int(file.samplerate),
        channels=int(file.channels),
        length=length,
        format=str(file.format).lower(),
        artist=tags.get("artist", "").strip(),
        title=tags.get("title", "").strip(),
    )


def _length(file: Any) -> int:
    """The number of samples. The last two seconds of FLAC and Ogg are decoded to make sure.

    A FLAC file that was cut short fails there. A whole Ogg file may state too much: by some samples
    (Opus) or a tenth of a second (Vorbis with several last pages). There the decoder's count is
    right, as `missing_part` has checked that the last page exists.
    """
    stated = int(file.frames)
    if file.format not in ("FLAC", "OGG") or stated <= 0:
        return stated
    file.seek(max(0, stated - _TAIL_SECONDS * file.samplerate))
    decoded = int(file.tell()) + len(file.read(dtype="float32"))
    file.seek(0)
    return decoded if file.format == "OGG" else stated


def _refuse_non_finite(samples: Interleaved, rate: int, name: str) -> None:
    finite = np.isfinite(samples)
    if finite.all():
        return
    sample, channel = (int(i) for i in np.argwhere(~finite)[0])
    raise Rejected(
        name,
        f"{samples[sample, channel]} at sample {sample} ({sample / rate:.3f} s) of channel "
        f"{channel + 1}; export it again with finite samples",
    )


def _from_ffmpeg(path: Path, name: str) -> tuple[Interleaved, Header]:
    """The first audio stream, decoded by ffmpeg at its own rate and channels. An error in the data
    ends the decoding."""
    if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
        raise Rejected(
            name,
            "libsndfile cannot read it: if it is audio (m4a, wma, ...), install ffmpeg "
            "so that it can be read, or convert it to FLAC",
        )
    entries = "stream=sample_rate,channels,duration:format=format_name,duration:format_tags"
    properties = json.loads(
        _run(
            "ffprobe", path, name, "-select_streams", "a:0", "-show_entries", entries, "-of", "json"
        )
    )
    if not properties.get("streams"):
        raise Rejected(
            name,
            "no audio in it: neither libsndfile nor ffmpeg finds any; remove it or export it again",
        )
    stream, container = properties["streams"][0], properties["format"]
    channels, rate = int(stream["channels"]), int(stream["sample_rate"])
    raw = _run("ffmpeg", path, name, "-nostdin", "-xerror", "-map", "0:a:0", "-f", "f32le", "-")
    samples = np.frombuffer(raw, "<f4").astype(np.float32).reshape(-1, channels)
    if not len(samples):
        raise Rejected(name, f"holds no samples; {_AGAIN}")
    _refuse_short(len(samples) / rate, stream, container, name)
    tags = {key.lower(): value for key, value in container.get("tags", {}).items()}
    kind = str(container["format_name"]).split(",")[0]
    artist, title = (str(tags.get(key, "")).strip() for key in ("artist", "title"))
    return samples, Header(rate, channels, len(samples), kind, artist, title)


def _refuse_short(seconds: float, stream: Any, container: Any, name: str) -> None:
    stated = float(stream.get("duration") or container.get("duration") or 0.0)
    timed = str(container["format_name"]).startswith(_TIMED_CONTAINERS)
    if timed and seconds + _DURATION_TOLERANCE_SECONDS < stated:
        raise Rejected(
            name,
            f"cut short: its header promises {stated:.2f} s, {seconds:.2f} s can be decoded; "
            f"{_AGAIN}",
        )


def _run(program: str, path: Path, name: str, *arguments: str) -> bytes:
    # A playlist must not make ffmpeg open network addresses.
    source = ("-protocol_whitelist", "file,pipe", "-i", f"file:{path}")
    done = subprocess.run(
        [program, "-v", "error", *source, *arguments], capture_output=True, check=False
    )
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        message = re.sub(r"\[[^]]*\] ", "", lines[0]) if lines else f"exit code {done.returncode}"
        message = message.removeprefix(f"file:{path}: ").replace(str(path), name)
        raise Rejected(
            name,
            f"no readable audio: libsndfile cannot read it and {program} says {message!r}; "
            f"{_AGAIN}, or remove it",
        )
    return done.stdout
