"""A training by its name, with settings given as text; its settings as JSON."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from automix_bench import plugin
from automix_bench.errors import AutomixError, BrokenPlugin, UsageError
from automix_bench.recipe_parts.settings_from_text import arguments_of, parsed
from automix_bench.training.training import Schedule, Training

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def training_class(name: str) -> Any:
    """The class that a training's name stands for.

    Raises:
        UnknownPlugin: there is no such training.
        BrokenPlugin: its file offers something else.
    """
    offered = plugin.load("trainings", name)
    frozen = isinstance(offered, type) and getattr(offered, "__dataclass_params__", None)
    if not frozen or not frozen.frozen:
        raise BrokenPlugin(f"training {name}: must be a frozen dataclass, got {offered!r}")
    missing = [one for one in _members() if not hasattr(offered, one)]
    if missing:
        raise BrokenPlugin(
            f"training {name}: {offered.__name__} has no {', '.join(missing)}: see the contract in "
            "automix_bench/training/training.py"
        )
    own, version = offered.name, offered.version
    if not isinstance(own, str) or not _NAME.fullmatch(own) or not isinstance(version, int):
        raise BrokenPlugin(
            f"training {name}: wanted class attributes: name, of small letters, digits and _, and "
            f"version, a whole number; got {own!r} and {version!r}"
        )
    return offered


def training_from(name: str, settings: Sequence[str] = ()) -> Training:
    """The training `name`, with settings such as `roles=true` or `steps=2000`.

    Args:
        name: a training of ours, the path of a `.py` file, or `package.module:object`.

    Raises:
        UsageError: a setting is unknown, repeated, or not of its type; or there is no training.
    """
    made_by, what = training_class(name), f"training {name}"
    lister = f"automix-bench train {name} --help"
    given = parsed(what, settings)
    arguments = arguments_of(what, made_by, given, lister=lister)
    try:
        made: Training = made_by(**arguments)
        schedule: Any = made.schedule
    except (AutomixError, OSError):
        raise
    except (Exception, SystemExit) as error:
        message = " ".join(f"{type(error).__name__}: {error}".split())
        raise UsageError(f"{what}: cannot be made with these settings: {message}") from error
    if not isinstance(schedule, Schedule):
        raise BrokenPlugin(f"{what}: its schedule must be a Schedule, got {schedule!r}")
    return made


def settings_of(training: Training) -> dict[str, Any]:
    """The settings of a training as JSON, those of its schedule under `schedule`.

    Raises:
        UsageError: a setting is a value that JSON does not have.
    """
    return {
        field.name: _as_json(field.name, getattr(training, field.name))
        for field in dataclasses.fields(training)  # type: ignore[arg-type]
    }


def _as_json(name: str, value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _as_json(field.name, getattr(value, field.name))
            for field in dataclasses.fields(value)
        }
    if isinstance(value, list | tuple):
        return [_as_json(name, item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise UsageError(
        f"the setting {name} of a training must be text, a number, true or false, a path or None, "
        f"got {value!r}"
    )


def _members() -> tuple[str, ...]:
    return ("name", "version", "network", "prepared", "batch", "loss", "validation")
