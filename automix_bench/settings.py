"""Values with declared ranges: the base class of everything that a recipe can draw at random.

A class derived from `Settings` is a frozen dataclass whose fields declare their legal values:
`knob` for a number or a row of numbers, `option` for one of a few words, `text` for a name that
only the class itself understands, such as a hash.
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
        count: 0 for a single number, otherwise the length of the row of numbers.
    """

    low: float
    high: float
    unit: str
    count: int = 0

    def settled(self, owner: type, name: str, value: Any) -> float | tuple[float, ...]:
        """The checked value: a float, or a tuple of floats.

        Raises:
            ValueError: the value is out of range, or has the wrong number of numbers.
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
    """The words that a field may hold. Without words the field may hold any text."""

    words: tuple[str, ...]

    def settled(self, owner: type, name: str, value: Any) -> str:
        """The checked value.

        Raises:
            ValueError: the value is not text, or not one of the words.
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
    """Declare a dataclass field for a number: a float, or a tuple of `count` floats. A knob with a
    default may be omitted; such fields come after those without a default."""
    declared = {"setting": Knob(low, high, unit, count)}
    return (
        field(metadata=declared) if default is None else field(default=default, metadata=declared)
    )


def option(*words: str) -> Any:
    """Declare a dataclass field for one of `words`; the first word is the default."""
    return field(default=words[0], metadata={"setting": Option(words)})


def text() -> Any:
    """Declare a dataclass field for any text. It has no default."""
    return field(metadata={"setting": Option(())})


@dataclass(frozen=True)
class Settings:
    """A frozen dataclass that checks its fields against their declarations.

    Raises:
        ValueError: a value is out of range, or is not one of its field's words.
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
        """Random settings. Each setting is a sampler or a constant value. Settings with a default
        may be omitted. Settings that `jointly` draws must be omitted.

        Raises:
            TypeError: a setting is missing, or there is no setting of that name.
            ValueError: a value, or an end of a sampler that states its ends, is out of range; or
                the chance is not from 0 to 1.
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
    def takes_text(cls) -> bool:
        """Whether a field may hold any text, such as the name of a plug-in or of a response."""
        return not all(option.words for option in cls.options().values())

    @classmethod
    def required(cls) -> set[str]:
        """The settings that have no default."""
        return {f.name for f in fields(cls) if f.default is MISSING and "setting" in f.metadata}


@dataclass(frozen=True)
class Random:
    """A random effect (or normaliser): present with probability `chance`, with random settings.

    Attributes:
        knobs: a sampler for each setting that is drawn by itself.
        jointly: draws several settings at once, as a mapping; those settings are not in `knobs`.
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
        # Draw the settings even if the effect is skipped: then a change of one effect's chance
        # does not change later draws.
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
