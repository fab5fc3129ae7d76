"""Find VST3 plug-ins, and process a sound with one.

A plug-in is machine code by another maker. It runs in a process of its own, started for each call:
a plug-in can be loaded on the main thread only, may remember earlier sounds, may print anything and
may crash. None of that affects this process.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.effect import Unsuitable
from automix_bench.errors import MissingPart, UsageError
from automix_bench.files.atomic import file_sha256
from automix_bench.hosting.parameters import Value
from automix_bench.hosting.pedalboard_effects import require_pedalboard
from automix_bench.plugin import did_you_mean

FOLDERS_VARIABLE = "AUTOMIX_BENCH_VST3"

_STANDARD = {
    "Linux": ("~/.vst3", "/usr/lib/vst3", "/usr/local/lib/vst3"),
    "Darwin": ("~/Library/Audio/Plug-Ins/VST3", "/Library/Audio/Plug-Ins/VST3"),
    "Windows": ("C:/Program Files/Common Files/VST3",),
}
# The path of the binary in a bundle (VST3 SDK documentation, "VST 3 Plug-in Format Structure").
_INSIDE = {
    "Linux": "Contents/*-linux/*.so",
    "Darwin": "Contents/MacOS/*",
    "Windows": "Contents/*-win/*.vst3",
}
_PROCESS = Path(__file__).with_name("vst3_process.py")
_PATIENCE_SECONDS = 600.0


def folders() -> list[Path]:
    """The folders that are searched for plug-ins: those in the environment variable
    `AUTOMIX_BENCH_VST3`, then the standard folders of the format."""
    given = [part for part in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if part]
    return [Path(part).expanduser() for part in (*given, *_STANDARD.get(platform.system(), ()))]


def binary_of(bundle: Path) -> Path:
    """The binary of a plug-in: the file itself, or the binary for this system in its bundle.

    Raises:
        UsageError: the bundle has no binary for this system.
    """
    if bundle.is_file():
        return bundle
    inside = sorted(bundle.glob(_INSIDE.get(platform.system(), "Contents/*/*")))
    own = [path for path in inside if platform.machine().lower() in path.parent.name.lower()]
    for path in (*own, *inside):
        return path
    raise UsageError(f"{bundle.name}: has no binary for {platform.system()}: install one that has")


def installed_plugin(name: str, sha256: str = "") -> Path:
    """The first plug-in with that file name whose binary has that sha256 (any if it is empty).

    Raises:
        MissingPart: there is no such plug-in, or only with another binary.
    """
    searched, others = folders(), list[str]()
    for folder in searched:
        if (folder / name).exists():
            installed = file_sha256(binary_of(folder / name))
            if sha256 in ("", installed):
                return folder / name
            others.append(installed)
    missing = f"the plug-in {name}" + (f" of sha256 {sha256}" if sha256 else "")
    where = f"found only {', '.join(others)}" if others else f"looked in {_listed(searched)}"
    raise MissingPart("Vst3", f"{missing} ({where})", f"export {FOLDERS_VARIABLE}=ITS_FOLDER")


def played(audio: Audio, bundle: Path, parameters: dict[str, Value]) -> Audio:
    """The sound through a new instance of a plug-in, with its latency compensated.

    Raises:
        MissingPart: pedalboard is not installed.
        Unsuitable: the plug-in does not take that many channels.
        UsageError: the plug-in has no such parameter, does not take that value, cannot be loaded,
            crashed, or hangs.
    """
    require_pedalboard("Vst3")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "in.npy", audio.samples)
        request = {"path": str(bundle), "parameters": parameters, "rate": audio.rate}
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        _require_success(bundle.name, audio, _answer(bundle.name, folder))
        samples = np.load(folder / "out.npy")
    if samples.shape != audio.samples.shape:
        raise UsageError(
            f"{bundle.name}: wanted samples of shape {audio.samples.shape} from it, got "
            f"{samples.shape}: it is no effect of equal inputs and outputs"
        )
    return audio.with_samples(samples)


def _answer(plugin: str, folder: Path) -> dict[str, Any]:
    """Run the process with the plug-in; see `vst3_process.main` for its answer."""
    command = [sys.executable, "-P", str(_PROCESS), str(folder)]
    try:
        run = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(
            f"{plugin}: gave no answer in {_PATIENCE_SECONDS:g} s: see whether it wants a screen "
            "or a licence"
        ) from error
    answer = folder / "answer.json"
    if not answer.is_file():
        last = (run.stderr.decode(errors="replace").strip().splitlines() or [""])[-1]
        raise UsageError(f"{plugin}: crashed, with exit code {run.returncode}: {last}")
    json_object: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return json_object


def _require_success(plugin: str, audio: Audio, answer: dict[str, Any]) -> None:
    what, message = answer["what"], answer["message"]
    if what == "unknown":
        guess = did_you_mean(message, answer["known"])
        raise UsageError(f"Vst3.parameters: {plugin} has no {message!r}{guess}")
    if what == "value":
        raise UsageError(f"Vst3.parameters: {plugin} refuses a value: {message}")
    if what == "channels":
        raise Unsuitable(
            f"Vst3 wants {'stereo' if audio.channels == 1 else 'other'} audio for {plugin}, "
            f"got {audio.channels} channels: {message}"
        )
    if what != "played":
        raise UsageError(f"{plugin}: cannot be loaded: {message}")


def _listed(searched: list[Path]) -> str:
    return ", ".join(path.as_posix() for path in searched) or "no folder"
