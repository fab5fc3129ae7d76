"""The contract of an effect, and chains of effects.

An effect object is a processor with its settings. A field declares the range and unit of its
setting. A recipe draws from a part of that range. A shard stores the drawn number.
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.metadata import entry_points
from typing import Any, ClassVar

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.errors import BrokenPlugin, DatasetError, UnknownPlugin, UsageError
from automix_bench.settings import Settings, knob, option, text

__all__ = [
    "Chain",
    "Effect",
    "Fitted",
    "Unsuitable",
    "counterpart",
    "effect_named",
    "knob",
    "loaded_effect",
    "option",
    "text",
    "through",
]


class Unsuitable(ValueError):
    """An effect with these settings cannot process this audio, such as a pan on mono audio. The
    message says what was expected, what was given and what to do."""


@dataclass(frozen=True)
class Effect(Settings):
    """A processor with its settings. Calling it returns new audio of the same rate and shape, or
    raises `Unsuitable`. The tests check every claim that an effect makes.

    Class attributes:
        irreversible: why `inverse` is always None, in one line; empty if there is an inverse.
        inverse_db: the least signal-to-noise ratio of the round trip through the effect and its
            inverse, in dB, measured on noise at any settings.
        neutral: settings with which it changes nothing, whatever the others are; None if none
            exist.
        linear: whether the effect of a sum of sounds is the sum of the effects.
        stereo_only: whether mono audio is `Unsuitable`.
    """

    irreversible: ClassVar[str] = ""
    inverse_db: ClassVar[float] = 100.0
    neutral: ClassVar[Mapping[str, Any] | None] = None
    linear: ClassVar[bool] = False
    stereo_only: ClassVar[bool] = False

    @property
    def license(self) -> str:
        """SPDX expression of other people's sound that the result contains, such as an impulse
        response; empty if it contains none."""
        return ""

    @abstractmethod
    def __call__(self, audio: Audio) -> Audio: ...

    @abstractmethod
    def inverse(self) -> Effect | None:
        """The effect that undoes this one, or None if information is lost."""


@dataclass(frozen=True)
class Fitted(Effect):
    """An effect whose settings a normaliser chose for the sound.

    Attributes:
        effect: the effect with these settings.
        by: the name of the normaliser.
        normaliser_settings: the settings of the normaliser, as pairs of name and value.
    """

    effect: Effect
    by: str
    normaliser_settings: tuple[tuple[str, Any], ...]

    @property
    def license(self) -> str:
        return self.effect.license

    def __call__(self, audio: Audio) -> Audio:
        return self.effect(audio)

    def inverse(self) -> Effect | None:
        return self.effect.inverse()


def through(effect: Effect, audio: Audio) -> Audio:
    """Play audio through an effect, and check the result.

    Raises:
        Unsuitable: the effect cannot process this audio.
        BrokenPlugin: the effect ended the program, or the result has another rate or shape, or is
            not audio.
    """
    name = type(effect.effect if isinstance(effect, Fitted) else effect).__name__
    try:
        out: Any = effect(audio)
    except SystemExit as error:
        raise BrokenPlugin(f"the effect {name} ended the program: raise an error there") from error
    shape = f"{audio.samples.shape} at {audio.rate} Hz"
    if not isinstance(out, Audio):
        raise BrokenPlugin(f"the effect {name} must return Audio, {shape}, got {out!r}")
    if (out.samples.shape, out.rate) != (audio.samples.shape, audio.rate):
        got = f"{out.samples.shape} at {out.rate} Hz"
        raise BrokenPlugin(f"the effect {name} must return {shape}, like its input, got {got}")
    return out


@dataclass(frozen=True)
class Chain:
    """Effects in series. The empty chain changes nothing."""

    effects: tuple[Effect, ...] = ()

    def __call__(self, audio: Audio) -> Audio:
        for effect in self.effects:
            audio = through(effect, audio)
        return audio

    def __bool__(self) -> bool:
        return bool(self.effects)

    def inverse(self) -> Chain | None:
        """The inverses of all effects, in reverse order; None if one of them has no inverse."""
        inverses = [effect.inverse() for effect in reversed(self.effects)]
        existing = tuple(effect for effect in inverses if effect is not None)
        return Chain(existing) if len(existing) == len(inverses) else None


def effect_named(name: str) -> type[Effect]:
    """The class of an effect, by its name or by the path of its file.

        quieter = ab.effect("gain")(gain_db=-6.0)(audio)

    Raises:
        UnknownPlugin: there is no such effect.
        UsageError: the name belongs to something that is not an effect.
    """
    offered = plugin.load("effects", name)
    if not (isinstance(offered, type) and issubclass(offered, Effect)):
        raise UsageError(f"effect {name}: expected a class derived from Effect, got {offered!r}")
    return offered


def counterpart(effect: Effect, name: str, **settings: float) -> Effect:
    """The effect `name` with the given settings and all that it shares with `effect`.

    An effect and its inverse are plug-ins that do not import each other. Each finds the other by
    name.
    """
    kind = effect_named(name)
    shared = {one.name for one in fields(kind)} & {one.name for one in fields(effect)}
    return kind(**{one: getattr(effect, one) for one in shared}, **settings)


def loaded_effect(name: str) -> type[Effect]:
    """The class of an effect that a data set names.

    The data set chose the name, so the name may not start any code: no file is loaded and no
    package imported except what the user has loaded or installed as a plug-in. Nothing is called.

    Raises:
        UnknownPlugin: there is no such effect, or it is not loaded yet.
        DatasetError: the name belongs to something else.
    """
    module, colon, _ = name.partition(":")
    not_loaded = bool(colon) and "@" not in name and module not in sys.modules
    if name.endswith(".py") or (not_loaded and not _published(module)):
        raise UnknownPlugin(f"the effect {name} has not been loaded")
    try:
        kind = plugin.load("effects", name)
    except AttributeError as error:
        raise UnknownPlugin(f"no effect {name}: {error}") from error
    if not (isinstance(kind, type) and issubclass(kind, Effect)):
        raise DatasetError(f"{name} is no effect")
    return kind


def _published(module: str) -> bool:
    package = module.partition(".")[0]
    entries = entry_points(group="automix_bench.effects")
    return any(entry.module.partition(".")[0] == package for entry in entries)
