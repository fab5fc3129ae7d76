"""The functions of libopenmpt's C interface that are used here, called by ctypes."""

from __future__ import annotations

import ctypes as c
import ctypes.util
import functools
from typing import Any

from automix_bench.errors import MissingPart

TITLE, ARTIST, FORMAT = b"title", b"artist", b"type_long"
STEREO_SEPARATION_PERCENT, INTERPOLATION_TAPS, VOLUME_RAMPING = 2, 3, 4
INSTRUMENT_OF_A_CELL = 1

# By soname first, because find_library runs other programs and is slow.
_FILES = ("libopenmpt.so.0", "libopenmpt.0.dylib", "libopenmpt.dll")
_TEXT = c.c_void_p  # that the caller must free; c_char_p would lose the address
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    # name: return type, argument types
    "free_string": (None, _TEXT),
    "get_string": (_TEXT, c.c_char_p),
    "module_ext_create_from_memory": (c.c_void_p, c.c_char_p, c.c_size_t, *[c.c_void_p] * 7),
    "module_ext_destroy": (None, c.c_void_p),
    "module_ext_get_module": (c.c_void_p, c.c_void_p),
    "module_ext_get_interface": (c.c_int, c.c_void_p, c.c_char_p, c.c_void_p, c.c_size_t),
    "module_get_metadata": (_TEXT, c.c_void_p, c.c_char_p),
    "module_get_duration_seconds": (c.c_double, c.c_void_p),
    "module_get_num_channels": (c.c_int32, c.c_void_p),
    "module_get_num_patterns": (c.c_int32, c.c_void_p),
    "module_get_num_instruments": (c.c_int32, c.c_void_p),
    "module_get_num_samples": (c.c_int32, c.c_void_p),
    "module_get_instrument_name": (_TEXT, c.c_void_p, c.c_int32),
    "module_get_sample_name": (_TEXT, c.c_void_p, c.c_int32),
    "module_get_pattern_num_rows": (c.c_int32, c.c_void_p, c.c_int32),
    "module_get_pattern_row_channel_command": (
        *(c.c_uint8, c.c_void_p),
        *(c.c_int32, c.c_int32, c.c_int32, c.c_int),
    ),
    "module_select_subsong": (c.c_int, c.c_void_p, c.c_int32),
    "module_set_repeat_count": (c.c_int, c.c_void_p, c.c_int32),
    "module_set_render_param": (c.c_int, c.c_void_p, c.c_int, c.c_int32),
    "module_ctl_set": (c.c_int, c.c_void_p, c.c_char_p, c.c_char_p),
    "module_read_interleaved_float_stereo": (
        *(c.c_size_t, c.c_void_p),
        *(c.c_int32, c.c_size_t, c.c_void_p),
    ),
}
_LOG = c.CFUNCTYPE(None, c.c_char_p, c.c_void_p)
MUTE = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int32, c.c_int)


class Interactive(c.Structure):
    """`openmpt_module_ext_interface_interactive`: sixteen functions, in the order of the header."""

    _fields_ = (
        *[(f"before_{number}", c.c_void_p) for number in range(12)],
        ("set_instrument_mute_status", c.c_void_p),
        *[(f"after_{number}", c.c_void_p) for number in range(3)],
    )


@functools.cache
def library() -> Any:
    """libopenmpt with its functions declared.

    Raises:
        MissingPart: libopenmpt is not installed.
    """
    for file in (*_FILES, None):
        name = file or ctypes.util.find_library("openmpt")
        try:
            loaded = c.CDLL(name) if name else None
        except OSError:
            continue
        if loaded is not None:
            return _declared(loaded)
    raise MissingPart(
        "the source modules",
        "the system library libopenmpt",
        "apt-get install libopenmpt0` (Debian, Ubuntu), or on macOS `brew install libopenmpt",
    )


def text(address: int | None) -> str:
    """The text at an address that libopenmpt leaves to the caller to free. It is freed here."""
    if not address:
        return ""
    value = c.string_at(address).decode("utf-8", "replace")
    library().openmpt_free_string(address)
    return value.strip()


@functools.cache
def version() -> str:
    """The version of libopenmpt, such as `libopenmpt 0.6.9`."""
    whole = text(library().openmpt_get_string(b"library_version"))
    return f"libopenmpt {whole.partition('+')[0]}"


@_LOG
def _silent(message: bytes | None, user: int | None) -> None:
    """A log function that prints nothing; without one libopenmpt would write to the terminal."""


def opened(content: bytes) -> int:
    """A handle for `openmpt_module_ext_destroy`; 0 if these bytes are not a module."""
    log = c.cast(_silent, c.c_void_p)
    none = [None] * 6
    return library().openmpt_module_ext_create_from_memory(content, len(content), log, *none) or 0


def interactive(handle: int) -> Interactive:
    """The functions that act on a module while it plays."""
    interface = Interactive()
    place, size = c.byref(interface), c.sizeof(interface)
    done = library().openmpt_module_ext_get_interface(handle, b"interactive", place, size)
    if not done:
        raise RuntimeError(f"{version()} has no interface for muting instruments")
    return interface


def _declared(loaded: Any) -> Any:
    for name, (returned, *taken) in _SIGNATURES.items():
        function = getattr(loaded, f"openmpt_{name}")
        function.restype, function.argtypes = returned, taken
    return loaded
