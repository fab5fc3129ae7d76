"""Print the properties of sounds, and their artifacts with places and sizes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from automix_bench.cli.output.tables import TableRow, columns, print_blocks, print_table
from automix_bench.cli.output.terminal import console, print_json
from automix_bench.dsp.artifacts.find import UNITS, Artifact
from automix_bench.evaluation.sound_properties import Property
from automix_bench.untrusted.shown import for_terminal


def show_properties(
    sounds: Mapping[str, Sequence[Property]], refused: Mapping[str, str], as_json: bool
) -> None:
    """Print a line for each property, a column for each sound, and why a value is missing.

    Args:
        refused: the reason for each sound that cannot be read.
    """
    if as_json:
        records: dict[str, Any] = {
            sound: {one.name: _property_json(one) for one in ones} for sound, ones in sounds.items()
        }
        print_json(records | {sound: {"refused": reason} for sound, reason in refused.items()})
    elif sounds:
        rows = [
            TableRow((row[0].name, row[0].unit, *(_number(one.value) for one in row)))
            for row in zip(*sounds.values(), strict=True)
        ]
        heads = columns("property", "unit", *map(for_terminal, sounds), right=[*sounds])
        print_blocks(heads, rows, repeated=2)
        for sound, ones in sounds.items():
            for reason, names in _by_reason(ones).items():
                console().print(f"– {sound}: {reason}: {', '.join(names)}", soft_wrap=True)


def _property_json(one: Property) -> dict[str, Any]:
    record = {"value": _finite(one.value), "unit": one.unit}
    return {**record, "reason": one.reason} if one.reason else record


def _by_reason(ones: Sequence[Property]) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for one in ones:
        if one.reason:
            reasons.setdefault(one.reason, []).append(one.name)
    return reasons


def show_artifacts(
    artifacts: Sequence[Artifact], *, sound: str, rate: int, seconds: float, as_json: bool
) -> None:
    """Print a line for each artifact, in order of time, and how many there are of each kind."""
    if as_json:
        records = [_to_json(artifact, rate) for artifact in artifacts]
        print_json({"sound": sound, "seconds": seconds, "artifacts": records})
        return
    heads = columns(
        *("second", "kind", "channel", "ms", "size", ""), right=("second", "channel", "ms")
    )
    rows = []
    for one in artifacts:
        place, length = f"{one.sample / rate:.4f}", f"{1000.0 * one.length / rate:.2f}"
        size = (f"{one.size:.1f}", UNITS[one.kind])
        rows.append(TableRow((place, one.kind, str(one.channel), length, *size)))
    if artifacts:
        print_table(heads, rows)
    counts = Counter(one.kind for one in artifacts)
    summary = ", ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in counts.items())
    console().print(f"{sound}, {seconds:.2f} s: {summary or 'no artifacts found'}")


def _to_json(artifact: Artifact, rate: int) -> dict[str, Any]:
    return {
        "kind": artifact.kind,
        "channel": artifact.channel,
        "sample": artifact.sample,
        "seconds": artifact.sample / rate,
        "length_seconds": artifact.length / rate,
        "size": artifact.size,
        "unit": UNITS[artifact.kind],
    }


def _finite(value: float) -> float | None:
    """The value; None, which is JSON's null, if it is infinite or not a number."""
    return value if math.isfinite(value) else None


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"
