"""A recipe file offers a recipe, or a function that makes one from settings given as text."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from automix_bench import plugin
from automix_bench.errors import AutomixError, UsageError
from automix_bench.recipe import Recipe


def recipe_from(name: str, settings: Sequence[str] = ()) -> Recipe:
    """The recipe `name`, with settings such as `songs=~/music` or `seed=3`.

    A recipe file whose `__all__` names a function takes as settings the function's arguments;
    their types are read from its annotations (str, int, float, bool, Path, or one of them or
    None), and those without a default must be given.

    Raises:
        UsageError: a setting is unknown, missing, repeated, or not of its type; or the file offers
            no recipe.
    """
    offered = plugin.load("recipes", name)
    given = _parsed(name, settings)
    if isinstance(offered, Recipe):
        if given:
            raise UsageError(f"recipe {name}: takes no settings, got {', '.join(given)}")
        return offered
    if not callable(offered):
        raise UsageError(f"recipe {name}: wanted a Recipe or a function, got {offered!r}")
    arguments = _converted(name, offered, given)
    try:
        made = offered(**arguments)
    except AutomixError:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise UsageError(f"recipe {name}: cannot be made of these settings: {said}") from error
    if not isinstance(made, Recipe):
        raise UsageError(f"recipe {name}: its function must return a Recipe, got {made!r}")
    return made


def _parsed(name: str, settings: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"recipe {name}: wanted a setting as name=value, got {setting!r}")
        if key in given:
            raise UsageError(f"recipe {name}: {key} is set twice")
        given[key] = value
    return given


def _converted(name: str, function: Callable[..., Any], given: dict[str, str]) -> dict[str, Any]:
    known = inspect.signature(function).parameters
    types_of = typing.get_type_hints(function)
    for key in given:
        if key not in known:
            raise UsageError(f"recipe {name}: no setting {key!r}{plugin.did_you_mean(key, known)}")
    for key, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and key not in given:
            raise UsageError(f"recipe {name}: {key} must be given: --set {key}=…")
    return {key: _value(name, key, text, types_of.get(key, str)) for key, text in given.items()}


def _value(name: str, key: str, text: str, wanted: Any) -> Any:
    if isinstance(wanted, types.UnionType) or typing.get_origin(wanted) is typing.Union:
        options = [option for option in typing.get_args(wanted) if option is not type(None)]
        if text.lower() == "none" and len(options) < len(typing.get_args(wanted)):
            return None
        wanted = options[0]
    if wanted is bool:
        if text.lower() in ("true", "yes", "1", "false", "no", "0"):
            return text.lower() in ("true", "yes", "1")
        raise UsageError(f"recipe {name}: {key} must be true or false, got {text!r}")
    if wanted is Path:
        if not text:
            raise UsageError(f"recipe {name}: {key} must be a path, got nothing")
        return Path(text).expanduser()
    try:
        return wanted(text)
    except ValueError:
        kind = wanted.__name__
        raise UsageError(f"recipe {name}: {key} must be of type {kind}, got {text!r}") from None
