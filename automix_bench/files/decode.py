"""Read an audio file as it is: its own rate, its own channels, nothing clipped, nothing mended.

libsndfile reads WAV, AIFF, FLAC, Ogg Vorbis, Opus, MP3 and a dozen more. What it does not know
(m4a, wma, ...) goes through the `ffmpeg` program, as floating point, where that is on the PATH.
A file that breaks off is refused, not read as a shorter song.

Errors name the file by the `name` the caller gives it, or by its last part: never by its folder.
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
"""What names of audio files end in."""

_TAIL_SECONDS = 2
# libsndfile gives more than this for a FLAC whose header leaves the length open (as one that came
# out of a pipe does), and then cannot read it to its end.
_OPEN_LENGTH = 1 << 60
_UNKNOWN_FORMAT = 1
# Only here is the stated duration exact enough to tell a cut file from a whole one.
_TIMED_CONTAINERS = ("mov,", "asf", "matroska,")
_DURATION_TOLERANCE_SECONDS = 0.25
_AGAIN = "get a whole copy or export it again"


@dataclass(frozen=True)
class Header:
    """What is known of a file before it is decoded.

    Attributes:
        rate: in Hz.
        channels: 1 for mono, 2 for stereo, 6 for 5.1.
        length: samples per channel. `decode` gives exactly that many.
        format: such as `wav` or `flac`, in lower case.
        artist: from the file's tags; empty if they have none. So is `title`.
    """

    rate: int
    channels: int
    length: int
    format: str
    artist: str = ""
    title: str = ""


def probe(path: Path, *, name: str = "") -> Header:
    """The header of an audio file, its length checked against the end of the file.

    What ffmpeg reads is decoded for its length, as its containers do not tell it to the sample;
    MP3 without a Xing frame has its frames counted.

    Raises:
        Rejected: the file is missing, empty, no audio, holds no samples, or is cut short as far as
            it shows without decoding.
    """
    name = name or path.name
    with _opened(path, name) as file:
        return _from_ffmpeg(path, name)[1] if file is None else _header(file, name)


def decode(path: Path, *, name: str = "") -> Audio:
    """The sound in an audio file, as float32. Peaks beyond full scale are kept.

    Raises:
        Rejected: as for `probe`, or the decoder stops before the header's length, or a sample is
            NaN or infinite.
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
    """The file as libsndfile opens it, or None where it is for ffmpeg to read."""
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
    """What libsndfile is to open: the file, or an MP3's bytes with the count it lacks."""
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
    """The samples there are; of FLAC and Ogg the last two seconds are decoded to make sure.

    A FLAC that was cut short fails at that. Ogg files can tell too much and be whole: by some
    samples (Opus) or a tenth of a second (Vorbis with several last pages). There the decoder
    decides, as `missing_part` has seen that the last page is there.
    """
    told = int(file.frames)
    if file.format not in ("FLAC", "OGG") or told <= 0:
        return told
    file.seek(max(0, told - _TAIL_SECONDS * file.samplerate))
    found = int(file.tell()) + len(file.read(dtype="float32"))
    file.seek(0)
    return found if file.format == "OGG" else told


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
    """The first audio stream as ffmpeg decodes it: no other rate, no other channels, and no going
    on after an error in the data."""
    if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
        raise Rejected(
            name,
            "libsndfile cannot read it: if it is audio (m4a, wma, ...), install ffmpeg "
            "so that it can be read, or convert it to FLAC",
        )
    entries = "stream=sample_rate,channels,duration:format=format_name,duration:format_tags"
    told = json.loads(
        _run(
            "ffprobe", path, name, "-select_streams", "a:0", "-show_entries", entries, "-of", "json"
        )
    )
    if not told.get("streams"):
        raise Rejected(
            name,
            "no audio in it: neither libsndfile nor ffmpeg finds any; remove it or export it again",
        )
    stream, container = told["streams"][0], told["format"]
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
    told = float(stream.get("duration") or container.get("duration") or 0.0)
    timed = str(container["format_name"]).startswith(_TIMED_CONTAINERS)
    if timed and seconds + _DURATION_TOLERANCE_SECONDS < told:
        raise Rejected(
            name,
            f"cut short: its header promises {told:.2f} s, {seconds:.2f} s can be decoded; "
            f"{_AGAIN}",
        )


def _run(program: str, path: Path, name: str, *arguments: str) -> bytes:
    # A file may turn out to be a playlist: it is not to reach the network.
    source = ("-protocol_whitelist", "file,pipe", "-i", f"file:{path}")
    done = subprocess.run(
        [program, "-v", "error", *source, *arguments], capture_output=True, check=False
    )
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        said = re.sub(r"\[[^]]*\] ", "", lines[0]) if lines else f"exit code {done.returncode}"
        said = said.removeprefix(f"file:{path}: ").replace(str(path), name)
        raise Rejected(
            name,
            f"no readable audio: libsndfile cannot read it and {program} says {said!r}; "
            f"{_AGAIN}, or remove it",
        )
    return done.stdout
