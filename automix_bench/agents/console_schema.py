"""What a console in an answer may be made of: places, effects, knobs with their ranges, bounds."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from automix_bench import effects, plugin
from automix_bench.consoles.settings_json import defaults_of, settings_to_json
from automix_bench.effect import Effect, effect_named

MOST_BYTES = 1 << 20
"""The largest answer."""
MOST_EFFECTS = 32
"""In one chain."""
MOST_PLACES = 64
"""Groups, and auxes."""
LOWEST_SEND_DB, HIGHEST_SEND_DB = -100.0, 40.0
_MISSING = "MissingPart:"
"""In the docstring of an effect that wants software which may not be installed."""


@functools.cache
def usable_effects() -> dict[str, type[Effect]]:
    """The effects that an answer may name: those of this package that need nothing but numbers and
    words. Effects that want other software, or that name a file of the data set, are not among
    them."""
    folder = Path(str(effects.__file__)).parent
    built_in = [name for name in plugin.names("effects") if (folder / f"{name}.py").is_file()]
    kinds = {name: effect_named(name) for name in built_in}
    return {name: kind for name, kind in kinds.items() if _is_usable(kind)}


def _is_usable(kind: type[Effect]) -> bool:
    wants_software = _MISSING in (kind.__doc__ or "")
    return not wants_software and not kind.takes_text()


def console_schema() -> dict[str, Any]:
    """The schema of an answer as JSON, for a program that writes one. `docs/agents.md` has every
    field."""
    return {
        "form": {
            "strips": {"<stem>": ["<effect>"]},
            "groups": {"<name>": {"stems": ["<stem>"], "chain": ["<effect>"]}},
            "auxes": {"<name>": {"sends_db": {"<stem>": "<dB>"}, "chain": ["<effect>"]}},
            "bus": ["<effect>"],
            "values": {"<name>": "<number>"},
            "returns": "mix | stems",
            "labels": {"<name>": "<text>"},
        },
        "effect_form": {"effect": "<name>", "<knob>": "<number>", "<option>": "<word>"},
        "limits": {
            "bytes": MOST_BYTES,
            "effects_in_a_chain": MOST_EFFECTS,
            "groups": MOST_PLACES,
            "auxes": MOST_PLACES,
            "lowest_send_db": LOWEST_SEND_DB,
            "highest_send_db": HIGHEST_SEND_DB,
        },
        "effects": {name: _effect(kind) for name, kind in usable_effects().items()},
    }


def _effect(kind: type[Effect]) -> dict[str, Any]:
    summary = " ".join((kind.__doc__ or "").partition("\n\n")[0].split())
    neutral = {} if kind.neutral is None else {"neutral": dict(kind.neutral)}
    return {
        "summary": summary,
        **settings_to_json(kind.settings(), defaults_of(kind)),
        **neutral,
        "stereo_only": kind.stereo_only,
    }
