"""The knobs of a plug-in as text: canonical JSON, such as `{"ratio":4.0,"threshold_db":-30.0}`.

Which knobs there are only the plug-in knows, so here only the form is held to.
"""

from __future__ import annotations

import json
from typing import Any

from automix_bench.files.canonical_json import canonical

Value = float | str | bool


def required_canonical(owner: type, text: str) -> None:
    """Refuse what `parsed` would not read, or what is another spelling of the same.

    Raises:
        ValueError: the text is no canonical JSON of names with numbers, words, true or false.
    """
    wanted = f'{owner.__name__}.parameters must be JSON such as {{"ratio":4.0}}'
    try:
        values: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{wanted}, got {text!r}: {error}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{wanted}, got {text!r}")
    for name, value in values.items():
        if not isinstance(value, bool | int | float | str):
            raise ValueError(
                f"{wanted} of numbers, words, true or false, got {value!r} for {name!r}"
            )
    if canonical(values) != text:
        raise ValueError(f"{wanted} in canonical form, {canonical(values)!r}, got {text!r}")


def parsed(text: str) -> dict[str, Value]:
    """The values by name."""
    values: dict[str, Value] = json.loads(text)
    return values
