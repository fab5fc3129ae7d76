"""In a model's box: the model, with settings that come with each brief.

The text of a brief is an order as JSON: `settings`, those that are asked for, and `text`, the text
that the model is shown. The answer's `values` are the settings that the model then has, each after
its kind, and the model's own numbers.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from automix_bench.isolation.host import loaded_model
from automix_bench.model import Answer, Brief

SWITCH, COUNT, NUMBER = "switch", "count", "number"
ANSWERED = "="
"""Stands before the name of a number that the model returns."""


class Adjusted:
    """A model that is asked with settings."""

    def __init__(self, model: Any) -> None:
        """
        Args:
            model: itself, or the name of a plug-in.
        """
        self._model = loaded_model(model) if isinstance(model, str) else model

    def __call__(self, brief: Brief) -> Answer:
        order = json.loads(brief.text or "{}")
        model = with_settings(self._model, order.get("settings", {}))
        shown = dataclasses.replace(brief, text=order.get("text"))
        answer: Answer = model(shown)
        numbers = {f"{ANSWERED} {name}": value for name, value in answer.values.items()}
        return dataclasses.replace(answer, values={**numbers, **values_of(settings_of(model))})


def settings_of(model: Any) -> dict[str, bool | int | float]:
    """The settings of a model: its mapping `settings`, else the fields of a dataclass."""
    stated = getattr(model, "settings", None)
    if isinstance(stated, Mapping):
        values = dict(stated)
    elif dataclasses.is_dataclass(model):
        values = {
            one.name: getattr(model, one.name) for one in dataclasses.fields(model) if one.init
        }
    else:
        values = {}
    return {str(name): value for name, value in values.items() if isinstance(value, int | float)}


def with_settings(model: Any, asked: Mapping[str, Any]) -> Any:
    """The model with other settings: by its own `with_settings`, else as a dataclass."""
    if not asked:
        return model
    if hasattr(model, "with_settings"):
        return model.with_settings(**asked)
    return dataclasses.replace(model, **asked)


def values_of(settings: Mapping[str, bool | int | float]) -> dict[str, float]:
    """Settings as the values of an answer: each name after its kind."""
    return {f"{kind_of(value)} {name}": float(value) for name, value in settings.items()}


def kind_of(value: bool | int | float) -> str:
    """Whether a setting is a switch, a count or a number."""
    if isinstance(value, bool):
        return SWITCH
    return COUNT if isinstance(value, int) else NUMBER


def settings_from(values: Mapping[str, float]) -> dict[str, bool | int | float]:
    """The settings of the values that `values_of` made."""
    make: dict[str, Any] = {SWITCH: bool, COUNT: int, NUMBER: float}
    pairs = (name.partition(" ") for name in values)
    return {name: make[kind](values[f"{kind} {name}"]) for kind, _, name in pairs if kind in make}


def numbers_from(values: Mapping[str, float]) -> dict[str, float]:
    """The model's own numbers, of the values of an `Adjusted` model."""
    pairs = (name.partition(" ") for name in values)
    return {name: values[f"{kind} {name}"] for kind, _, name in pairs if kind == ANSWERED}
