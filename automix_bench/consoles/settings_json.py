"""The settings of an effect or a normaliser as JSON: ranges, units, words, defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from automix_bench.settings import Knob, Option, Settings


def settings_to_json(
    settings: Mapping[str, Knob | Option], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """What each setting may be.

    Returns:
        `knobs`: by name, `low`, `high`, `unit`; `count` if it is a row of so many numbers;
            `default` if it may be left out.
        `options`: by name, `words` (none: any text), and `default` in the same way.
    """
    knobs, options = dict[str, Any](), dict[str, Any]()
    for name, spec in settings.items():
        default = {"default": defaults[name]} if name in defaults else {}
        if isinstance(spec, Knob):
            ends = {"low": spec.low, "high": spec.high, "unit": spec.unit}
            knobs[name] = {**ends, **({"count": spec.count} if spec.count else {}), **default}
        else:
            options[name] = {"words": list(spec.words), **default}
    return {"knobs": knobs, "options": options}


def defaults_of(kind: type[Settings]) -> dict[str, Any]:
    """The defaults of the settings that have one, by name."""
    return {
        one.name: one.default
        for one in fields(kind)
        if "setting" in one.metadata and one.default is not MISSING
    }
