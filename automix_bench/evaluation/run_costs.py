"""What the answers of a run cost: time, CPU, memory. The harness measures it, never the model.

They lie in `run.seconds.json` in the folder of the run, which may come from a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.untrusted.fields import Schema, mapping, number
from automix_bench.untrusted.json_file import read_json_object

SECONDS = "run.seconds.json"

_FURTHER = ("cpu_seconds", "peak_memory", "frames", "late_frames", "latency_seconds")
_LIVE = _FURTHER[2:]
_WHOLE = ("peak_memory", "frames", "late_frames")

_COSTS = Schema(
    {"seconds": mapping(number(0.0, 1e9), most=10_000_000)},
    dict.fromkeys(_FURTHER, mapping(number(0.0, 1e15), most=10_000_000)),
)


@dataclass(frozen=True)
class ItemCost:
    """What one answer took.

    Attributes:
        seconds: from the question to the answer.
        cpu_seconds: of all processes of the model; None if it is not known.
        peak_memory: the most bytes that they held; None if it is not known.
        frames, late_frames: of a live show, and those that took longer to be mixed than they last;
            None for other tasks.
        latency_seconds: of a live show, as the model states it; None for other tasks.
    """

    seconds: float
    cpu_seconds: float | None = None
    peak_memory: int | None = None
    frames: int | None = None
    late_frames: int | None = None
    latency_seconds: float | None = None


def read_costs(folder: Path) -> dict[str, ItemCost]:
    """What each answer took, as the harness measured it.

    An example is left out if its time is not known: the run was killed before it ended, or the run
    was made by an earlier version, which kept times where a model could write them.

    Raises:
        DatasetError: the record is damaged.
    """
    path = folder / SECONDS
    if not path.is_file():
        return {}
    remedy = f"delete {path}; the speed is then unknown"
    record = read_json_object(path, "record of times", remedy)
    _COSTS.demand(record, str(path), remedy)

    def further(example: str) -> dict[str, Any]:
        values = {name: record.get(name, {}).get(example) for name in _FURTHER}
        return {
            name: int(value) if name in _WHOLE else float(value)
            for name, value in values.items()
            if value is not None
        }

    return {
        example: ItemCost(float(seconds), **further(example))
        for example, seconds in record["seconds"].items()
    }


def write_costs(folder: Path, costs: Mapping[str, ItemCost]) -> None:
    """Write what each answer took; what is not known is left out.

    Raises:
        DiskFull: there is no room.
    """
    fields = {
        name: {
            example: value
            for example, cost in costs.items()
            if (value := getattr(cost, name)) is not None
        }
        for name in ("seconds", *_FURTHER)
    }
    fields = {name: values for name, values in fields.items() if values or name not in _LIVE}
    write_whole(folder / SECONDS, pretty(fields).encode())
