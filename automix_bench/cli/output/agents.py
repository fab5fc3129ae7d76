"""Print a brief as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from automix_bench.cli.output.tables import TableRow, columns, print_blocks, print_table
from automix_bench.cli.output.terminal import console, print_line

_OCTAVES = "octaves"


def show_brief(record: Mapping[str, Any]) -> None:
    """Print a brief's JSON as tables: its sounds, then the effects that an answer may use."""
    task = record["task"]
    print_line(f"{task['name']}, version {task['version']}: {task['description']}")
    sound = f"{record['rate']} Hz, {record['channels']} channels, {record['seconds']:g} s"
    print_line(f"{len(record['stems'])} stems, {sound}")
    if record["text"] is not None:
        print_line(f"instruction: {record['text']}")
    if record["console"] is not None:
        print_line("settings that the stems went through: shown with --json")
    sounds = {name: stem["measurements"] for name, stem in record["stems"].items()}
    if record["reference"] is not None:
        sounds["(reference)"] = record["reference"]["measurements"]
    _show_sounds(sounds, record["units"])
    _show_effects(record["answer"]["effects"])


def _show_sounds(sounds: Mapping[str, Mapping[str, Any]], units: Mapping[str, str]) -> None:
    rows = [
        TableRow((name, unit, *(_number(one[name]) for one in sounds.values())))
        for name, unit in units.items()
        if name != _OCTAVES
    ]
    levels, _, centres = units[_OCTAVES].partition(", at ")
    for place, hz in enumerate(centres.removesuffix(" Hz").split(", ")):
        each = ((one[_OCTAVES] or [None] * (place + 1))[place] for one in sounds.values())
        rows.append(TableRow((f"octave at {hz} Hz", levels, *map(_number, each))))
    print_blocks(columns("measurement", "unit", *sounds, right=[*sounds]), rows, repeated=2)


def _show_effects(effects: Mapping[str, Mapping[str, Any]]) -> None:
    console().print("Effects that an answer may use:")
    rows = []
    for name, effect in effects.items():
        settings = [(key, _range(one), one) for key, one in effect["knobs"].items()]
        settings += [(key, " | ".join(one["words"]), one) for key, one in effect["options"].items()]
        for place, (key, legal, one) in enumerate(settings or [("", "", {})]):
            unit, default = one.get("unit", ""), str(one.get("default", ""))
            rows.append(TableRow(("" if place else name, key, legal, unit, default)))
    heads = columns("effect", "setting", "range", "unit", "if not given", spare=("if not given",))
    print_table(heads, rows)


def _range(knob: Mapping[str, Any]) -> str:
    many = f"{knob['count']} of " if "count" in knob else ""
    return f"{many}{knob['low']:g} to {knob['high']:g}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
