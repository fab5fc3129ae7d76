"""Which examples are scored: of which split, and whether their recipe fits the task."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from automix_bench import plugin
from automix_bench.dataset.manifest import read_columns
from automix_bench.dataset.plan_recipe import recipe_of
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import UsageError
from automix_bench.task import Task

ALL = "all"
DEFAULT = "test"


@dataclass(frozen=True)
class DataFacts:
    """What boards and scorecards say about the examples that are scored.

    Attributes:
        recipe: the name of the recipe that made them; empty if the data set names none.
        split: train, valid or test; `all` if the data set is not divided.
        note: what a reader of the scores must know; empty if nothing.
    """

    recipe: str
    split: str
    note: str


def examples_to_score(folder: Path | str, split: str | None = None) -> Dataset:
    """The examples of a data set that are scored.

    Args:
        split: train, valid, test, or `all`. None is `test`, and `all` where no example is in test;
            `facts_of` then notes that no part was held out.

    Raises:
        DatasetError: there is no finished data set, or it has no example in this split.
    """
    if split == ALL:
        return Dataset(folder)
    if split is not None:
        return Dataset(folder, split)
    return Dataset(folder, DEFAULT if DEFAULT in _counts(Path(folder)) else None)


def facts_of(task: Task, dataset: Dataset, any_data: bool = False) -> DataFacts:
    """What is said about examples that are scored on a task.

    Args:
        any_data: score data that the task does not read, and note that.

    Raises:
        UsageError: the task does not read data of this recipe.
    """
    recipe = recipe_of(dataset.folder)
    notes = [_note_on_recipe(task, recipe.name, recipe.tasks, any_data)]
    if dataset.split is None:
        notes.append(_note_on_splits(_counts(dataset.folder)))
    return DataFacts(recipe.name, dataset.split or ALL, "; ".join(filter(None, notes)))


def _note_on_recipe(task: Task, recipe: str, tasks: tuple[str, ...], any_data: bool) -> str:
    """What is to be noted about a recipe, if the task reads its data.

    Raises:
        UsageError: the task does not read it.
    """
    if task.name in tasks or recipe in task.recipes or not (task.recipes or tasks):
        return ""
    if not recipe:
        return f"the data set names no recipe: nobody says that it is for {task.name}"
    if not tasks and recipe not in _built_in_recipes():
        return f"recipe {recipe} does not say that it is for {task.name}"
    if any_data:
        return f"{task.name} does not read data of {recipe}, and was made to by --any-data"
    raise UsageError(_refusal(task, recipe, tasks))


def _refusal(task: Task, recipe: str, tasks: tuple[str, ...]) -> str:
    fitting = tasks or _tasks_reading(recipe)
    reads = f"it reads data of {', '.join(task.recipes)}" if task.recipes else ""
    is_for = f"{recipe} is for {', '.join(fitting)}" if fitting else f"no task reads {recipe}"
    return (
        f"task {task.name} does not read data of recipe {recipe}: "
        f"{'; '.join(filter(None, (reads, is_for)))}: choose other data, another task or one of "
        "your own, or add --any-data (any_data=True) to score it all the same"
    )


def _built_in_recipes() -> set[str]:
    """The recipes that come with this package; those that other packages publish are unknown."""
    published = entry_points(group="automix_bench.recipes")
    return set(plugin.names("recipes")) - {each.name for each in published}


def _tasks_reading(recipe: str) -> tuple[str, ...]:
    loaded = (plugin.load("tasks", name) for name in plugin.names("tasks"))
    return tuple(task.name for task in loaded if isinstance(task, Task) and recipe in task.recipes)


def _counts(folder: Path) -> dict[str, int]:
    """How many examples each split has."""
    import pyarrow.compute as pc

    column = read_columns(folder, ("split",)).column("split")
    counted = pc.value_counts(column).to_pylist()
    return {str(each["values"]): int(each["counts"]) for each in counted}


def _note_on_splits(counts: dict[str, int]) -> str:
    """What is to be noted where all examples are scored together."""
    parts = ", ".join(
        f"{counts[split]} {split}" for split in ("train", "valid", "test") if split in counts
    )
    if DEFAULT not in counts:
        return f"no example is in the split {DEFAULT}: all are scored ({parts})"
    return f"all splits are scored ({parts})" if len(counts) > 1 else ""
