"""Show a program each brief as a folder of files, and read its answer from another folder.

    in/stems/<name>.wav     float32; all of one rate and length
    in/reference.wav        if the task gives one
    in/brief.json           text, console, seed, rate and the names of the stems
    out/<name>.wav          the answer: a mixing model writes out/mix.wav; .flac will do too
    out/answer.json         optional: values and console

The program is called once for each brief, with the two folders as its last arguments. It runs in
the box of this process.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.isolation.briefs import REFERENCE, STEM
from automix_bench.isolation.each_brief import exit_message, failure_message, serve_each
from automix_bench.isolation.wire import Message, Sound, Wire, WireError
from automix_bench.song import NAME


def serve_by_folders(wire: Wire, words: Sequence[str]) -> None:
    """Run the program for each brief, until the input ends."""
    serve_each(wire, lambda brief, folder: _answer(brief, words, folder))


def _answer(brief: Message, words: Sequence[str], folder: Path) -> Message:
    shown, answered = folder / "in", folder / "out"
    (shown / "stems").mkdir(parents=True)
    answered.mkdir()
    _write(brief, shown)
    try:
        done = subprocess.run(
            [*words, str(shown), str(answered)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        return failure_message(f"the program cannot be started: {error}", "")
    os.write(2, done.stderr.encode())
    if done.returncode:
        return exit_message(done.returncode, done.stderr)
    try:
        return Message({"type": "answer", **_facts(answered)}, tuple(_sounds(answered)))
    except WireError as error:
        return failure_message(str(error), done.stderr)


def _write(brief: Message, folder: Path) -> None:
    import soundfile

    for sound in brief.sounds:
        place = folder / "stems" / f"{sound.name}.wav"
        if sound.role == REFERENCE:
            place = folder / "reference.wav"
        if sound.role in (STEM, REFERENCE):
            soundfile.write(place, sound.audio.samples.T, sound.audio.rate, subtype="FLOAT")
    stems = [sound for sound in brief.sounds if sound.role == STEM]
    facts = {
        **{name: brief.head.get(name) for name in ("text", "console", "seed")},
        "rate": stems[0].audio.rate if stems else None,
        "stems": [sound.name for sound in stems],
    }
    (folder / "brief.json").write_text(json.dumps(facts, indent=1))


def _facts(folder: Path) -> Mapping[str, Any]:
    path = folder / "answer.json"
    if not path.is_file():
        return {"values": {}, "console": None}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise WireError(f"answer.json: expected JSON: {error}") from None
    if not isinstance(record, dict):
        raise WireError("answer.json: expected an object")
    return {"values": record.get("values", {}), "console": record.get("console")}


def _sounds(folder: Path) -> list[Sound]:
    import soundfile

    sounds = []
    for path in sorted(folder.iterdir()):
        if path.suffix not in (".wav", ".flac"):
            continue
        if not NAME.fullmatch(path.stem):
            raise WireError(f"{path.name}: expected a name made of a-z 0-9 _ -")
        try:
            samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
            audio = Audio(np.ascontiguousarray(samples.T), rate)
        except (RuntimeError, ValueError, OSError) as error:
            raise WireError(f"{path.name}: {error}") from None
        sounds.append(Sound(STEM, path.stem, audio))
    return sounds
