"""Tracker modules (.mod .s3m .xm .it .mptm ...), played by libopenmpt whole or one part at a time.

A part is an instrument, or a sample in modules that have no instruments. It is played alone by
muting all others, so its notes are cut off and faded by the other parts' as in the mix.

Every setting of the player is given: what comes out depends on the module, the rate and the
version of libopenmpt alone, except where the module itself asks for chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32

from automix_bench.errors import Rejected
from automix_bench.music.tracker import libopenmpt
from automix_bench.music.tracker.libopenmpt import library, text
from automix_bench.music.tracker.libopenmpt import version as version

SETTINGS: Mapping[str, Any] = {
    "interpolation": "windowed sinc, 8 taps",
    "stereo_separation_percent": 100,
    "volume_ramping": "as the format's own player",
    "amiga_filter": False,
    "repeats": 0,
}
"""How modules are played, in words."""

_PARAMETERS = (
    (libopenmpt.STEREO_SEPARATION_PERCENT, 100),
    (libopenmpt.INTERPOLATION_TAPS, 8),
    (libopenmpt.VOLUME_RAMPING, -1),
)
_CONTROLS = (
    (b"play.at_end", b"stop"),
    (b"render.resampler.emulate_amiga", b"0"),
)


@dataclass(frozen=True)
class Tune:
    """What a module says of itself.

    Attributes:
        format: such as `ProTracker MOD (M.K.)`.
        seconds: until it ends or starts again, to about 0.1 s.
        parts: the author's names of those parts that a pattern calls for, by number from 1.
    """

    title: str
    artist: str
    format: str
    seconds: float
    parts: Mapping[int, str]


@dataclass(frozen=True, eq=False)
class Played:
    """What was heard of a module.

    Attributes:
        samples: of both channels, followed by silence where it ended before.
        ended: that it did.
    """

    samples: Float32[np.ndarray, "2 samples"]
    ended: bool


def read(content: bytes, name: str) -> Tune:
    """What the module says of itself; nothing is played.

    Raises:
        Rejected: it is no module, or has no notes.
        MissingPart: libopenmpt is not installed.
    """
    with _module(content, name) as (_, module):
        lib = library()

        def said(key: bytes) -> str:
            return text(lib.openmpt_module_get_metadata(module, key))

        parts = _parts(module)
        seconds = float(lib.openmpt_module_get_duration_seconds(module))
        if not parts or not seconds > 0.0:
            raise Rejected(name, "has no notes: wanted a module that plays something")
        artist, title = said(libopenmpt.ARTIST), said(libopenmpt.TITLE)
        return Tune(title, artist, said(libopenmpt.FORMAT), seconds, parts)


def play(content: bytes, name: str, rate: int, length: int, only: int = 0) -> Played:
    """The first `length` samples.

    Args:
        only: the part to be heard alone; all of them if 0.
    """
    with _module(content, name) as (handle, module):
        if only:
            _solo(handle, module, only)
        frames = np.zeros((length, 2), np.float32)
        done = _read_into(frames, module, rate)
        ended = done < length or not _read_into(np.zeros((1, 2), np.float32), module, rate)
    return Played(np.ascontiguousarray(frames.T), ended)


@contextmanager
def _module(content: bytes, name: str) -> Iterator[tuple[int, int]]:
    """The handle of a module and of its extension, set up to be played from its start."""
    lib = library()
    handle = libopenmpt.opened(content)
    if not handle:
        raise Rejected(name, f"{version()} cannot read it: get a whole copy, or remove it")
    try:
        module = lib.openmpt_module_ext_get_module(handle)
        done = [
            lib.openmpt_module_select_subsong(module, 0),
            lib.openmpt_module_set_repeat_count(module, 0),
            *(lib.openmpt_module_set_render_param(module, *pair) for pair in _PARAMETERS),
            *(lib.openmpt_module_ctl_set(module, *pair) for pair in _CONTROLS),
        ]
        if not all(done):
            raise RuntimeError(f"{version()} does not take the settings: {done}")
        yield handle, module
    finally:
        lib.openmpt_module_ext_destroy(handle)


def _parts(module: int) -> dict[int, str]:
    lib = library()
    cell, channels = libopenmpt.INSTRUMENT_OF_A_CELL, lib.openmpt_module_get_num_channels(module)
    called = {
        lib.openmpt_module_get_pattern_row_channel_command(module, pattern, row, channel, cell)
        for pattern in range(lib.openmpt_module_get_num_patterns(module))
        for row in range(lib.openmpt_module_get_pattern_num_rows(module, pattern))
        for channel in range(channels)
    }
    instruments = lib.openmpt_module_get_num_instruments(module)
    named = lib.openmpt_module_get_sample_name
    if instruments:
        named = lib.openmpt_module_get_instrument_name
    present = range(1, _parts_of(module) + 1)
    return {part: text(named(module, part - 1)) for part in present if part in called}


def _parts_of(module: int) -> int:
    lib = library()
    instruments = int(lib.openmpt_module_get_num_instruments(module))
    return instruments or int(lib.openmpt_module_get_num_samples(module))


def _solo(handle: int, module: int, only: int) -> None:
    mute = libopenmpt.MUTE(libopenmpt.interactive(handle).set_instrument_mute_status)
    for part in range(1, _parts_of(module) + 1):
        if part != only and not mute(handle, part - 1, 1):
            raise RuntimeError(f"{version()} cannot mute instrument {part}")


def _read_into(frames: Float32[np.ndarray, "samples 2"], module: int, rate: int) -> int:
    done, length = 0, len(frames)
    while done < length:
        place = frames[done:].ctypes.data
        got = library().openmpt_module_read_interleaved_float_stereo(
            module, rate, length - done, place
        )
        if not got:
            break
        done += got
    return done
