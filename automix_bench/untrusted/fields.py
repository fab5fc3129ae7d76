"""Check the fields of a record that a stranger wrote, before any of them is used.

A schema is a mapping from a field's name to its check. A check takes the value and returns what was
expected in its place, or an empty text if the value is right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from automix_bench.errors import DatasetError
from automix_bench.untrusted.shown import one_line

Check = Callable[[object], str]
"""What was expected instead of the value; empty if the value is right."""

LONGEST_SHOWN = 60
LARGEST_NUMBER = 10**300
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Schema:
    """The fields of a record.

    Attributes:
        required: checks of the fields that must be there.
        optional: checks of the fields that may be left out.
        open: whether the record may have further fields, which nobody uses.
    """

    required: Mapping[str, Check]
    optional: Mapping[str, Check] = field(default_factory=dict)
    open: bool = False

    def fault(self, record: object) -> str:
        """What is wrong with a record: field, what was expected and what came; empty if nothing."""
        if not isinstance(record, dict):
            return f"expected a JSON object, got {shown(record)}"
        for name, check in {**self.required, **self.optional}.items():
            if name not in record:
                if name in self.required:
                    return f"{name}: expected {check(None) or 'a value'}, got no such field"
            elif expected := check(record[name]):
                return f"{name}: expected {expected}, got {shown(record[name])}"
        if not self.open and (strange := sorted(set(record) - {*self.required, *self.optional})):
            known = ", ".join([*self.required, *self.optional])
            return f"{one_line(strange[0])[:LONGEST_SHOWN]}: expected one of the fields {known}"
        return ""

    def demand(self, record: object, where: str, remedy: str) -> None:
        """Refuse a record with a fault.

        Raises:
            DatasetError: a field is missing, unknown or wrong.
        """
        if fault := self.fault(record):
            raise DatasetError(f"{where}: {fault}: {remedy}")


def shown(value: object) -> str:
    """A wrong value for a message: short, in one line."""
    if isinstance(value, dict):
        return f"an object of {len(value)} fields"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**18:
        return "a number of 19 digits or more"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = one_line(repr(value) if isinstance(value, str) else str(value))
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def text(most: int = 1_000, *, empty: bool = False) -> Check:
    """A text that can be written as UTF-8, of at most so many characters."""

    def check(value: object) -> str:
        right = isinstance(value, str) and len(value) <= most and (empty or value.strip() != "")
        if right and not any("\ud800" <= character <= "\udfff" for character in str(value)):
            return ""
        return f"a text of {0 if empty else 1} to {most} characters"

    return check


def whole(low: int = 0, high: int = 10**9) -> Check:
    """A whole number in a range."""

    def check(value: object) -> str:
        right = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return "" if right else f"a whole number from {low} to {high}"

    return check


def number(low: float = -1e300, high: float = 1e300) -> Check:
    """A finite number in a range."""

    def check(value: object) -> str:
        return "" if is_number(value) and low <= value <= high else f"a number {span(low, high)}"

    return check


def is_number(value: object) -> TypeGuard[float]:
    """Whether a JSON value is a finite number that a float can hold. True and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= LARGEST_NUMBER if isinstance(value, int) else math.isfinite(value)


def span(low: float, high: float) -> str:
    """A range for a message: `in [0, 50]`, or `of 0 or more` where it has no end."""
    return f"in [{low:g}, {high:g}]" if high < 1e300 else f"of {low:g} or more"


def anything(value: object) -> str:
    """Any value: what reads it checks it."""
    return ""


def truth(value: object) -> str:
    """True or false."""
    return "" if isinstance(value, bool) else "true or false"


def sha256_text(value: object) -> str:
    """A sha256 in hexadecimal."""
    right = isinstance(value, str) and _SHA256.fullmatch(value)
    return "" if right else "a sha256, 64 digits of 0-9 a-f"


def one_of(names: Collection[str]) -> Check:
    """One of these texts."""

    def check(value: object) -> str:
        return "" if isinstance(value, str) and value in names else f"one of {', '.join(names)}"

    return check


def optional(check: Check) -> Check:
    """Null, or what the check expects."""
    return lambda value: "" if value is None or not (e := check(value)) else f"null or {e}"


def mapping(value_check: Check, most: int = 1_000) -> Check:
    """An object with at most so many fields of any name, whose values pass a check."""
    name = text()

    def check(value: object) -> str:
        if not isinstance(value, dict) or len(value) > most:
            return f"an object of at most {most} fields"
        for key, item in value.items():
            if expected := name(key) or value_check(item):
                return f"{expected} under {shown(key)}"
        return ""

    return check


def record(schema: Schema) -> Check:
    """An object of this schema."""

    def check(value: object) -> str:
        if not isinstance(value, dict):
            return f"an object of {', '.join({**schema.required, **schema.optional})}"
        return f"an object whose {fault}" if (fault := schema.fault(value)) else ""

    return check


def sequence(value: object) -> str:
    """A list, whatever it holds."""
    return "" if isinstance(value, list) else "a list"
