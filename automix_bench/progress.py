"""How long work reports on itself, without knowing who listens."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Progress(Protocol):
    """Told after every step of long work."""

    def __call__(self, what: str, done: float, total: float, unit: str) -> None:
        """`done` of `total` `unit` (seconds of audio, items) of `what` are finished."""
        ...


def silent(what: str, done: float, total: float, unit: str) -> None:
    """Tell nobody."""
