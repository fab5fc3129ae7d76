"""A recipe file offers a recipe, or a function that makes one from settings given as text."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from automix_bench import plugin
from automix_bench.errors import AutomixError, UsageError
from automix_bench.recipe import Recipe


def recipe_from(name: str, settings: Sequence[str] = ()) -> Recipe:
    """The recipe `name`, with settings such as `songs=~/music` or `seed=3`.

    A recipe file whose `__all__` names a function takes as settings the function's arguments;
    their types are read from its annotations (str, int, float, bool, Path, or one of them or
    None), and those without a default must be given. An argument that is a dataclass, such as
    `Material`, takes its fields as settings.

    Raises:
        UsageError: a setting is unknown, missing, repeated, or not of its type; or the file offers
            no recipe.
    """
    offered = plugin.load("recipes", name)
    given = parsed(f"recipe {name}", settings)
    if isinstance(offered, Recipe):
        if given:
            raise UsageError(f"recipe {name}: takes no settings, got {', '.join(given)}")
        return offered
    if not callable(offered):
        raise UsageError(f"recipe {name}: wanted a Recipe or a function, got {offered!r}")
    try:
        arguments = arguments_of(f"recipe {name}", offered, given)
        made = offered(**arguments)
    except (AutomixError, OSError):
        raise
    except (Exception, SystemExit) as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise UsageError(f"recipe {name}: cannot be made of these settings: {said}") from error
    if not isinstance(made, Recipe):
        raise UsageError(f"recipe {name}: its function must return a Recipe, got {made!r}")
    return made


def recipe_named(name: str, **settings: object) -> Recipe:
    """The recipe of a name, or of the path of a recipe file, with settings as in
    `automix-bench make NAME --set`.

        ab.recipe("pseudo_multitrack", songs="~/music", separator="spleeter", seconds=5)

    Args:
        name: a recipe of ours, the path of a `.py` file, or `package.module:object`.
        settings: by name; any value whose text `--set` takes.

    Raises:
        UnknownPlugin: there is no such recipe.
        UsageError: a setting is unknown, missing or not of its type.
    """
    return recipe_from(name, [f"{key}={value}" for key, value in settings.items()])


def parsed(what: str, settings: Sequence[str]) -> dict[str, str]:
    """Settings given as name=value, by name.

    Args:
        what: takes them, as messages begin with it: `recipe wet_multitrack`.

    Raises:
        UsageError: one has no `=`, or is set twice.
    """
    given: dict[str, str] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"{what}: wanted a setting as name=value, got {setting!r}")
        if key in given:
            raise UsageError(f"{what}: {key} is set twice")
        given[key] = value
    return given


def settings_of(function: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    """Every setting of a function or class, by name: its type, and its default, which is
    `inspect.Parameter.empty` where it must be given."""
    known: dict[str, tuple[Any, Any]] = {}
    types_of = typing.get_type_hints(function)
    for name, parameter in inspect.signature(function).parameters.items():
        wanted = types_of.get(name, str)
        if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
            inner = typing.get_type_hints(wanted)
            known |= {f.name: (inner[f.name], f.default) for f in dataclasses.fields(wanted)}
        else:
            known[name] = wanted, parameter.default
    return known


def arguments_of(
    what: str, function: Callable[..., Any], given: Mapping[str, str], option: str = "--set"
) -> dict[str, Any]:
    """The arguments to call a function or class with, of settings given as text.

    Args:
        option: of the command line, by which settings are given.

    Raises:
        UsageError: a setting is unknown, missing, or not of its type.
    """
    known = settings_of(function)
    for key in given:
        if key not in known:
            raise UsageError(f"{what}: no setting {key!r}{plugin.did_you_mean(key, known)}")
    for key, (_, default) in known.items():
        if default is inspect.Parameter.empty and key not in given:
            raise UsageError(f"{what}: {key} must be given: {option} {key}=…")
    values = {key: _value(what, key, text, known[key][0]) for key, text in given.items()}
    types_of = typing.get_type_hints(function)
    arguments = {}
    for argument in inspect.signature(function).parameters:
        wanted = types_of.get(argument, str)
        if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
            inner = {f.name for f in dataclasses.fields(wanted)} & values.keys()
            arguments[argument] = wanted(**{key: values[key] for key in inner})
        elif argument in values:
            arguments[argument] = values[argument]
    return arguments


def _value(what: str, key: str, text: str, wanted: Any) -> Any:
    if isinstance(wanted, types.UnionType) or typing.get_origin(wanted) is typing.Union:
        options = [option for option in typing.get_args(wanted) if option is not type(None)]
        if text.lower() == "none" and len(options) < len(typing.get_args(wanted)):
            return None
        wanted = options[0]
    if wanted is bool:
        if text.lower() in ("true", "yes", "1", "false", "no", "0"):
            return text.lower() in ("true", "yes", "1")
        raise UsageError(f"{what}: {key} must be true or false, got {text!r}")
    if wanted is Path:
        if not text:
            raise UsageError(f"{what}: {key} must be a path, got nothing")
        try:
            return Path(text).expanduser()
        except RuntimeError:
            raise UsageError(f"{what}: {key}: nobody here is called so: {text!r}") from None
    try:
        return wanted(text)
    except ValueError:
        kind = wanted.__name__
        raise UsageError(f"{what}: {key} must be of type {kind}, got {text!r}") from None
