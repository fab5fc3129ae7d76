"""What people say in a listening test: a score of one system, or a choice between two."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rating:
    """One person's score, from 0 to 100, of one system on one song."""

    rater: str
    song: str
    system: str
    score: float


@dataclass(frozen=True)
class Preference:
    """One person's choice between two systems on one song."""

    rater: str
    song: str
    better: str
    worse: str
