"""Tasks by name."""

from __future__ import annotations

from automix_bench import plugin
from automix_bench.errors import UsageError
from automix_bench.task import Task


def task_named(name: str) -> Task:
    """The task that a plug-in's name stands for.

    Raises:
        UnknownPlugin: there is no such plug-in.
        UsageError: the plug-in is not a task, or its first metric does not claim to be fit to rank.
    """
    offered = plugin.load("tasks", name)
    if not isinstance(offered, Task):
        raise UsageError(f"task {name}: wanted a Task, got a {type(offered).__name__}")
    if offered.metrics and not getattr(offered.metrics[0], "ranks", False):
        first = offered.metrics[0].name
        raise UsageError(
            f"task {name}: its first metric ranks the board, and {first} does not claim to be fit "
            f"to: put audible_distance first, or prove {first} (automix-bench metric {first}) and "
            "set ranks=True on its card"
        )
    return offered
