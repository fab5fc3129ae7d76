"""LV2 plug-ins, through the programs `lv2info` and `lv2apply` of the lilv project.

`lv2apply` reads and writes float WAV. Each call is a process of its own with a new instance of the
plug-in, which it runs one sample at a time. It does not compensate latency and offers no host
features. Plug-ins that need either are refused: some crash without the features they need.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
import soundfile

from automix_bench.audio import Audio
from automix_bench.effect import Unsuitable
from automix_bench.errors import MissingPart, UsageError
from automix_bench.files.atomic import file_sha256
from automix_bench.hosting.parameters import Value
from automix_bench.plugin import did_you_mean

INSTALL = "apt-get install lilv-utils"
_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True)
class ControlPort:
    """A control input and its range, NaN where there is no bound. With `times_rate` the range is in
    multiples of the audio's rate."""

    low: float
    high: float
    times_rate: bool


@dataclass(frozen=True)
class PluginDescription:
    """A plug-in as `lv2info` describes it."""

    uri: str
    sha256: str
    inputs: int
    outputs: int
    controls: dict[str, ControlPort]
    refused: str
    """Why `lv2apply` cannot run it; empty if it can."""


def description_of(uri: str) -> PluginDescription:
    """The description of a plug-in by `lv2info`.

    Raises:
        MissingPart: `lv2info` is not installed, or there is no such plug-in.
    """
    run = _run([_program("lv2info"), uri])
    if run.returncode != 0:
        raise MissingPart("Lv2", f"the plug-in {uri}", "export LV2_PATH=ITS_FOLDER")
    head, *ports = re.split(r"^\tPort \d+:$", run.stdout, flags=re.MULTILINE)
    audio = [port for port in ports if "#AudioPort" in port]
    return PluginDescription(
        uri,
        file_sha256(_binary(uri, head)),
        sum("#InputPort" in port for port in audio),
        sum("#OutputPort" in port for port in audio),
        dict(_control(p) for p in ports if "#ControlPort" in p and "#InputPort" in p),
        _refused(head),
    )


def played(audio: Audio, plugin: PluginDescription, parameters: dict[str, Value]) -> Audio:
    """The sound through a new instance; each channel through its own if the plug-in has only one.

    Raises:
        MissingPart: `lv2apply` is not installed.
        Unsuitable: the plug-in does not take that many channels.
        UsageError: the plug-in needs something that `lv2apply` does not offer, has no such control,
            does not take that value, or crashed.
    """
    program = _program("lv2apply")
    if plugin.refused:
        raise UsageError(f"Lv2: {plugin.uri} {plugin.refused}, which lv2apply does not offer")
    controls = _checked(plugin, parameters, audio.rate)
    ports = (plugin.inputs, plugin.outputs)
    if ports == (audio.channels, audio.channels):
        return audio.with_samples(_once(program, plugin.uri, audio.samples, audio.rate, controls))
    if ports == (1, 1):
        rows = [
            _once(program, plugin.uri, row[np.newaxis], audio.rate, controls)
            for row in audio.samples
        ]
        return audio.with_samples(np.concatenate(rows))
    raise Unsuitable(
        f"Lv2 wants {'stereo' if ports == (2, 2) else 'other'} audio for {plugin.uri}, which has "
        f"{ports[0]} inputs and {ports[1]} outputs, got {audio.channels} channels"
    )


def _once(
    program: str, uri: str, samples: np.ndarray, rate: int, controls: list[str]
) -> np.ndarray:
    with tempfile.TemporaryDirectory() as name:
        before, after = Path(name) / "in.wav", Path(name) / "out.wav"
        soundfile.write(before, samples.T, rate, subtype="FLOAT")
        run = _run([program, "-i", str(before), "-o", str(after), *controls, uri])
        if run.returncode != 0 or not after.is_file():
            last = (run.stderr.strip().splitlines() or ["without a message"])[-1]
            raise UsageError(f"Lv2: {uri} ended with exit code {run.returncode}: {last}")
        samples_after, _ = soundfile.read(after, dtype="float32", always_2d=True)
    if samples_after.T.shape != samples.shape:
        raise UsageError(
            f"Lv2: wanted samples of shape {samples.shape} from {uri}, got {samples_after.T.shape}"
        )
    return np.asarray(samples_after.T)


def _checked(plugin: PluginDescription, parameters: dict[str, Value], rate: int) -> list[str]:
    """The arguments that set the controls. Values are checked here: `lv2apply` takes any."""
    arguments = list[str]()
    for name, value in parameters.items():
        if name not in plugin.controls:
            guess = did_you_mean(name, plugin.controls)
            raise UsageError(f"Lv2.parameters: {plugin.uri} has no {name!r}{guess}")
        if isinstance(value, str):
            raise UsageError(f"Lv2.parameters: {name} must be a number, got {value!r}")
        control = plugin.controls[name]
        times = rate if control.times_rate else 1
        low, high = control.low * times, control.high * times
        # A bound that the plug-in does not state is NaN: both comparisons are then false.
        if value < low or value > high:
            raise UsageError(
                f"Lv2.parameters: {name} must lie in [{low:g}, {high:g}] at {rate} Hz, got {value}"
            )
        arguments += ["-c", name, repr(float(value))]
    return arguments


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise MissingPart("Lv2", f"the program {name}", INSTALL)
    return path


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a program in the C locale, so that numbers are written with a point."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, "LC_ALL": "C"},
            timeout=_PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"Lv2: {command[-1]} gave no answer in {error.timeout:g} s") from error


def _binary(uri: str, head: str) -> Path:
    match = re.search(r"^\tBinary: +file://(\S+)$", head, re.MULTILINE)
    if match is None:
        raise UsageError(f"Lv2: lv2info names no binary file for {uri}: install it again")
    return Path(unquote(urlparse(f"file://{match[1]}").path))


def _refused(head: str) -> str:
    latent = re.search(r"^\tHas latency: +yes", head, re.MULTILINE)
    features = re.search(r"^\tRequired Features: +(\S+)", head, re.MULTILINE)
    if features:
        return f"needs the host feature {features[1]}"
    return "needs its latency compensated" if latent else ""


def _control(port: str) -> tuple[str, ControlPort]:
    values = dict(re.findall(r"^\t\t(Symbol|Minimum|Maximum): +(\S+)$", port, re.MULTILINE))
    low, high = float(values.get("Minimum", "nan")), float(values.get("Maximum", "nan"))
    return values["Symbol"], ControlPort(low, high, "lv2core#sampleRate" in port)
