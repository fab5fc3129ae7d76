"""Play one part dry with a sampled instrument of a SoundFont.

The synthesiser is TinySoundFont, called directly. Its own sequencer drifts by up to 70 samples, so
events are placed here, on the grid of 64 samples (1.5 ms at 44.1 kHz) in which it renders. Parts
played one by one then sum to what they would give together, to within rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.files.packages_alone import package_alone

BLOCK = 64
RENDER_BLOCKS = 1024
MAX_VOICES = 256
GAIN_DB = 0.0

_BANK_SELECT = (0, 32)


@dataclass(frozen=True, slots=True)
class Note:
    """A key pressed and released. `pitch` and `velocity` are as in MIDI, 0-127 and 1-127; pitch 60
    is middle C."""

    start_seconds: float
    duration_seconds: float
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Control:
    """A MIDI controller set to a value, 0-127."""

    seconds: float
    number: int
    value: int


@dataclass(frozen=True, slots=True)
class Bend:
    """The pitch wheel, -8192 to 8191: two semitones each way unless a controller changes that."""

    seconds: float
    value: int


@dataclass(frozen=True)
class Part:
    """The notes and controllers of one instrument.

    Attributes:
        name: of the track.
        program: General MIDI program, 0-127; for a drum part, the kit.
        is_drum: whether pitches are pieces of a drum kit.
        notes: in any order.
        controls: controllers; bank select (0 and 32) is ignored, so every part stays in the General
            MIDI bank.
        bends: pitch wheel.
        mono: whether both channels hold the mean of the synthesiser's two, as with one microphone.
    """

    name: str
    program: int
    is_drum: bool
    notes: tuple[Note, ...]
    controls: tuple[Control, ...] = ()
    bends: tuple[Bend, ...] = ()
    mono: bool = False


@dataclass(frozen=True, order=True)
class _Event:
    """Within a block, notes are released before controllers move, and pressed after that. Equal
    events keep their order."""

    block: int
    order: int
    number: int
    value: int


_RELEASE, _CONTROL, _BEND, _PRESS = range(4)


def play(part: Part, soundfont: Path, seconds: float, rate: int = 44_100) -> Audio:
    """The part as stereo sound, bit for bit the same every time.

    A fresh synthesiser plays each part at one fixed gain, so its level depends only on its own
    notes. It is dry: TinySoundFont has no reverb and no chorus. A single note of velocity 100 is
    near -25 dB RMS with peaks from -20 to -6 dB. Dense chords may exceed 1.0, which float samples
    can hold. Sound beyond `seconds` is cut off. If the SoundFont lacks a program, its first program
    plays instead (for a kit, the standard kit).

    Raises:
        MissingPart: tinysoundfont is not installed.
        ValueError: `seconds` is less than one sample.
    """
    length = round(seconds * rate)
    if length < 1:
        raise ValueError(f"{part.name}: wanted at least one sample, got {seconds} s at {rate} Hz")
    synth = _synth(part, soundfont, rate)
    blocks = math.ceil(length / BLOCK)
    rendered: list[np.ndarray] = []
    position = 0
    for event in _events(part, rate):
        if event.block >= blocks:
            break
        rendered += _render(synth, event.block - position)
        position = event.block
        _apply(synth, event)
    rendered += _render(synth, blocks - position)
    samples = np.concatenate(rendered).reshape(-1, 2).T[:, :length]
    if part.mono:
        samples = np.broadcast_to(samples.mean(axis=0, dtype=np.float32), samples.shape)
    return Audio(np.ascontiguousarray(samples), rate)


def _synth(part: Part, soundfont: Path, rate: int) -> Any:
    tinysoundfont = package_alone("tinysoundfont", "playing notes")
    synth = tinysoundfont.Synth(gain=GAIN_DB, samplerate=rate)
    bank = synth.sfload(str(soundfont), max_voices=MAX_VOICES)
    exists = synth.sfpreset_name(bank, 128 if part.is_drum else 0, part.program) is not None
    synth.program_change(0, part.program if exists else 0, part.is_drum)
    return synth


def _events(part: Part, rate: int) -> list[_Event]:
    def block(seconds: float) -> int:
        return max(0, round(seconds * rate / BLOCK))

    events = []
    for note in part.notes:
        start = block(note.start_seconds)
        end = max(start + 1, block(note.start_seconds + note.duration_seconds))
        events.append(_Event(start, _PRESS, note.pitch, note.velocity))
        events.append(_Event(end, _RELEASE, note.pitch, 0))
    events += [
        _Event(block(control.seconds), _CONTROL, control.number, control.value)
        for control in part.controls
        if control.number not in _BANK_SELECT
    ]
    events += [_Event(block(bend.seconds), _BEND, bend.value, 0) for bend in part.bends]
    return sorted(events, key=lambda event: (event.block, event.order))


def _apply(synth: Any, event: _Event) -> None:
    match event.order:
        case 0:
            synth.noteoff(0, event.number)
        case 1:
            synth.control_change(0, event.number, event.value)
        case 2:
            synth.pitchbend(0, event.number + 8192)
        case _:
            synth.noteon(0, event.number, event.value)


def _render(synth: Any, blocks: int) -> Iterable[np.ndarray]:
    while blocks > 0:
        now = min(blocks, RENDER_BLOCKS)
        yield np.frombuffer(synth.generate_simple(now * BLOCK), np.float32)
        blocks -= now
