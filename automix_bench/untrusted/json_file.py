"""Read a stranger's JSON file within bounds of size and depth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from automix_bench.errors import DatasetError
from automix_bench.untrusted.shown import one_line

MOST_BYTES = 128 << 20
MOST_CONTAINERS = 4_000_000
MOST_VALUES = 32_000_000


def read_json_object(path: Path, what: str, remedy: str, most: int = MOST_BYTES) -> dict[str, Any]:
    """The JSON object in a file. Its fields are not checked: see `fields`.

    The bounds keep memory below 2 GB, whatever the file holds. A name that stands twice in one
    object is refused, because readers differ in which of the two values they take. `NaN`,
    `Infinity` and numbers as large as `1e999` are read as Python does; a field's check refuses
    them by name.

    Args:
        what: what the file should be, such as "scorecard".
        remedy: what to do if it is not: the end of the message.
        most: the largest size, in bytes.

    Raises:
        DatasetError: there is no such file, it exceeds the bounds, or it is not a JSON object.
    """

    def refusal(reason: str) -> DatasetError:
        return DatasetError(f"{path}: not a {what}: {one_line(reason)}: {remedy}")

    try:
        if path.stat().st_size > most:
            raise refusal(f"expected at most {most} bytes, got {path.stat().st_size}")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DatasetError(f"{path}: no {what} there: {remedy}") from error
    except OSError as error:
        raise refusal(f"it cannot be read: {error.strerror or error}") from error
    if content.count(b"{") + content.count(b"[") > MOST_CONTAINERS:
        raise refusal(f"expected at most {MOST_CONTAINERS} objects and lists")
    if content.count(b",") > MOST_VALUES:
        raise refusal(f"expected at most {MOST_VALUES} values")
    try:
        value = json.loads(content.decode("utf-8-sig"), object_pairs_hook=without_repeats)
    except RecursionError as error:
        raise refusal("objects and lists are nested too deeply") from error
    except ValueError as error:
        raise refusal(str(error)) from error
    if not isinstance(value, dict):
        raise refusal(f"expected a JSON object, got {type(value).__name__}")
    return value


def without_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object of these pairs of name and value, for `object_pairs_hook`.

    Raises:
        ValueError: a name stands there twice.
    """
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {repeated!r} stands twice in one object")
    return made
