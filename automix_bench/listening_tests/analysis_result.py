"""The result of a listening test: each system's value, and which pairs differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from automix_bench.statistics.significance import LEVEL


@dataclass(frozen=True)
class SystemScore:
    """A system's value with its 95 % interval.

    Attributes:
        group: letters; systems that share one cannot be told apart (see `ranking.letters`).
    """

    system: str
    value: float
    low: float
    high: float
    group: str


@dataclass(frozen=True)
class SystemPair:
    """The difference between two systems.

    Attributes:
        one: the system with the larger value.
        p: after Holm's correction over all pairs.
    """

    one: str
    other: str
    difference: float
    p: float

    @property
    def sure(self) -> bool:
        """Whether the two differ at the 5 % level after the correction."""
        return self.p <= LEVEL


@dataclass(frozen=True)
class Analysis:
    """The systems, best first, and all their pairs, by p.

    Attributes:
        method: the name of the method.
        unit: of the systems' values.
        ratings, raters: how many of each were analysed.
        excluded: the raters that were left out, and why.
        said: sentences on further results of the method, and on why it took another's place; may be
            empty.
        training: the names of the training pages, which were left out.
        unread: the files that were not read, and why.
    """

    method: str
    unit: str
    systems: tuple[SystemScore, ...]
    pairs: tuple[SystemPair, ...]
    ratings: int
    raters: int
    excluded: Mapping[str, str]
    said: str
    training: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
