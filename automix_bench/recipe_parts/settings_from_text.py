"""Make a recipe, or call any function, with settings given as text."""

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

    The `__all__` of a recipe file names a `Recipe`, or a function that returns one. The function's
    arguments are the settings. Their types are read from its annotations: str, int, float, bool,
    Path, one of them or None, or a tuple or list of one of them, as in `--set names=a,b`. An
    argument without a default must be given. If an argument is a dataclass, such as `Material`, its
    fields are settings; of a setting that is both an argument and a field, a text of the argument's
    type is the argument.

    Raises:
        UsageError: a setting is unknown, missing, repeated, or not of its type; or the file has no
            recipe.
    """
    offered = plugin.load("recipes", name)
    given = parsed(f"recipe {name}", settings)
    if isinstance(offered, Recipe):
        if given:
            raise UsageError(f"recipe {name}: takes no settings, got {', '.join(given)}")
        return offered
    if not callable(offered):
        raise UsageError(f"recipe {name}: must be a Recipe or a function, got {offered!r}")
    try:
        lister = f"automix-bench make {name} --help"
        arguments = arguments_of(f"recipe {name}", offered, given, lister=lister)
        made = offered(**arguments)
    except (AutomixError, OSError):
        raise
    except (Exception, SystemExit) as error:
        message = " ".join(f"{type(error).__name__}: {error}".split())
        raise UsageError(f"recipe {name}: cannot be made with these settings: {message}") from error
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
    return recipe_from(name, [f"{key}={setting_text(value)}" for key, value in settings.items()])


def parsed(what: str, settings: Sequence[str]) -> dict[str, str]:
    """Settings given as name=value, by name.

    Args:
        what: what takes them, for messages: `recipe wet_multitrack`.

    Raises:
        UsageError: one has no `=`, or is set twice.
    """
    given: dict[str, str] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"{what}: a setting must be name=value, got {setting!r}")
        if key in given:
            raise UsageError(f"{what}: {key} is set twice")
        given[key] = value
    return given


def settings_of(function: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    """The type and default of every setting of a function or class, by name.

    The fields of an argument that is a dataclass have the values of the argument's default. The
    default of a setting is `inspect.Parameter.empty` where it must be given.
    """
    known: dict[str, tuple[Any, Any]] = {}
    types_of = typing.get_type_hints(function)
    for name, parameter in inspect.signature(function).parameters.items():
        kind = types_of.get(name, str)
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            inner, own = typing.get_type_hints(kind), parameter.default
            for f in dataclasses.fields(kind):
                default = getattr(own, f.name) if isinstance(own, kind) else f.default
                known[f.name] = inner[f.name], default
        else:
            known[name] = kind, parameter.default
    return known


def arguments_of(
    what: str,
    function: Callable[..., Any],
    given: Mapping[str, str],
    option: str = "--set",
    lister: str = "",
) -> dict[str, Any]:
    """The arguments to call a function or class with, from settings given as text.

    Args:
        option: the option of the command line for these settings, for messages.
        lister: the command that lists all settings, for messages.

    Raises:
        UsageError: a setting is unknown, missing, or not of its type.
    """
    known = settings_of(function)
    for key in given:
        if key not in known:
            raise UsageError(f"{what}: no setting {key!r}{plugin.did_you_mean(key, known, lister)}")
    for key, (_, default) in known.items():
        if default is inspect.Parameter.empty and key not in given:
            raise UsageError(f"{what}: {key} must be given: {option} {key}=…")
    types_of = typing.get_type_hints(function)
    grouped: dict[str, dict[str, Any]] = {}
    own: dict[str, str] = dict(given)
    for argument in inspect.signature(function).parameters:
        kind = types_of.get(argument, str)
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            fields = typing.get_type_hints(kind)
            inner = {f.name for f in dataclasses.fields(kind)} & given.keys()
            mine = {key for key in inner if not _is_for(function, key, given[key])}
            grouped[argument] = {key: _value(what, key, given[key], fields[key]) for key in mine}
            own = {key: text for key, text in own.items() if key not in mine}
    arguments: dict[str, Any] = {
        name: _value(what, name, text, types_of.get(name, str)) for name, text in own.items()
    }
    parameters = inspect.signature(function).parameters
    for argument, values in grouped.items():
        default, kind = parameters[argument].default, types_of[argument]
        made = dataclasses.replace(default, **values) if isinstance(default, kind) else None
        arguments[argument] = kind(**values) if made is None else made
    return arguments


def setting_text(value: object) -> str:
    """A value as the text of a setting, as `--set` takes it."""
    if isinstance(value, tuple | list):
        return ",".join(map(setting_text, value))
    return str(value)


def _is_for(function: Callable[..., Any], key: str, text: str) -> bool:
    """Whether a setting is for the function's own argument, and not for the field of that name in
    a dataclass among its arguments. Where both exist (`stems`, a number here, patterns there), it
    is for the function if the text is of its type."""
    if key not in inspect.signature(function).parameters:
        return False
    try:
        _value("", key, text, typing.get_type_hints(function).get(key, str))
    except UsageError:
        return False
    return True


def _value(what: str, key: str, text: str, kind: Any) -> Any:
    """`text` as a value of a type; "none" is None where the type allows it."""
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        options = [option for option in typing.get_args(kind) if option is not type(None)]
        if text.lower() == "none" and len(options) < len(typing.get_args(kind)):
            return None
        kind = options[0]
    origin = typing.get_origin(kind)
    if origin in (tuple, list):
        of = typing.get_args(kind)
        if origin is tuple and of[1:] != (...,):
            raise UsageError(f"{what}: {key} cannot be set: its type is {kind}")
        parts = [part.strip() for part in text.split(",")] if text else []
        return origin(_value(what, key, part, of[0]) for part in parts)
    if kind is bool:
        if text.lower() in ("true", "yes", "1", "false", "no", "0"):
            return text.lower() in ("true", "yes", "1")
        raise UsageError(f"{what}: {key} must be true or false, got {text!r}")
    if kind is Path:
        if not text:
            raise UsageError(f"{what}: {key} must be a path, got nothing")
        try:
            return Path(text).expanduser()
        except RuntimeError:
            raise UsageError(f"{what}: {key}: no such user: {text!r}") from None
    try:
        return kind(text)
    except ValueError:
        name = kind.__name__
        raise UsageError(f"{what}: {key} must be of type {name}, got {text!r}") from None
