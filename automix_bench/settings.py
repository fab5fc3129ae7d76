"""Values with declared ranges: the base of everything a recipe can leave to chance.

A class derived from `Settings` is a frozen dataclass whose fields say what they may hold: `knob`
for a number or a row of numbers, `option` for one of a few words, `text` for a name that only its
owner understands, such as a hash.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any


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
        """The value as it is kept: a float, or a tuple of floats.

        Raises:
            ValueError: it is out of the range, or not as many numbers as wanted.
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
        if not self.low <= value <= self.high:
            raise ValueError(
                f"{owner.__name__}.{name} must lie in [{self.low}, {self.high}] {self.unit}, "
                f"got {value}"
            )

    def __str__(self) -> str:
        many = f"{self.count} of " if self.count else ""
        return f"{many}{self.low:g} to {self.high:g} {self.unit}".strip()


@dataclass(frozen=True)
class Option:
    """The words that a field may hold; any text if there are none."""

    words: tuple[str, ...]

    def settled(self, owner: type, name: str, value: Any) -> str:
        """The value as it is kept.

        Raises:
            ValueError: it is no text, or none of the words.
        """
        if not isinstance(value, str) or (self.words and value not in self.words):
            wanted = ", ".join(self.words) or "text"
            raise ValueError(f"{owner.__name__}.{name} must be one of: {wanted}, got {value!r}")
        return value

    def __str__(self) -> str:
        return " | ".join(self.words) or "text"


def knob(
    low: float, high: float, unit: str, *, count: int = 0, default: float | None = None
) -> Any:
    """Declare a dataclass field that is a knob: a float, or a tuple of `count` floats. With a
    default it may be left out, and stands after those without."""
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
    """A frozen dataclass that holds its fields to what they declare.

    Raises:
        ValueError: a value is out of its range, or no word that its field knows.
    """

    def __post_init__(self) -> None:
        for name, spec in self.settings().items():
            object.__setattr__(self, name, spec.settled(type(self), name, getattr(self, name)))

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
