"""Decode audio with the program ffmpeg, the second decoder beside libsndfile.

It reads what libsndfile does not (m4a, wma, wv, …). The program is the one on the PATH, or the one
in the package `imageio-ffmpeg`. It runs as a process of its own, so a file that is made to break
decoders breaks that process alone. It may read no other file and no network address.

An error in the data ends the decoding: nothing is concealed or left out.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from jaxtyping import Float32

INSTALL = "install ffmpeg, or run `pip install 'automix-bench[ffmpeg]'`"

_DEMUXERS = (
    *("aac", "ac3", "eac3", "aiff", "amr", "ape", "asf", "au", "avi", "caf", "dsf", "dts", "flac"),
    *("iff", "loas", "matroska", "mov", "mp3", "mpc", "mpc8", "mpeg", "mpegts", "ogg", "oma", "rm"),
    *("shn", "tak", "truehd", "tta", "w64", "wav", "wv"),
)
# Only these state a duration exact enough to tell a cut file from a whole one.
_TIMED_CONTAINERS = ("mov", "asf", "matroska")
_DURATION_TOLERANCE_SECONDS = 0.25
# Far more than any real file needs, and few enough to end the decoding of one that was made to fill
# the memory.
_MOST_BYTES_PER_BYTE, _MOST_BYTES_MORE = 4096, 64 << 20
_SECONDS, _BYTES_A_SECOND = 8.0, 250_000.0
_LARGEST_ALLOCATION = 500_000_000
_BLOCK = 1 << 20

_CONTEXT = re.compile(r"^(?:\[[^\]]* @ [^\]]*\] )?")
_LEVEL = re.compile(r"^\[(\w+)\] ?")


class Undecodable(Exception):
    """A decoder cannot read a file. The message is what it says, in one line."""


class NotInstalled(Undecodable):
    """There is no ffmpeg."""


@dataclass(frozen=True)
class Decoded:
    """A file's first audio stream, and what its container tells.

    Attributes:
        samples: `(channels, samples)`.
        rate: in Hz.
        format: ffmpeg's name for the container, such as `mov` or `matroska`.
        artist, title: from the tags; empty if they state none.
    """

    samples: Float32[np.ndarray, "channels samples"]
    rate: int
    format: str
    artist: str
    title: str


def program() -> str:
    """The path of ffmpeg.

    Raises:
        NotInstalled: it is neither on the PATH nor in `imageio-ffmpeg`.
    """
    if found := shutil.which("ffmpeg"):
        return found
    if importlib.util.find_spec("imageio_ffmpeg") is not None:
        import imageio_ffmpeg

        try:
            return str(imageio_ffmpeg.get_ffmpeg_exe())
        except (RuntimeError, OSError):  # the package has none for this machine
            pass
    raise NotInstalled("is not installed")


def decoded(path: Path, stop: int = 0) -> Decoded:
    """The first audio stream of a file, at its own rate and channels.

    Args:
        stop: ffmpeg is shown the file up to this byte; 0 for all of it.

    Raises:
        NotInstalled: there is no ffmpeg.
        Undecodable: ffmpeg meets an error or no audio; or the sound is shorter than stated, changes
            its rate or channels on the way, or takes too long or too much memory.
        OSError: ffmpeg cannot be started.
    """
    wav, log = _run(path, stop)
    banner = _Banner(log)
    for level, message in banner.lines:
        if message.startswith("Format not on whitelist"):
            raise Undecodable("knows it as a format that is not read here")
        if level in ("error", "fatal", "panic"):
            plain = re.sub(rf"(subfile\S*?:)?(file:)?{re.escape(str(path))}", "the file", message)
            raise Undecodable(f"says {plain.removeprefix('the file: ').rstrip('.')!r}")
    rate, channels, samples = _from_wav(wav)
    if samples.size == 0:
        raise Undecodable("decodes no samples")
    banner.refuse_changes()
    banner.refuse_short(samples.size / channels / rate)
    rows = np.ascontiguousarray(samples.reshape(-1, channels).T)
    return Decoded(rows, rate, banner.format, banner.tag("artist"), banner.tag("title"))


def _run(path: Path, stop: int) -> tuple[bytearray, str]:
    """What ffmpeg writes: a WAV file of floating-point samples, and its log."""
    size = path.stat().st_size
    url = f"subfile,,start,0,end,{stop},,:file:{path}" if 0 < stop < size else f"file:{path}"
    command = [
        *(program(), "-nostdin", "-hide_banner", "-nostats", "-loglevel", "level+info", "-xerror"),
        *("-max_alloc", str(_LARGEST_ALLOCATION), "-err_detect", "+crccheck+explode"),
        *("-protocol_whitelist", "file,subfile,pipe", "-format_whitelist", ",".join(_DEMUXERS)),
        *("-i", url, "-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"),
    ]
    most, seconds = (
        _MOST_BYTES_PER_BYTE * size + _MOST_BYTES_MORE,
        _SECONDS + size / _BYTES_A_SECOND,
    )
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
        )
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            wav = _read(process.stdout, most)
            code = process.wait()
        finally:
            process.kill()
            process.wait()
            timer.cancel()
            timer.join()
            if process.stdout is not None:
                process.stdout.close()
        log.seek(0)
        text = log.read(_BLOCK).decode(errors="replace")
    if late.is_set():
        raise Undecodable(f"takes more than {seconds:.0f} s")
    return wav, text if code == 0 else f"{text}\n[fatal] exit code {code}"


def _read(pipe: IO[bytes] | None, most: int) -> bytearray:
    content = bytearray()
    while pipe is not None and (block := pipe.read(_BLOCK)):
        content += block
        if len(content) > most:
            raise Undecodable(f"decodes more than {most} bytes")
    return content


def _from_wav(content: bytearray) -> tuple[int, int, Float32[np.ndarray, " samples"]]:
    """Rate, channels and interleaved samples of a WAV file whose data chunk stands last."""
    position, rate, channels = 12, 0, 0
    while position + 8 <= len(content):
        name = bytes(content[position : position + 4])
        length = int.from_bytes(content[position + 4 : position + 8], "little")
        if name == b"fmt ":
            channels = int.from_bytes(content[position + 10 : position + 12], "little")
            rate = int.from_bytes(content[position + 12 : position + 16], "little")
        if name == b"data" and rate and channels:
            whole = (len(content) - position - 8) // (4 * channels) * channels
            samples = np.frombuffer(content, "<f4", count=whole, offset=position + 8)
            return rate, channels, samples.astype(np.float32, copy=False)
        position += 8 + length + length % 2
    raise Undecodable("writes no sound")


class _Banner:
    """What ffmpeg's log tells about the file that it reads."""

    def __init__(self, log: str) -> None:
        self.lines: list[tuple[str, str]] = []
        for line in log.splitlines():
            rest = line[_CONTEXT.match(line).end() :]  # type: ignore[union-attr]
            level = _LEVEL.match(rest)
            self.lines.append((level[1] if level else "", rest[level.end() :] if level else rest))
        text = [message for _, message in self.lines]
        ends = [number for number, line in enumerate(text) if line.startswith("Output #")]
        self._input, self._later = text[: ends[0] if ends else None], text
        first = re.search(r"^Input #0, ([^,]+)", "\n".join(self._input), re.MULTILINE)
        self.format = first[1] if first else "unknown"

    def tag(self, name: str) -> str:
        """A tag of the container or of its sound, not of a picture in it; empty without one."""
        own = True
        for line in self._input:
            if re.match(r"\s*Stream #", line):
                own = ": Audio:" in line
            elif own and (match := re.match(rf"\s+{name}\s*: (.*)", line, re.IGNORECASE)):
                return match[1].strip()
        return ""

    def refuse_changes(self) -> None:
        """A sound of one rate and then another would be resampled without a word."""
        stream = next((line for line in self._input if ": Audio:" in line), "")
        for line in self._later:
            change = re.search(r"audio parameters changed to (\d+ Hz, [^,]+)", line)
            if change and f", {change[1]}, " not in stream + ", ":
                raise Undecodable(f"decodes sound that changes on the way to {change[1]}")

    def refuse_short(self, seconds: float) -> None:
        """A film's duration may be that of its pictures, so only that of sound alone counts."""
        film = any(": Video:" in line and "attached pic" not in line for line in self._input)
        match = re.search(r"Duration: (\d+):(\d\d):(\d\d\.\d+)", "\n".join(self._input))
        guessed = any(line.startswith("Estimating duration") for line in self._later)
        if match is None or film or guessed or self.format not in _TIMED_CONTAINERS:
            return
        stated = 3600.0 * int(match[1]) + 60.0 * int(match[2]) + float(match[3])
        if seconds + _DURATION_TOLERANCE_SECONDS < stated:
            raise Undecodable(
                f"decodes {seconds:.2f} s of the {stated:.2f} s that the header promises"
            )
