"""VST3 plug-ins: where they lie, which one it is, and a sound through one.

A plug-in is another maker's machine code. It runs in a process of its own, made for one call: a
plug-in may be loaded on the main thread only, may keep what it heard, may print what it likes,
and may crash; none of it reaches the work that called.
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
# Where the binary lies in a bundle (VST3 SDK documentation, "VST 3 Plug-in Format Structure").
_INSIDE = {
    "Linux": "Contents/*-linux/*.so",
    "Darwin": "Contents/MacOS/*",
    "Windows": "Contents/*-win/*.vst3",
}
_PROCESS = Path(__file__).with_name("vst3_process.py")
_PATIENCE_SECONDS = 600.0


def folders() -> list[Path]:
    """Where plug-ins are looked for: the folders in the environment variable
    `AUTOMIX_BENCH_VST3`, then the format's standard ones."""
    given = [part for part in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if part]
    return [Path(part).expanduser() for part in (*given, *_STANDARD.get(platform.system(), ()))]


def binary_of(bundle: Path) -> Path:
    """The machine code of a plug-in: the file itself, or the one in its bundle for this system.

    Raises:
        UsageError: the bundle has none.
    """
    if bundle.is_file():
        return bundle
    inside = sorted(bundle.glob(_INSIDE.get(platform.system(), "Contents/*/*")))
    own = [path for path in inside if platform.machine().lower() in path.parent.name.lower()]
    for path in (*own, *inside):
        return path
    raise UsageError(f"{bundle.name}: has no binary for {platform.system()}: install one that has")


def found(name: str, sha256: str = "") -> Path:
    """The plug-in of that file name whose binary has that sha256, or any where none is given.

    Raises:
        MissingPart: there is none, or only with another binary.
    """
    looked, others = folders(), list[str]()
    for folder in looked:
        if (folder / name).exists():
            lies_there = file_sha256(binary_of(folder / name))
            if sha256 in ("", lies_there):
                return folder / name
            others.append(lies_there)
    wanted = f"the plug-in {name}" + (f" of sha256 {sha256}" if sha256 else "")
    where = f"found only {', '.join(others)}" if others else f"looked in {_listed(looked)}"
    raise MissingPart("Vst3", f"{wanted} ({where})", f"export {FOLDERS_VARIABLE}=ITS_FOLDER")


def played(audio: Audio, bundle: Path, parameters: dict[str, Value]) -> Audio:
    """The sound through a new instance of a plug-in, its latency taken out.

    Raises:
        MissingPart: pedalboard is not installed.
        Unsuitable: the plug-in does not take that many channels.
        UsageError: it has no such parameter, or not with that value; it cannot be loaded, crashed,
            or hangs.
    """
    require_pedalboard("Vst3")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "in.npy", audio.samples)
        asked = {"path": str(bundle), "parameters": parameters, "rate": audio.rate}
        (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
        _require_success(bundle.name, audio, _answer(bundle.name, folder))
        heard = np.load(folder / "out.npy")
    if heard.shape != audio.samples.shape:
        raise UsageError(
            f"{bundle.name}: wanted samples of shape {audio.samples.shape} from it, got "
            f"{heard.shape}: it is no effect of equal inputs and outputs"
        )
    return audio.with_samples(heard)


def _answer(plugin: str, folder: Path) -> dict[str, Any]:
    """What the process with the plug-in says."""
    command = [sys.executable, "-P", str(_PROCESS), str(folder)]
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(
            f"{plugin}: gave no answer in {_PATIENCE_SECONDS:g} s: see whether it wants a screen "
            "or a licence"
        ) from error
    answer = folder / "answer.json"
    if not answer.is_file():
        last = (ended.stderr.decode(errors="replace").strip().splitlines() or [""])[-1]
        raise UsageError(f"{plugin}: crashed, with exit code {ended.returncode}: {last}")
    said: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return said


def _require_success(plugin: str, audio: Audio, answer: dict[str, Any]) -> None:
    what, told = answer["what"], answer["told"]
    if what == "unknown":
        guess = did_you_mean(told, answer["known"])
        raise UsageError(f"Vst3.parameters: {plugin} has no {told!r}{guess}")
    if what == "value":
        raise UsageError(f"Vst3.parameters: {plugin} refuses a value: {told}")
    if what == "channels":
        raise Unsuitable(
            f"Vst3 wants {'stereo' if audio.channels == 1 else 'other'} audio for {plugin}, "
            f"got {audio.channels} channels: {told}"
        )
    if what != "played":
        raise UsageError(f"{plugin}: cannot be loaded: {told}")


def _listed(looked: list[Path]) -> str:
    return ", ".join(path.as_posix() for path in looked) or "no folder"
