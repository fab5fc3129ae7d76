"""What the fields of a data set's records must be, as tables, and the check of a record by them.

A data set may come from a stranger: its hashes fit, and a field may still hold anything. Every
record is checked here when it is read, so that code behind it can rely on types and ranges. A field
that is not in its table is passed over, because a newer version may have written it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, NoReturn

from automix_bench.audio import HIGHEST_RATE
from automix_bench.errors import DatasetError
from automix_bench.recipe import SPLITS
from automix_bench.song import NAME, Origin

DEEPEST = 100
"""How many levels of lists and objects JSON may have."""
LARGEST = 2**53
"""The largest whole number that JSON readers agree on."""
SHOWN = 60
"""How many characters of a wrong value an error shows."""


@dataclass(frozen=True)
class Field:
    """What a field must be.

    Attributes:
        expected: in words.
        fits: whether a value is that.
        needed: whether the field may not be missing.
        inside: the fields of the object that the value is.
    """

    expected: str
    fits: Callable[[Any], bool]
    needed: bool = True
    inside: Mapping[str, Field] | None = None


Fields = Mapping[str, Field]


def optional(field: Field) -> Field:
    """The same field, which may be missing."""
    return Field(field.expected, field.fits, False, field.inside)


def or_none(field: Field) -> Field:
    """The same field, which may be null."""
    return Field(f"{field.expected}, or null", lambda value: value is None or field.fits(value))


def whole(low: int, high: int = LARGEST) -> Field:
    """A whole number in a range, both ends included."""
    text = f"a whole number from {low} to {high}" if high < LARGEST else f"a whole number >= {low}"
    return Field(text, lambda value: type(value) is int and low <= value <= high)


def one_of(*words: Any) -> Field:
    """One of a few values."""
    return Field(
        f"one of {', '.join(map(str, words))}",
        lambda value: type(value) in (str, int) and value in words,
    )


def list_of(field: Field, what: str) -> Field:
    """A list whose items are all that."""
    return Field(
        f"a list of {what}",
        lambda value: isinstance(value, list) and all(map(field.fits, value)),
    )


def matching(pattern: str, expected: str) -> Field:
    """Text that a pattern matches as a whole."""
    regex = re.compile(pattern)
    return Field(
        expected, lambda value: isinstance(value, str) and regex.fullmatch(value) is not None
    )


def _is_text(value: Any) -> bool:
    """Whether it is text that UTF-8 can hold: JSON may hold half a character."""
    if not isinstance(value, str):
        return False
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _is_plain(value: Any) -> bool:
    """Whether it is an object all of whose numbers are finite."""
    if not isinstance(value, dict):
        return False
    left: list[Any] = [value]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            left += item.values()
        elif isinstance(item, list):
            left += item
        elif isinstance(item, float | int) and not abs(item) < 10**300:
            return False
    return True


TEXT = Field("text", _is_text)
NAMED = Field(
    "a name of a-z 0-9 _ -",
    lambda value: isinstance(value, str) and NAME.fullmatch(value) is not None,
)
STEM = Field(
    "the name of a stem, of a-z 0-9 _ -", lambda value: NAMED.fits(value) and value != "mix"
)
SHA256 = matching(r"[0-9a-f]{64}", "a sha256 in hexadecimal")
NUMBER = Field(
    "a finite number", lambda value: type(value) in (float, int) and -1e300 < value < 1e300
)
OBJECT = Field("an object with finite numbers", _is_plain)
REFUSED = list_of(
    Field(
        "an object with item and reason",
        lambda value: (
            isinstance(value, dict)
            and _is_text(value.get("item"))
            and _is_text(value.get("reason"))
        ),
    ),
    "objects with item and reason",
)
SHARD = matching(r"[0-9]{5,12}\.tar", "the name of a shard, such as 00000.tar")
SPLIT = one_of(*SPLITS)
MIX_KIND = one_of("released", "sum", "unknown")

ORIGIN: Fields = {
    "name": TEXT,
    "sha256": TEXT,
    "attribution": optional(TEXT),
    "settings": optional(OBJECT),
}
_ORIGIN_NAMES = frozenset(field.name for field in fields(Origin))
ORIGIN_FIELD = Field(
    f"an object with {', '.join(sorted(_ORIGIN_NAMES))}",
    lambda value: isinstance(value, dict) and value.keys() <= _ORIGIN_NAMES,
    inside=ORIGIN,
)

EXAMPLE: Fields = {
    "id": NAMED,
    "song": TEXT,
    "artist": TEXT,
    "license": TEXT,
    "split": SPLIT,
    "start": whole(0),
    "rate": whole(1, HIGHEST_RATE),
    "gain_db": NUMBER,
    "draw": whole(0),
    "console": OBJECT,
    "origin": ORIGIN_FIELD,
    "bits": optional(one_of(24, 16)),
    "store": optional(one_of("before", "both")),
    "after_sha256": optional(SHA256),
    "before_of": optional(NAMED),
    "mix_kind": optional(MIX_KIND),
    "measured": optional(OBJECT),
}
"""The JSON file of an example; see `example_files.ExampleSettings`."""

PLACE: Fields = {
    "id": NAMED,
    "split": SPLIT,
    "shard": SHARD,
    "offset": whole(0),
    "size": whole(1),
    "sha256": SHA256,
}
"""What is needed of a row of the manifest to read an example; see `manifest.ExamplePlace`."""

ROW: Fields = {
    **{name: EXAMPLE[name] for name in ("song", "artist", "license", "start", "rate", "gain_db")},
    **PLACE,
    "draw": whole(0),
    "length": whole(1),
    "channels": whole(1, 8),
    "origin": TEXT,
    "origin_sha256": TEXT,
    "attribution": TEXT,
    "stems": list_of(STEM, "names of stems"),
    "before_lufs": or_none(NUMBER),
    "after_lufs": or_none(NUMBER),
    "before_true_peak_dbtp": or_none(NUMBER),
    "after_true_peak_dbtp": or_none(NUMBER),
    "mix_severity_db": NUMBER,
    "mix_severity": TEXT,
    "stem_severity_db": list_of(NUMBER, "finite numbers"),
    "console": OBJECT,
    "mix_kind": optional(or_none(MIX_KIND)),
    "stem_sum_db": optional(or_none(NUMBER)),
    "stem_sum_gain_db": optional(or_none(NUMBER)),
    "stem_sum_lag": optional(or_none(NUMBER)),
    "song_notes": optional(or_none(list_of(TEXT, "sentences"))),
}
"""A row of the manifest or of an index; see `manifest.ManifestRow`."""

INDEX_HEAD: Fields = {
    "part": TEXT,
    "sha256": SHA256,
    "rejected": REFUSED,
    "shard": SHARD,
    "count": whole(0),
}
"""The first line of an index; see `shard_index.ShardHead`."""

PLANNED_SONG: Fields = {
    "id": TEXT,
    "artist": TEXT,
    "license": TEXT,
    "origin": ORIGIN_FIELD,
    "rate": whole(1),
    "length": whole(0),
    "split_of_source": or_none(SPLIT),
    "split": SPLIT,
    "shard": whole(0, 10**9),
    "excerpts": list_of(whole(0), "whole numbers"),
    "mix_kind": optional(MIX_KIND),
}
"""A song in `plan.json`; see `plan.PlannedSong`."""

PLANNED_RECIPE: Fields = {
    "name": TEXT,
    "version": whole(0),
    "seed": Field("a whole number", lambda value: type(value) is int),
    "description": TEXT,
    "source": OBJECT,
    "separator": OBJECT,
    "console": OBJECT,
    "excerpt_seconds": NUMBER,
    "excerpts_per_song": or_none(whole(0)),
    "stereo": Field("true or false", lambda value: isinstance(value, bool)),
    "loudness_lufs": or_none(NUMBER),
    "headroom_dbtp": NUMBER,
    "silence_db": NUMBER,
    "splits": list_of(NUMBER, "finite numbers"),
    "examples_per_shard": whole(1),
    "audible_db": or_none(NUMBER),
    "draws": whole(1),
    "stems_kept": or_none(whole(0)),
    "plain_mix": Field("true or false", lambda value: isinstance(value, bool)),
    "store": optional(one_of("before", "both")),
    "consoles": optional(whole(1, 10_000)),
    "tasks": optional(list_of(TEXT, "names of tasks")),
    "bits": optional(one_of(24, 16)),
    "rate": optional(whole(1)),
}
"""The recipe in `plan.json`; see `plan.PlannedRecipe`."""

PLAN_HEAD: Fields = {
    "format": whole(0),
    "automix_bench": TEXT,
    "recipe": Field("an object", lambda value: isinstance(value, dict), inside=PLANNED_RECIPE),
    "separator": OBJECT,
    "rejected": REFUSED,
    "root": SHA256,
}
"""All of `plan.json` but its songs; see `plan.Plan`."""


def fault(record: Any, table: Fields) -> str:
    """The first field that is not what its table says, as `its start: expected …, got …`; empty if
    there is none."""
    if not isinstance(record, dict):
        return f"expected an object with {', '.join(sorted(table))}, got {shown(record)}"
    for name, field in table.items():
        if name not in record:
            if field.needed:
                return f"its {name}: expected {field.expected}, got nothing"
            continue
        value = record[name]
        if not field.fits(value):
            return f"its {name}: expected {field.expected}, got {shown(value)}"
        if field.inside is not None and (inner := fault(value, field.inside)):
            return f"its {name}: {inner}"
    return ""


def shown(value: Any) -> str:
    """A wrong value, in a few words."""
    if isinstance(value, dict | list | tuple):
        kind = "an object" if isinstance(value, dict) else "a list"
        return f"{kind} of {len(value)}"
    if isinstance(value, int) and abs(value) > LARGEST:
        return "a whole number beyond 2^53"
    text = ascii(value) if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def parsed(content: bytes | str) -> Any:
    """JSON that is no deeper than `DEEPEST` and holds no NaN or infinity.

    Raises:
        ValueError: it is something else.
    """
    try:
        value = json.loads(content, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError(f"JSON of more than {DEEPEST} levels") from error
    if _openings(content) <= DEEPEST:
        return value
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return value
    raise ValueError(f"JSON of more than {DEEPEST} levels")


def _openings(content: bytes | str) -> int:
    """How many lists and objects JSON can hold at most."""
    if isinstance(content, bytes):
        return len(content) if b"\x00" in content else content.count(b"[") + content.count(b"{")
    return content.count("[") + content.count("{")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON with {name}, which is no number")


def demand(record: Any, table: Fields, where: str) -> None:
    """Check a record.

    Raises:
        DatasetError: a field is not what its table says; the message begins with `where`.
    """
    if wrong := fault(record, table):
        raise DatasetError(f"{where}: {wrong}")
