"""Play tracker modules (.mod .s3m .xm .it .mptm ...) with libopenmpt, whole or one part at a time.

A part is an instrument, or a sample in modules without instruments. To play a part alone, all
others are muted, so the other parts cut off and fade its notes as in the mix.

Every setting of the player is fixed. The result depends only on the module, the rate and the
version of libopenmpt, unless the module itself uses random effects.
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
"""The settings of the player, in words."""

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
    """What a module's file says about itself.

    Attributes:
        format: such as `ProTracker MOD (M.K.)`.
        seconds: the time until it ends or repeats, to about 0.1 s.
        parts: the author's names of the parts that a pattern uses, by number from 1.
    """

    title: str
    artist: str
    format: str
    seconds: float
    parts: Mapping[int, str]


@dataclass(frozen=True, eq=False)
class Played:
    """The sound of a module.

    Attributes:
        samples: of both channels, padded with silence if the module ended earlier.
        ended: whether the module ended.
    """

    samples: Float32[np.ndarray, "2 samples"]
    ended: bool


def read(content: bytes, name: str) -> Tune:
    """Read what the module says about itself; nothing is played.

    Raises:
        Rejected: it is not a module, or has no notes.
        MissingPart: libopenmpt is not installed.
    """
    with _module(content, name) as (_, module):
        lib = library()

        def tag(key: bytes) -> str:
            return text(lib.openmpt_module_get_metadata(module, key))

        parts = _parts(module)
        seconds = float(lib.openmpt_module_get_duration_seconds(module))
        if not parts or not seconds > 0.0:
            raise Rejected(name, "has no notes: wanted a module that plays something")
        artist, title = tag(libopenmpt.ARTIST), tag(libopenmpt.TITLE)
        return Tune(title, artist, tag(libopenmpt.FORMAT), seconds, parts)


def play(content: bytes, name: str, rate: int, length: int, only: int = 0) -> Played:
    """The first `length` samples.

    Args:
        only: the part to play alone; 0 for all parts.
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
    """The handles of a module's extension and of the module, set up to play from its start."""
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
    used = {
        lib.openmpt_module_get_pattern_row_channel_command(module, pattern, row, channel, cell)
        for pattern in range(lib.openmpt_module_get_num_patterns(module))
        for row in range(lib.openmpt_module_get_pattern_num_rows(module, pattern))
        for channel in range(channels)
    }
    instruments = lib.openmpt_module_get_num_instruments(module)
    name_of = lib.openmpt_module_get_sample_name
    if instruments:
        name_of = lib.openmpt_module_get_instrument_name
    present = range(1, _parts_of(module) + 1)
    return {part: text(name_of(module, part - 1)) for part in present if part in used}


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
