"""Sizes in bytes as people write them: `5GB` to a number, and back."""

from __future__ import annotations

import re

from automix_bench.errors import UsageError

UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}


def bytes_in(text: str) -> int:
    """The number of bytes that a text such as `5GB`, `1.5 TB` or `300000` names.

    Raises:
        UsageError: it is no size.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([a-z]*)", text.strip().lower())
    if match is None or match[2] not in UNITS:
        raise UsageError(f"wanted a size in B, kB, MB, GB or TB, as 5GB, got {text!r}")
    return round(float(match[1]) * UNITS[match[2]])


def in_units(count: float) -> str:
    """A number of bytes as text, such as `1.5 kB`, to three digits."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000.0:
            return f"{count:.3g} {unit}"
        count /= 1000.0
    return f"{count:.3g} TB"
