"""Canonical JSON: equal values give equal text, so that the text can be hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# One encoder for all calls: a plan writes a million small values.
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical(value: Any) -> str:
    """A value as JSON with sorted keys and no spaces.

    Raises:
        ValueError: the value holds NaN or an infinity, which JSON does not have.
    """
    return _CANONICAL.encode(value)


def fingerprint(value: Any) -> str:
    """The sha256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def pretty(value: Any) -> str:
    """A value as indented JSON for people to read, as deterministic as the canonical form."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def nulled(value: Any) -> Any:
    """The value with null in place of NaN, which JSON does not have."""
    if isinstance(value, dict):
        return {key: nulled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [nulled(item) for item in value]
    return None if isinstance(value, float) and value != value else value


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with `seal`, the fingerprint of its other fields.

    A record is undamaged if it equals its own `sealed`.
    """
    rest = {key: value for key, value in record.items() if key != "seal"}
    return {**rest, "seal": fingerprint(rest)}
