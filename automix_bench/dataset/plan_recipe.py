"""Read which recipe made a data set, without reading all of its plan."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automix_bench.dataset.plan import PLAN, read_plan
from automix_bench.errors import DatasetError
from automix_bench.song import NAME


@dataclass(frozen=True)
class RecipeOfData:
    """What a plan says of its recipe.

    Attributes:
        name: empty if the data set has no plan.
        tasks: the tasks that the recipe says it is for; empty if it says nothing.
    """

    name: str
    tasks: tuple[str, ...]


def recipe_of(folder: Path) -> RecipeOfData:
    """The recipe of the data set in a folder.

    Raises:
        DatasetError: the plan is damaged, or a name in it is none.
    """
    if not (folder / PLAN).is_file():
        return RecipeOfData("", ())
    planned = _planned(folder)
    name, tasks = planned.get("name"), planned.get("tasks", [])
    names = [name, *tasks] if isinstance(tasks, list) else [name, tasks, None]
    if not all(isinstance(one, str) and NAME.fullmatch(one) for one in names):
        raise DatasetError(
            f"{folder / PLAN}: expected a recipe's name and a list of tasks, each made of "
            f"a-z 0-9 _ -, got {name!r:.40} and {tasks!r:.80}: run `verify`"
        )
    return RecipeOfData(str(name), tuple(tasks))


def _planned(folder: Path) -> dict[str, Any]:
    """The recipe in a plan. `Plan.write` gives it a line of its own, in front of the songs."""
    start, head = '"recipe":', '"songs":['
    try:
        with (folder / PLAN).open(encoding="utf-8") as file:
            for line in file:
                text = line.removeprefix("{")
                if text.startswith(start):
                    planned = json.loads(text.removeprefix(start).rstrip().rstrip(","))
                    if isinstance(planned, dict):
                        return planned
                if text.startswith(head):
                    break
    except (ValueError, RecursionError):  # in another layout, or damaged: the whole of it tells
        pass
    try:
        return dict(read_plan(folder).recipe)
    except RecursionError as error:
        raise DatasetError(f"{folder / PLAN}: damaged: nested too deeply: run `verify`") from error
