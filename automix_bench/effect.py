"""The contract of an effect, and effects in a chain.

An effect object is a processor with its knobs set. A knob's legal range and unit are declared
once, on the field; a recipe narrows it with a sampler; a shard stores the number that was drawn.
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
    "known",
    "option",
    "text",
    "through",
]


class Unsuitable(ValueError):
    """Audio that an effect with these knobs cannot take: mono for a pan, a rate too low for a
    filter's frequency. The message says what was wanted, what came and what to do."""


@dataclass(frozen=True)
class Effect(Settings):
    """A processor with its knobs set. Calling it returns new audio of the same rate and shape,
    or raises `Unsuitable`. What it claims of itself, the tests try.

    Class attributes:
        irreversible: why `inverse` is always None, in one line; empty where there is an inverse.
        inverse_db: how far above the error of the round trip the sound lies, through the effect
            and its inverse, in dB (signal to noise), on noise, whatever the knobs.
        neutral: the settings at which it changes nothing, whatever the others are; None where
            there are none.
        linear: whether the sum of two sounds gives the sum of what they give.
        stereo_only: whether mono audio is `Unsuitable`.
    """

    irreversible: ClassVar[str] = ""
    inverse_db: ClassVar[float] = 100.0
    neutral: ClassVar[Mapping[str, Any] | None] = None
    linear: ClassVar[bool] = False
    stereo_only: ClassVar[bool] = False

    @property
    def license(self) -> str:
        """SPDX expression of what else of somebody's is heard in the result, an impulse response
        for instance; empty if nothing is."""
        return ""

    @abstractmethod
    def __call__(self, audio: Audio) -> Audio: ...

    @abstractmethod
    def inverse(self) -> Effect | None:
        """The effect that undoes this one, or None where information is lost."""


@dataclass(frozen=True)
class Fitted(Effect):
    """An effect whose knobs were found on the sound it took, and what was wanted of them.

    Attributes:
        effect: with the knobs that were found.
        by: the normaliser that found them.
        wanted: its settings, as pairs of name and value.
    """

    effect: Effect
    by: str
    wanted: tuple[tuple[str, Any], ...]

    @property
    def license(self) -> str:
        return self.effect.license

    def __call__(self, audio: Audio) -> Audio:
        return self.effect(audio)

    def inverse(self) -> Effect | None:
        return self.effect.inverse()


def through(effect: Effect, audio: Audio) -> Audio:
    """The audio as it leaves the effect.

    Raises:
        Unsuitable: the effect cannot take it.
        BrokenPlugin: what came back has another rate or shape, or is no audio; or the effect ended
            the program.
    """
    name = type(effect.effect if isinstance(effect, Fitted) else effect).__name__
    try:
        out: Any = effect(audio)
    except SystemExit as error:
        raise BrokenPlugin(f"the effect {name} ended the program: raise an error there") from error
    shape = f"{audio.samples.shape} at {audio.rate} Hz"
    if not isinstance(out, Audio):
        raise BrokenPlugin(f"the effect {name} must give back Audio, {shape}, got {out!r}")
    if (out.samples.shape, out.rate) != (audio.samples.shape, audio.rate):
        got = f"{out.samples.shape} at {out.rate} Hz"
        raise BrokenPlugin(f"the effect {name} must give back {shape}, as it took, got {got}")
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
        """Each effect undone, last first; None if any of them cannot be."""
        undone = [effect.inverse() for effect in reversed(self.effects)]
        known = tuple(effect for effect in undone if effect is not None)
        return Chain(known) if len(known) == len(undone) else None


def effect_named(name: str) -> type[Effect]:
    """The class of the effect of a name, or of the path of a file.

        quieter = ab.effect("gain")(gain_db=-6.0)(audio)

    Raises:
        UnknownPlugin: there is no such effect.
        UsageError: what the name stands for is no effect.
    """
    offered = plugin.load("effects", name)
    if not (isinstance(offered, type) and issubclass(offered, Effect)):
        raise UsageError(f"effect {name}: expected a class of effects, got {offered!r}")
    return offered


def counterpart(effect: Effect, name: str, **settings: float) -> Effect:
    """The effect `name` that undoes another, with all settings that the two share, and these.

    An effect and its inverse are two plug-ins that do not import each other: each names the other.
    """
    kind = effect_named(name)
    shared = {one.name for one in fields(kind)} & {one.name for one in fields(effect)}
    return kind(**{one: getattr(effect, one) for one in shared}, **settings)


def known(name: str) -> type[Effect]:
    """The class of an effect that a data set names.

    Whoever wrote the data set chose the name, so no file is loaded and no package imported because
    of it, but what the user has loaded, or has installed as a plug-in; and nothing is called.

    Raises:
        UnknownPlugin: there is no such effect, or not yet.
        DatasetError: the name stands for something else.
    """
    module, refers, _ = name.partition(":")
    theirs = bool(refers) and "@" not in name and module not in sys.modules
    if name.endswith(".py") or (theirs and not _published(module)):
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
