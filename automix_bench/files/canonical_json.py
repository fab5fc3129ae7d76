"""JSON that is the same text for the same content, and files that are whole or not there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# Made once: a plan writes a million small values.
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces.

    Raises:
        ValueError: the value holds NaN or an infinity, which JSON has no word for.
    """
    return _CANONICAL.encode(value)


def fingerprint(value: Any) -> str:
    """The sha256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def pretty(value: Any) -> str:
    """JSON for people to read, as deterministic as the canonical form."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def nulled(value: Any) -> Any:
    """The value with NaN, which JSON has no word for, as null."""
    if isinstance(value, dict):
        return {key: nulled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [nulled(item) for item in value]
    return None if isinstance(value, float) and value != value else value


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with the hash of all the rest of it, by which a change is found: a record that is
    whole equals its own `sealed`."""
    rest = {key: value for key, value in record.items() if key != "seal"}
    return {**rest, "seal": fingerprint(rest)}
