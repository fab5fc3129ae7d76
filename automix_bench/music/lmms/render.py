"""Run the program LMMS to render each track of a project to an audio file."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.errors import MissingPart, Rejected
from automix_bench.files.decode import decode

RATE = 44_100
OPTIONS = ("-f", "wav", "-a", "-s", str(RATE), "-i", "sincfastest", "-x", "1")
"""Floating point, so that nothing is clipped; no oversampling."""

# LMMS 1.2 sometimes crashes on a valid project, about once in thirty times on a busy machine.
_ATTEMPTS = 3
_NUMBERED = re.compile(r"(\d+)_")


def version() -> str:
    """The version of LMMS, such as `LMMS 1.2.2`.

    Raises:
        MissingPart: LMMS is not installed.
    """
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.run(
            [_program(), "--allowroot", "--version"],
            env=_environment(home),
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
        )
    return (process.stdout.splitlines() or ["LMMS"])[0].strip()


def rendered(
    project: Path, name: str, *, tracks: int, length: int, limit_seconds: float
) -> dict[int, Audio]:
    """Each track of a project, by number from 1, padded with silence to `length`.

    LMMS runs in a folder of its own without the user's settings. It is killed with all its child
    processes after `limit_seconds`, or when this program is interrupted. If it crashes it is
    started again, up to three times in all.

    Raises:
        Rejected: LMMS fails, takes too long, or renders fewer or longer tracks than expected.
        MissingPart: LMMS is not installed.
    """
    for _ in range(_ATTEMPTS):
        with tempfile.TemporaryDirectory(prefix="automix_bench-lmms-") as folder:
            out = Path(folder) / "tracks"
            out.mkdir()
            ended = _run(project, out, name, limit_seconds)
            if ended.code == 0:
                return _tracks(out, name, tracks, length)
            if ended.code > 0:
                break
    raise Rejected(name, f"LMMS {ended}: open it in LMMS and see")


def _program() -> str:
    program = shutil.which("lmms")
    if program is None:
        raise MissingPart(
            "the source lmms",
            "the program LMMS",
            "apt-get install lmms` (Debian, Ubuntu), or on macOS `brew install --cask lmms",
        )
    return program


def _environment(home: str) -> dict[str, str]:
    return {**os.environ, "HOME": home, "XDG_RUNTIME_DIR": home, "QT_QPA_PLATFORM": "offscreen"}


@dataclass(frozen=True)
class _Ended:
    """How a program ended.

    Attributes:
        code: its exit code, or minus the signal.
        last_line: the last line of its output.
    """

    code: int
    last_line: str

    def __str__(self) -> str:
        how = f"ended with code {self.code}" if self.code > 0 else f"crashed, signal {-self.code}"
        return f"{how} ({self.last_line})"


def _run(project: Path, out: Path, name: str, limit_seconds: float) -> _Ended:
    folder = out.parent
    log = folder / "output.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                _program(),
                "--allowroot",
                "rendertracks",
                str(project.resolve()),
                "-o",
                str(out),
                *OPTIONS,
            ],
            env=_environment(str(folder)),
            cwd=folder,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            code = process.wait(limit_seconds)
        except subprocess.TimeoutExpired as error:
            reason = f"LMMS was not done after {limit_seconds:g} s: raise longest_render_seconds"
            raise Rejected(name, reason) from error
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    lines = re.split(r"[\r\n]+", log.read_text("utf-8", "replace").strip())
    return _Ended(code, lines[-1].strip())


def _tracks(out: Path, name: str, tracks: int, length: int) -> dict[int, Audio]:
    files = {int(match[1]): path for path in out.iterdir() if (match := _NUMBERED.match(path.name))}
    if sorted(files) != list(range(1, tracks + 1)):
        raise Rejected(
            name,
            f"LMMS rendered {len(files)} of {tracks} tracks: open it in LMMS and see which "
            "instrument is missing",
        )
    return {number: _track(files[number], name, length) for number in sorted(files)}


def _track(path: Path, name: str, length: int) -> Audio:
    try:
        audio = decode(path, name=name)
    except Rejected as reason:
        raise Rejected(name, f"track {path.name}, as LMMS rendered it: {reason.reason}") from reason
    if (audio.rate, audio.channels) != (RATE, 2):
        raise Rejected(name, f"LMMS rendered {audio.channels} channels at {audio.rate} Hz")
    if audio.length > length:
        raise Rejected(
            name,
            f"LMMS rendered {audio.seconds:.1f} s, and by its bars it lasts {length / RATE:.1f} s: "
            "open it in LMMS and save it again",
        )
    samples: Any = np.pad(audio.samples, ((0, 0), (0, length - audio.length)))
    return Audio(samples, RATE)
