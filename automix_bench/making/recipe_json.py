"""A recipe as JSON, as it stands in a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any, cast

from automix_bench import plugin
from automix_bench.dataset.plan import PlannedRecipe
from automix_bench.errors import UsageError
from automix_bench.files.atomic import file_sha256
from automix_bench.recipe import OMITTED_AT_DEFAULT, Recipe


def recipe_json(recipe: Recipe) -> PlannedRecipe:
    """A recipe as JSON, by `value_json`.

    Raises:
        UsageError: the recipe holds a value that cannot be named.
    """
    return cast(PlannedRecipe, value_json(recipe))


def value_json(value: Any) -> Any:
    """A value of a recipe as JSON.

    A dataclass is an object of its type's name (`type`) and its fields, in order. The name of a
    type that is not built in is followed by the sha256 of the file it is written in. A class of
    ours, in the package or in a recipe, may state the name that plans know it by in
    `name_in_plans`. So a renamed class, or an edit that changes no example (a recipe's `version`
    says when one does), keeps existing data sets valid.

    Paths are left out: they say where something lies, not what it is. The hashes of the songs and
    the weights, which a plan holds too, say that.

    Raises:
        UsageError: a value is neither a dataclass nor of JSON's kinds; two recipes that differ in
            it would look equal.
    """
    if isinstance(value, type):
        return _type_name(value)
    if is_dataclass(value):
        named = {f.name: getattr(value, f.name) for f in fields(value) if _is_named(f, value)}
        settings = {k: value_json(v) for k, v in named.items() if not isinstance(v, Path)}
        return {"type": _type_name(type(value)), **settings}
    if isinstance(value, Mapping):
        return {str(key): value_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [value_json(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise UsageError(
        f"a recipe holds {value!r}: make {type(value).__name__} a frozen dataclass, so that the "
        "plan can name its settings"
    )


def _is_named(one: Field[Any], owner: Any) -> bool:
    """Whether a plan names this field of `owner`: not if it is a `later` one at its default."""
    return OMITTED_AT_DEFAULT not in one.metadata or getattr(owner, one.name) != one.default


def _type_name(kind: type) -> str:
    ours, source = kind.__module__.startswith("automix_bench."), plugin.source_of(kind)
    if ours or plugin.is_ours(source):
        stated = vars(kind).get("name_in_plans", kind.__name__ if ours else None)
        if stated is not None:
            return str(stated)
    name = plugin.name_of("effects", kind)
    if "@" in name or source is None:  # what was loaded from a file is named by its content
        return name
    return f"{name} of {file_sha256(source)[:16]}"
