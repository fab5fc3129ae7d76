"""What commands say of sounds: their properties, their faults and where these are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from automix_bench.cli.output.terminal import print_json, terminal
from automix_bench.dsp.artifacts.find import UNITS, Artifact
from automix_bench.evaluation.sound_properties import Property


def show_properties(found: Mapping[str, Sequence[Property]], as_json: bool) -> None:
    """A line for each property, a column for each sound."""
    if as_json:
        print_json(
            {
                sound: {one.name: {"value": _finite(one.value), "unit": one.unit} for one in ones}
                for sound, ones in found.items()
            }
        )
        return
    table = _table("property", "unit")
    for sound in found:
        table.add_column(sound, justify="right")
    for row in zip(*found.values(), strict=True):
        table.add_row(row[0].name, row[0].unit, *(_number(one.value) for one in row))
    terminal().print(table)


def show_artifacts(
    found: Sequence[Artifact], *, sound: str, rate: int, seconds: float, as_json: bool
) -> None:
    """A line for each fault, in the order of time, and how many there are of each kind."""
    if as_json:
        print_json({"sound": sound, "seconds": seconds, "artifacts": _facts(found, rate)})
        return
    table = _table("second", "kind", "channel", "ms", "size", "")
    for one in found:
        place, length = f"{one.sample / rate:.4f}", f"{1000.0 * one.length / rate:.2f}"
        cells = (place, one.kind, str(one.channel), length, f"{one.size:.1f}", UNITS[one.kind])
        table.add_row(*cells)
    if found:
        terminal().print(table)
    counts = Counter(one.kind for one in found)
    said = ", ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in counts.items())
    terminal().print(f"{sound}, {seconds:.2f} s: {said or 'no artifacts found'}", highlight=False)


def _facts(found: Sequence[Artifact], rate: int) -> list[dict[str, Any]]:
    return [
        {
            "kind": one.kind,
            "channel": one.channel,
            "sample": one.sample,
            "seconds": one.sample / rate,
            "length_seconds": one.length / rate,
            "size": one.size,
            "unit": UNITS[one.kind],
        }
        for one in found
    ]


def _table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE)
    for head in heads:
        table.add_column(head, justify="right" if head in ("second", "channel", "ms") else "left")
    return table


def _finite(value: float) -> float | None:
    """JSON has no word for the others."""
    return value if math.isfinite(value) else None


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"
