"""Make pseudo-multitrack data, run mixing and effect-removal models on it, and rank them.

    import automix_bench as ab

    made = ab.make(ab.recipe("quickstart", multitracks=3, mixes=0), "my_data")
    data = ab.Dataset("my_data", "test")
    example = data[0]                                  # before, console, after
    result = ab.evaluate("mixing", data, ["equal_loudness"], "runs")
    print(result.board.to_markdown())

Every name below loads its module when it is first used, so that the import itself is quick.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automix_bench.audio import Audio
    from automix_bench.catalogue.metrics import metric_named as metric
    from automix_bench.catalogue.tasks import task_named as task
    from automix_bench.console import Console
    from automix_bench.dataset.reader import Dataset
    from automix_bench.effect import effect_named as effect
    from automix_bench.evaluation.compare import compare
    from automix_bench.evaluation.entry import Entry
    from automix_bench.evaluation.entry import model_named as model
    from automix_bench.evaluation.evaluate import evaluate
    from automix_bench.example import Example
    from automix_bench.files.weights import weights
    from automix_bench.making.make import make
    from automix_bench.model import Answer, Brief
    from automix_bench.recipe import Recipe
    from automix_bench.recipe_parts.settings_from_text import recipe_named as recipe
    from automix_bench.scorecard import Scorecard, read_scorecard
    from automix_bench.song import Song
    from automix_bench.task import Task

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Audio",
    "Brief",
    "Console",
    "Dataset",
    "Entry",
    "Example",
    "Recipe",
    "Scorecard",
    "Song",
    "Task",
    "compare",
    "effect",
    "evaluate",
    "make",
    "metric",
    "model",
    "read_scorecard",
    "recipe",
    "task",
    "weights",
]

_PLACES = {
    "Answer": "model:Answer",
    "Audio": "audio:Audio",
    "Brief": "model:Brief",
    "Console": "console:Console",
    "Dataset": "dataset.reader:Dataset",
    "Entry": "evaluation.entry:Entry",
    "Example": "example:Example",
    "Recipe": "recipe:Recipe",
    "Scorecard": "scorecard:Scorecard",
    "Song": "song:Song",
    "Task": "task:Task",
    "compare": "evaluation.compare:compare",
    "effect": "effect:effect_named",
    "evaluate": "evaluation.evaluate:evaluate",
    "make": "making.make:make",
    "metric": "catalogue.metrics:metric_named",
    "model": "evaluation.entry:model_named",
    "read_scorecard": "scorecard:read_scorecard",
    "recipe": "recipe_parts.settings_from_text:recipe_named",
    "task": "catalogue.tasks:task_named",
    "weights": "files.weights:weights",
}


class _Face(ModuleType):
    """The package as users see it: `ab.task` is the function that finds a task, not `task.py`."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute. A submodule does not take the place of a name in `__all__`, which
        importing it would do otherwise; `from automix_bench.task import Task` works all the same.
        """
        if not (isinstance(value, ModuleType) and name in _PLACES):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face


def __getattr__(name: str) -> Any:
    """Load one of the names of `__all__` (PEP 562)."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _PLACES[name].partition(":")
    return getattr(importlib.import_module(f"{__name__}.{module}"), attribute)


def __dir__() -> list[str]:
    """The names that are meant for use."""
    return sorted([*__all__, "__version__"])
