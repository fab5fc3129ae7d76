"""A brief as JSON: measurements in place of sounds, and the schema of the answer.

`docs/agents.md` has every field.
"""

from __future__ import annotations

from typing import Any

from automix_bench.agents.console_schema import console_schema
from automix_bench.agents.measurements import UNITS, measurements
from automix_bench.consoles.console_json import console_to_json
from automix_bench.model import Brief
from automix_bench.song import role
from automix_bench.task import Task

SCHEMA = 1
"""Raised when a field is removed or changes its meaning. Fields may be added without."""


def brief_to_json(brief: Brief, seed: int | None = None) -> dict[str, Any]:
    """What a program that cannot hear is told of a brief; nothing but the brief goes in.

    Args:
        seed: for what the program draws at random; left out if None.

    Raises:
        ValueError: the brief has no stems.
    """
    if not brief.stems:
        raise ValueError("a brief for a program wants at least one stem, got none")
    first = brief.stems[min(brief.stems)]
    reference = brief.reference
    return {
        "schema": SCHEMA,
        "text": brief.text,
        "rate": first.rate,
        "channels": first.channels,
        "seconds": round(first.seconds, 6),
        "units": UNITS,
        "stems": {
            name: {"role": role(name), "measurements": measurements(brief.stems[name])}
            for name in sorted(brief.stems)
        },
        "reference": None
        if reference is None
        else {"seconds": round(reference.seconds, 6), "measurements": measurements(reference)},
        "console": None if brief.console is None else console_to_json(brief.console),
        **({} if seed is None else {"seed": seed}),
        "answer": console_schema(),
    }


def task_to_json(task: Task) -> dict[str, Any]:
    """What a program is told of the task: `task` with its name, version and description."""
    return {"task": {name: getattr(task, name) for name in ("name", "version", "description")}}
