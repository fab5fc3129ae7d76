"""Effects, normalisers, recipes and trainings with their settings, as facts."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, is_dataclass
from typing import Any

from automix_bench import plugin
from automix_bench.consoles.settings_json import defaults_of, settings_to_json
from automix_bench.effect import Effect
from automix_bench.errors import BrokenPlugin, UsageError
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material
from automix_bench.recipe_parts.settings_from_text import settings_of
from automix_bench.sampling import as_text
from automix_bench.settings import Knob, Option, Settings
from automix_bench.training.training_settings import training_class

KINDS = ("effects", "normalisers")
"""The kinds of plug-in that have knobs."""


@dataclass(frozen=True)
class PluginEntry:
    """An effect or a normaliser.

    Attributes:
        title: the name of its class.
        summary: the first paragraph of its docstring.
        description: its docstring.
        settings: its knobs and options, by name, in order.
        defaults: the defaults of the settings that have one.
        claims: the properties that an effect declares; None for a normaliser.
    """

    name: str
    title: str
    summary: str
    description: str
    settings: Mapping[str, Knob | Option]
    defaults: Mapping[str, Any]
    claims: Claims | None

    def to_json(self) -> dict[str, Any]:
        facts = {"summary": self.summary, **settings_to_json(self.settings, self.defaults)}
        return facts | (self.claims.to_json() if self.claims else {})


@dataclass(frozen=True)
class Claims:
    """The properties that an effect declares and that tests check. `Effect` explains them."""

    linear: bool
    stereo_only: bool
    neutral: Mapping[str, Any] | None
    inverse_db: float
    irreversible: str

    @property
    def inverse(self) -> str:
        """Whether the effect can be undone, in a line."""
        if self.irreversible:
            return f"none: {self.irreversible}"
        return f"yes, its error at least {self.inverse_db:g} dB below the sound"

    @property
    def takes(self) -> str:
        """Whether the effect is linear, and whether it needs two channels."""
        linear = "linear" if self.linear else "not linear"
        return f"{linear}, stereo only" if self.stereo_only else linear

    @property
    def nothing_at(self) -> str:
        """The settings at which the effect changes nothing, in a line; empty if there are none."""
        pairs = (self.neutral or {}).items()
        return ", ".join(f"{name} {_all_alike(value)}" for name, value in pairs)

    def to_json(self) -> dict[str, Any]:
        return {
            "neutral": None if self.neutral is None else dict(self.neutral),
            "linear": self.linear,
            "stereo_only": self.stereo_only,
            "inverse_db": None if self.irreversible else self.inverse_db,
            "irreversible": self.irreversible,
        }


@dataclass(frozen=True)
class Setting:
    """A setting of a recipe.

    Attributes:
        kind: the type of its values, in words.
        default: its default, or "must be given".
        meaning: its line under `Attributes` or `Args` in its owner's docstring; may be empty.
    """

    kind: str
    default: str
    meaning: str = ""


@dataclass(frozen=True)
class RecipeEntry:
    """A recipe.

    Attributes:
        summary: the first line of its file's docstring.
        description: that docstring.
        settings: its own settings, by name.
        takes_material: whether it has the settings of `Material` too.
    """

    name: str
    summary: str
    description: str
    settings: Mapping[str, Setting] = field(default_factory=dict)
    takes_material: bool = False

    def to_json(self) -> dict[str, Any]:
        settings = {name: vars(setting) for name, setting in self.settings.items()}
        return {
            "summary": self.summary,
            "settings": settings,
            "takes_material": self.takes_material,
        }


@dataclass(frozen=True)
class TrainingEntry:
    """A training.

    Attributes:
        summary: the first paragraph of its class's docstring.
        description: that docstring.
        settings: its own and those of its schedule, by name.
        limits: what its weights are not good for; may be empty.
    """

    name: str
    version: int
    summary: str
    description: str
    settings: Mapping[str, Setting]
    limits: str = ""

    def to_json(self) -> dict[str, Any]:
        settings = {name: vars(setting) for name, setting in self.settings.items()}
        return {"version": self.version, "settings": settings, "limits": self.limits}


def entries(kind: str) -> list[PluginEntry]:
    """Every effect, or every normaliser.

    Raises:
        UsageError: plug-ins of that kind have no knobs.
    """
    if kind not in KINDS:
        raise UsageError(f"list {kind}: only {' and '.join(KINDS)} have knobs")
    return [entry(kind, name) for name in plugin.names(kind)]


def entry(kind: str, name: str) -> PluginEntry:
    """One effect or normaliser.

    Raises:
        UnknownPlugin: there is no plug-in of that name.
        BrokenPlugin: its file does not offer a class with settings.
    """
    offered = plugin.load(kind, name)
    if not isinstance(offered, type) or not issubclass(offered, Settings):
        raise BrokenPlugin(f"{name}: {kind} must be classes with settings, got {offered!r}")
    description = inspect.getdoc(offered) or ""
    return PluginEntry(
        name=name,
        title=offered.__name__,
        summary=" ".join(description.partition("\n\n")[0].split()),
        description=description,
        settings=offered.settings(),
        defaults=defaults_of(offered),
        claims=_claims(offered) if issubclass(offered, Effect) else None,
    )


def _claims(effect: type[Effect]) -> Claims:
    return Claims(
        effect.linear,
        effect.stereo_only,
        effect.neutral,
        effect.inverse_db,
        effect.irreversible,
    )


def recipes() -> list[RecipeEntry]:
    """Every recipe."""
    return [recipe(name) for name in plugin.names("recipes")]


def recipe(name: str) -> RecipeEntry:
    """One recipe. It is not built, so it needs no songs.

    Raises:
        UnknownPlugin: there is no recipe of that name.
        BrokenPlugin: its file offers neither a recipe nor a function.
    """
    offered = plugin.load("recipes", name)
    if isinstance(offered, Recipe):
        return RecipeEntry(name, offered.description.partition("\n")[0], offered.description)
    if not inspect.isfunction(offered):
        raise BrokenPlugin(f"recipe {name}: it must be a Recipe or a function, got {offered!r}")
    written = inspect.getdoc(inspect.getmodule(offered)) or inspect.getdoc(offered) or ""
    material = Material in typing.get_type_hints(offered).values()
    arguments = inspect.signature(offered).parameters  # `stems` may be one, and of `Material` too
    own = {key: one for key, one in _settings(offered).items() if key in arguments}
    return RecipeEntry(name, written.partition("\n")[0], written, own, material)


def training(name: str) -> TrainingEntry:
    """One training. Its network is not built, so it needs no torch.

    Raises:
        UnknownPlugin: there is no training of that name.
        BrokenPlugin: its file does not offer a frozen dataclass that keeps the contract.
    """
    offered = training_class(name)
    description = inspect.getdoc(offered) or ""
    summary = " ".join(description.partition("\n\n")[0].split())
    version, limits = offered.version, str(getattr(offered, "limits", ""))
    return TrainingEntry(name, version, summary, description, _settings(offered), limits)


def material_settings() -> dict[str, Setting]:
    """The settings that a recipe takes with `Material`."""
    return _settings(Material)


def _settings(function: Callable[..., Any]) -> dict[str, Setting]:
    meanings = _meanings(function)
    arguments = inspect.signature(function).parameters
    for kind in typing.get_type_hints(function).values():
        if is_dataclass(kind):
            inner = _meanings(kind)
            meanings |= {key: text for key, text in inner.items() if key not in arguments}
    return {
        name: Setting(_kind(annotation), _default(default), meanings.get(name, ""))
        for name, (annotation, default) in settings_of(function).items()
    }


def _meanings(thing: Any) -> dict[str, str]:
    """What is listed under `Attributes` or `Args` in a docstring, by name."""
    docstring = inspect.getdoc(thing) or ""
    listed = re.split(r"^(?:Attributes|Args):\n", docstring, flags=re.MULTILINE)[1:]
    lines = re.findall(r"^    (\w+(?:, \w+)*): (.*(?:\n {8}.*)*)", "".join(listed), re.MULTILINE)
    return {
        name: " ".join(meaning.split()) for names, meaning in lines for name in names.split(", ")
    }


def _kind(annotation: Any) -> str:
    """The type of a setting in words."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        parts = [part for part in typing.get_args(annotation) if part is not type(None)]
        return " or ".join(_kind(part) for part in parts)
    words = {bool: "true or false", int: "whole number", float: "number", str: "text"}
    return words.get(annotation, str(getattr(annotation, "__name__", annotation)).lower())


def _all_alike(value: Any) -> str:
    """A value in words. A row of equal numbers is given as one number."""
    if isinstance(value, tuple) and len(set(value)) == 1:
        return f"all {as_text(value[0])}"
    return as_text(value)


def _default(default: Any) -> str:
    if default is inspect.Parameter.empty or default is MISSING:
        return "must be given"
    return str(default).lower() if isinstance(default, bool) or default is None else str(default)
