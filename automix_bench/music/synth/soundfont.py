"""Find the SoundFont that plays the notes, by name or path, and identify it by its hash."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from automix_bench.errors import MissingPart, UsageError

UNKNOWN_LICENSE = "LicenseRef-unknown"

_FLUIDR3_PATHS = (
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    Path("/usr/share/soundfonts/FluidR3_GM.sf2"),
)


@dataclass(frozen=True)
class SoundFont:
    """A SoundFont file.

    Attributes:
        path: its path on this machine; for opening it, never to be stored.
        sha256: of its bytes; this is its name in a data set.
        license: SPDX expression; `LicenseRef-unknown` if nobody stated one.
        attribution: the people to credit; empty if unknown.
    """

    path: Path
    sha256: str
    license: str
    attribution: str


@dataclass(frozen=True)
class _Credit:
    license: str
    attribution: str


# From Debian's copyright files of timgm6mb-soundfont and fluid-soundfont-gm.
_KNOWN = {
    "82475b91a76de15cb28a104707d3247ba932e228bada3f47bba63c6b31aaf7a1": _Credit(
        "GPL-2.0-only", "TimGM6mb SoundFont by Tim Brechbill"
    ),
    "74594e8f4250680adf590507a306655a299935343583256f3b722c48a1bc1cb0": _Credit(
        "MIT", "Fluid (R3) General MIDI SoundFont by Frank Wen"
    ),
}


def find(name_or_path: str | Path | None = None, license: str | None = None) -> SoundFont:
    """The SoundFont of that name, or at that path.

    Args:
        name_or_path: None or "timgm6mb" for the 6 MB one inside the package pretty_midi; "fluidr3"
            for FluidR3_GM.sf2 as Linux distributions install it; else the path of a `.sf2` or
            `.sf3` file.
        license: SPDX expression for a file whose hash is not known here; it never replaces the
            licence of a known file.

    Raises:
        MissingPart: the named SoundFont is not installed.
        UsageError: there is no file at the path.
    """
    if name_or_path is None or name_or_path == "timgm6mb":
        path = _inside_pretty_midi()
    elif name_or_path == "fluidr3":
        path = _installed_fluidr3()
    else:
        path = Path(name_or_path)
        if not path.is_file():
            raise UsageError(
                f"no SoundFont at {path}: give the path of a .sf2 or .sf3 file, "
                "'timgm6mb' or 'fluidr3'"
            )
    stat = path.stat()
    sha256 = _hash(path, stat.st_size, stat.st_mtime_ns)
    credit = _KNOWN.get(sha256, _Credit(license or UNKNOWN_LICENSE, ""))
    return SoundFont(path, sha256, credit.license, credit.attribution)


def _inside_pretty_midi() -> Path:
    # Looked up, not imported: only the file is needed, and importing the package takes a second.
    spec = importlib.util.find_spec("pretty_midi")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder) / "TimGM6mb.sf2").is_file():
            return path
    raise MissingPart("the default SoundFont", "pretty_midi", "pip install pretty_midi")


def _installed_fluidr3() -> Path:
    for path in _FLUIDR3_PATHS:
        if path.is_file():
            return path
    raise MissingPart(
        "the SoundFont 'fluidr3'", "FluidR3_GM.sf2", "apt-get install fluid-soundfont-gm"
    )


@functools.lru_cache(maxsize=16)
def _hash(path: Path, size: int, modified_ns: int) -> str:
    """The sha256 of a file, read once per process while size and date stay the same."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
