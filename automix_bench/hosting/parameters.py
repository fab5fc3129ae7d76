"""The parameters of a plug-in as text: canonical JSON such as `{"ratio":4.0,"threshold_db":-3.0}`.

Only the plug-in knows which parameters it has, so only the form is checked here.
"""

from __future__ import annotations

import json
from typing import Any

from automix_bench.files.canonical_json import canonical

Value = float | str | bool


def required_canonical(owner: type, text: str) -> None:
    """Check that a text is what `parsed` reads, in its one canonical spelling.

    Raises:
        ValueError: the text is not canonical JSON of names with numbers, words, true or false.
    """
    expected = f'{owner.__name__}.parameters must be JSON such as {{"ratio":4.0}}'
    try:
        values: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{expected}, got {text!r}: {error}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{expected}, got {text!r}")
    for name, value in values.items():
        if not isinstance(value, bool | int | float | str):
            raise ValueError(
                f"{expected} of numbers, words, true or false, got {value!r} for {name!r}"
            )
    if canonical(values) != text:
        raise ValueError(f"{expected} in canonical form, {canonical(values)!r}, got {text!r}")


def parsed(text: str) -> dict[str, Value]:
    """The values by name."""
    values: dict[str, Value] = json.loads(text)
    return values
