"""The contract of an artifact: a fault in a sound, and the detector that finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from automix_bench.audio import Audio


@dataclass(frozen=True)
class Artifact:
    """A fault in a sound.

    Attributes:
        kind: the name of its detector's kind.
        channel: counted from 0.
        sample: the first one.
        length: in samples.
        size: in the unit of its kind.
    """

    kind: str
    channel: int
    sample: int
    length: int
    size: float


@runtime_checkable
class FindByComparison(Protocol):
    """Find the faults of an estimate that only its reference reveals."""

    def __call__(self, *, reference: Audio, estimate: Audio) -> tuple[Artifact, ...]: ...


@dataclass(frozen=True)
class Detector:
    """Finds one kind of artifact, either in a sound by itself or by comparison with a reference.

    Attributes:
        kind: the name of the kind.
        unit: of the size.
        find: in one sound; None where a reference is needed.
        compare: in an estimate; None where no reference is needed.
    """

    kind: str
    unit: str
    find: Callable[[Audio], tuple[Artifact, ...]] | None = None
    compare: FindByComparison | None = None


def in_order(artifacts: Iterable[Artifact]) -> tuple[Artifact, ...]:
    """Artifacts of one kind by their first sample, then by channel."""
    return tuple(sorted(artifacts, key=lambda one: (one.sample, one.channel)))
