"""Values with declared ranges: the base of everything that a recipe can draw at random.

A class derived from `Settings` is a frozen dataclass whose fields say what they may hold: `knob`
for a number or a row of numbers, `option` for one of a few words, `text` for a name that only its
owner understands, such as a hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from numbers import Real
from typing import Any

import numpy as np

from automix_bench.distributions.plain import Constant
from automix_bench.errors import UsageError
from automix_bench.sampling import Bounded, Joint, Sampler


@dataclass(frozen=True)
class Knob:
    """The legal range of a number, both ends included, and its unit.

    Attributes:
        count: 0 for a single number; else the knob is a row of that many.
    """

    low: float
    high: float
    unit: str
    count: int = 0

    def settled(self, owner: type, name: str, value: Any) -> float | tuple[float, ...]:
        """The checked value: a float, or a tuple of floats.

        Raises:
            ValueError: it is out of the range, or not the declared number of numbers.
        """
        if not self.count:
            self._demand(owner, name, value)
            return float(value)
        row = tuple(value) if isinstance(value, list | tuple) else ()
        if len(row) != self.count:
            raise ValueError(f"{owner.__name__}.{name} must be {self.count} numbers, got {value!r}")
        for number in row:
            self._demand(owner, name, number)
        return tuple(float(number) for number in row)

    def _demand(self, owner: type, name: str, value: Any) -> None:
        number = isinstance(value, Real)
        if not number or not self.low <= value <= self.high:
            raise ValueError(
                f"{owner.__name__}.{name} must lie in [{self.low}, {self.high}] {self.unit}, "
                f"got {value if number else repr(value)}"
            )

    def __str__(self) -> str:
        many = f"{self.count} of " if self.count else ""
        return f"{many}{self.low:g} to {self.high:g} {self.unit}".strip()


@dataclass(frozen=True)
class Option:
    """The words that a field may hold. Without words it holds any text."""

    words: tuple[str, ...]

    def settled(self, owner: type, name: str, value: Any) -> str:
        """The checked value.

        Raises:
            ValueError: it is no text, or none of the words.
        """
        if not isinstance(value, str) or (self.words and value not in self.words):
            words = ", ".join(self.words) or "text"
            raise ValueError(f"{owner.__name__}.{name} must be one of: {words}, got {value!r}")
        return value

    def __str__(self) -> str:
        return " | ".join(self.words) or "text"


def knob(
    low: float, high: float, unit: str, *, count: int = 0, default: float | None = None
) -> Any:
    """Declare a dataclass field that is a knob: a float, or a tuple of `count` floats. A knob with
    a default may be omitted; such fields stand after those without."""
    declared = {"setting": Knob(low, high, unit, count)}
    return (
        field(metadata=declared) if default is None else field(default=default, metadata=declared)
    )


def option(*words: str) -> Any:
    """Declare a dataclass field that holds one of `words`; the first is its default."""
    return field(default=words[0], metadata={"setting": Option(words)})


def text() -> Any:
    """Declare a dataclass field that holds any text, and must be given."""
    return field(metadata={"setting": Option(())})


@dataclass(frozen=True)
class Settings:
    """A frozen dataclass that checks its fields against what they declare.

    Raises:
        ValueError: a value is out of its range, or no word that its field knows.
    """

    def __post_init__(self) -> None:
        for name, spec in self.settings().items():
            object.__setattr__(self, name, spec.settled(type(self), name, getattr(self, name)))

    @classmethod
    def random(
        cls,
        *,
        chance: float = 1.0,
        jointly: Joint | None = None,
        **settings: Any,
    ) -> Random:
        """Random settings. Each is a sampler or a constant value. Settings with a default may be
        omitted. Settings that `jointly` draws must be omitted.

        Raises:
            TypeError: a setting is missing, or there is none of that name.
            ValueError: a value, or an end of a sampler that knows its ends, is out of its range;
                or the chance is not from 0 to 1.
        """
        known = cls.settings()
        together = jointly.names if isinstance(jointly, Joint) else ()
        missing = cls.required() - settings.keys() - set(together)
        twice = settings.keys() & set(together)
        if missing or twice or {*settings, *together} - known.keys():
            given_names = sorted([*settings, *together])
            raise TypeError(f"{cls.__name__} has the knobs {sorted(known)}, got {given_names}")
        given = {name: settings[name] for name in known if name in settings}
        samplers = {name: _sampler(cls, name, value) for name, value in given.items()}
        if isinstance(jointly, Joint):
            for name in together:
                _sampler(cls, name, jointly.marginal(name))
        return Random(cls, samplers, chance, jointly)

    @classmethod
    def settings(cls) -> dict[str, Knob | Option]:
        """Every declared field, by name, in order."""
        return {f.name: f.metadata["setting"] for f in fields(cls) if "setting" in f.metadata}

    @classmethod
    def knobs(cls) -> dict[str, Knob]:
        """Every knob, by name, in the order declared."""
        return {name: spec for name, spec in cls.settings().items() if isinstance(spec, Knob)}

    @classmethod
    def options(cls) -> dict[str, Option]:
        """Every field that holds a word or a text, by name, in the order declared."""
        return {name: spec for name, spec in cls.settings().items() if isinstance(spec, Option)}

    @classmethod
    def required(cls) -> set[str]:
        """The settings that have no default."""
        return {f.name for f in fields(cls) if f.default is MISSING and "setting" in f.metadata}


@dataclass(frozen=True)
class Random:
    """A random effect (or normaliser): present with probability `chance`, its settings drawn.

    Attributes:
        knobs: a sampler for each setting that is drawn by itself.
        jointly: draws several settings at once, as a mapping; those are not in `knobs`.
    """

    effect: type[Settings]
    knobs: Mapping[str, Sampler[Any]]
    chance: float = 1.0
    jointly: Joint | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.chance <= 1.0:
            name = self.effect.__name__
            raise ValueError(f"{name}: a chance lies from 0 to 1, got {self.chance}")

    def sample(self, rng: np.random.Generator) -> Any:
        # Draw the knobs even when the effect is skipped, so that changing one effect's
        # chance leaves every later draw as it was.
        settings = {name: sampler.sample(rng) for name, sampler in self.knobs.items()}
        if self.jointly is not None:
            settings |= self.jointly.sample(rng)
        played = rng.random() < self.chance
        try:
            effect = self.effect(**settings)
        except (ValueError, TypeError) as error:
            raise UsageError(f"a recipe drew settings that its effect refuses: {error}") from error
        return effect if played else None


def _sampler(owner: type[Settings], name: str, value: Any) -> Sampler[Any]:
    spec = owner.settings()[name]
    if not isinstance(value, Sampler):
        return Constant(spec.settled(owner, name, value))
    for end in value.ends() if isinstance(value, Bounded) else ():
        many = spec.count if isinstance(spec, Knob) and not isinstance(end, tuple) else 0
        spec.settled(owner, name, (end,) * many if many else end)
    return value
