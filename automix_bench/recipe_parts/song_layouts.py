"""The source of each layout, made from the settings that a user gave."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from automix_bench import plugin
from automix_bench.errors import UsageError
from automix_bench.separator import Separator
from automix_bench.source import Source
from automix_bench.sources.composed import Composed
from automix_bench.sources.folder import Folder
from automix_bench.sources.lmms import Lmms
from automix_bench.sources.medleydb import MedleyDB
from automix_bench.sources.midi import Midi
from automix_bench.sources.modules import Modules
from automix_bench.sources.moisesdb import MoisesDB
from automix_bench.sources.musdb import Musdb
from automix_bench.sources.slakh import Slakh
from automix_bench.sources.stems_folder import StemsFolder

BUILT_IN: Mapping[str, Callable[..., Source]] = {
    "composed": Composed,
    "folder": Folder,
    "stems": StemsFolder,
    "musdb": partial(Musdb, wav=False),
    "musdb-wav": partial(Musdb, wav=True),
    "medleydb": MedleyDB,
    "medleydb-raw": partial(MedleyDB, raw=True),
    "moisesdb": MoisesDB,
    "slakh": Slakh,
    "cambridge": partial(StemsFolder, cambridge=True, license="LicenseRef-Cambridge-MT"),
    "midi": Midi,
    "modules": Modules,
    "lmms": Lmms,
}
WITHOUT_STEMS = ("folder",)
_ROOTS = ("root", "songs", "folder", "path")
_INSTEAD = {
    "license": "the songs' licence is known: leave license away",
    "stems": "its stems are known: leave stems away, or read the folder with layout=stems",
    "mixture": "its mix is known: leave mixture away, or read the folder with layout=stems",
    "lowest_rate": "it takes songs of any rate: leave lowest_rate away",
    "first": "only composed songs are numbered: leave first away",
}


def is_own(kind: str, name: str) -> bool:
    """Whether a name stands for a plug-in: a `.py` file, `module:object`, or one by its own name.

    Args:
        kind: `sources` or `separators`.
    """
    return name.endswith(".py") or ":" in name or name in plugin.names(kind)


def source_of(layout: str, songs: Path | None, given: Mapping[str, Any]) -> Source:
    """The source of a layout.

    Args:
        layout: a name in `BUILT_IN`, a `.py` file, or `module:object`.
        songs: the folder of the songs; None where songs are composed.
        given: the settings that the user gave, by the name of the source's argument.

    Raises:
        UsageError: the source has no such setting, or lacks one that it needs.
    """
    make = BUILT_IN[layout] if layout in BUILT_IN else plugin.load("sources", layout)
    if isinstance(make, Source) and not isinstance(make, type):
        if songs is not None or given:
            names = ", ".join((*(["songs"] if songs else []), *given))
            raise UsageError(f"layout {layout}: is a source, and takes no settings, got {names}")
        return make
    if not callable(make):
        raise UsageError(f"layout {layout}: expected a source or a class of sources, got {make!r}")
    known = inspect.signature(make).parameters
    for name in given:
        if name not in known:
            reason = _INSTEAD.get(name, f"leave {name} away")
            raise UsageError(f"layout {layout} takes no setting {name}: {reason}")
    settings = dict(given)
    if songs is not None:
        settings[_root(layout, known)] = songs
    needed = inspect.Parameter.empty
    lacking = [n for n, p in known.items() if p.default is needed and n not in settings]
    if lacking:
        setting = "songs" if lacking[0] in _ROOTS else lacking[0]
        raise UsageError(f"layout {layout}: {setting} must be given: --set {setting}=…")
    source = make(**settings)
    if not isinstance(source, Source):
        raise UsageError(
            f"layout {layout}: expected a source, with catalogue and load, got {source!r}"
        )
    return source


def separator_of(name: str, given: Mapping[str, Any]) -> Separator:
    """The separator of a plug-in, a class or an object.

    Args:
        given: settings by name; those that the class has are passed on.

    Raises:
        UsageError: it is no separator, or its class needs other settings.
    """
    made = plugin.load("separators", name)
    if isinstance(made, type) or not isinstance(made, Separator):
        if not callable(made):
            raise UsageError(f"separator {name}: expected a class of separators, got {made!r}")
        known = inspect.signature(made).parameters
        try:
            made = made(**{key: value for key, value in given.items() if key in known})
        except TypeError as error:
            raise UsageError(f"separator {name}: cannot be made: {error}") from error
    if not isinstance(made, Separator):
        raise UsageError(
            f"separator {name}: expected a call, fingerprint and license, as "
            f"automix_bench/separator.py says, got {made!r}"
        )
    return made


def _root(layout: str, known: Mapping[str, inspect.Parameter]) -> str:
    root = next((name for name in _ROOTS if name in known), None)
    if root is None:
        raise UsageError(
            f"layout {layout} takes no folder of songs: leave songs away, or give its source an "
            "argument root"
        )
    return root


def patterns_from(text: str) -> tuple[str, ...]:
    """The patterns in a text, which commas or semicolons part."""
    return tuple(part.strip() for part in text.replace(";", ",").split(",") if part.strip())


def stems_from(text: str) -> tuple[tuple[str, str | None], ...]:
    """Pairs of a pattern and a stem's name, such as `*_2.wav=mix, *.mp3=, *Vox*=vocals`.

    A pattern without `=` keeps the files that it matches under their own names, and then no others
    are stems.
    """
    pairs = (part.rpartition("=") for part in patterns_from(text))
    return tuple(
        (pattern.strip(), name.strip()) if equals else (name.strip(), None)
        for pattern, equals, name in pairs
    )
