"""What the answers of a run cost: time, CPU, memory. The harness measures it, never the model.

They lie in `run.seconds.json` in the folder of the run, which may come from a stranger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.untrusted.fields import Schema, mapping, number
from automix_bench.untrusted.json_file import read_json_object
from automix_bench.untrusted.scorecard_record import Cost, no_cost

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

    def of(self, audio_seconds: float) -> Cost:
        """The cost of this one answer, as scorecards state costs."""
        cost: Cost = {"audio_seconds": audio_seconds, "work_seconds": self.seconds}
        if self.cpu_seconds is not None:
            cost["cpu_seconds"] = self.cpu_seconds
        if self.peak_memory is not None:
            cost["peak_memory"] = self.peak_memory
        if self.frames is not None:
            cost["frames"] = self.frames
            cost["late_frames"] = self.late_frames or 0
            cost["latency_seconds"] = self.latency_seconds or 0.0
        return cost


def total_cost(costs: Iterable[Cost]) -> Cost:
    """The cost of all: sums of seconds and frames, the most memory and the longest latency."""
    total = no_cost()
    for cost in costs:
        total["audio_seconds"] += cost["audio_seconds"]
        total["work_seconds"] += cost["work_seconds"]
        total["cpu_seconds"] = total.get("cpu_seconds", 0.0) + cost.get("cpu_seconds", 0.0)
        total["peak_memory"] = max(total.get("peak_memory", 0), cost.get("peak_memory", 0))
        if "frames" in cost:
            total["frames"] = total.get("frames", 0) + cost["frames"]
            total["late_frames"] = total.get("late_frames", 0) + cost.get("late_frames", 0)
            latency = cost.get("latency_seconds", 0.0)
            total["latency_seconds"] = max(total.get("latency_seconds", 0.0), latency)
    return total


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
