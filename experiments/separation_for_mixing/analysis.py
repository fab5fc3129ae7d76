"""From scorecards to answers: differences between arms, with intervals over songs and seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan
from typing import Any

import numpy as np

from automix_bench.statistics import Estimate
from automix_bench.statistics.significance import holm
from experiments.separation_for_mixing.redraws import (
    Arm,
    Redrawn,
    Table,
    common_songs,
    redrawn,
    seeds_of,
)

AFTERWARDS: tuple[tuple[Arm, Arm, str], ...] = (
    (("T4", 100), ("T4", 200), "100 more true songs, as groups"),
    (("T4", 100), ("M", 200), "89 separated songs more beside 111 true ones, in place of 100"),
    (("W4", 200), ("S4-6-grain", 200), "musical noise at 6 dB SDR in place of no errors"),
)
"""Steps that were asked for after the first results: nothing about them was fixed before."""


@dataclass(frozen=True)
class Step:
    """The difference between two arms: the value of `after` minus that of `before`. Metrics here
    are distances, so a difference above 0 says that `after` mixes worse.

    Attributes:
        p: two-sided, of the bootstrap; corrected by Holm's method where it is one of several.
        seeds: how many of each arm.
        beyond: the difference minus the margin, both redrawn together; None where there is no
            margin, as when training gains nothing.
    """

    before: str
    after: str
    what: str
    difference: Estimate
    p: float
    seeds: tuple[int, int]
    beyond: Estimate | None = None

    @property
    def inferior(self) -> bool:
        return self.beyond is not None and self.beyond.low > 0.0

    @property
    def not_inferior(self) -> bool:
        return self.beyond is not None and self.beyond.high < 0.0

    @property
    def verdict(self) -> str:
        """What the difference says, in words."""
        if isnan(self.difference.low):
            return "no interval"
        if self.difference.high < 0.0:
            return "better"
        if self.inferior:
            return "worse by more than the margin"
        if self.not_inferior:
            return "worse, within the margin" if self.difference.low > 0.0 else "within the margin"
        if self.difference.low > 0.0:
            return "worse" if self.beyond is None else "worse, perhaps within the margin"
        return "not decided"


@dataclass(frozen=True)
class Answers:
    """What the report shows.

    Attributes:
        gain: of arm T over `equal_loudness`; the margin is a share of it.
        margin: in dB; None if T gains nothing for sure.
        ladder, also: the steps that were fixed; those of the ladder are corrected together.
        afterwards: steps that were not.
        beside: every arm beside `equal_loudness`.
        kept: by arm, the share of T's gain that it has.
        curve: by arm and number of songs, the mean value.
        means: of every arm at the main number of songs, and of models that were not trained here.
        equivalent: by two arms and a number of songs of the first, how many of the second train
            as well.
    """

    gain: Step | None
    margin: float | None = None
    ladder: Sequence[Step] = ()
    also: Sequence[Step] = ()
    afterwards: Sequence[Step] = ()
    beside: Sequence[Step] = ()
    kept: Mapping[str, Estimate] = field(default_factory=dict)
    curve: Mapping[Arm, Estimate] = field(default_factory=dict)
    means: Mapping[str, Estimate] = field(default_factory=dict)
    equivalent: Mapping[tuple[str, str], Mapping[int, Estimate]] = field(default_factory=dict)


@dataclass(frozen=True)
class Margin:
    """A share of how much nearer `after` is than `before`."""

    before: Arm
    after: Arm
    share: float


def answers_of(table: Table, fixed: Mapping[str, Any], size: int) -> Answers:
    """The answers that a table gives, as far as it has the arms.

    Args:
        fixed: `fixed.json`.
        size: the number of songs of the ladder.
    """
    one, name = fixed["margin"]["of"]
    floor, share = (name, 0), fixed["margin"]["share"]
    gain = step_between(table, floor, (one, size), "what training gains", fixed)
    gains = gain is not None and gain.difference.high < 0.0
    margin = Margin(floor, (one, size), share) if gains else None

    def steps(of: Sequence[tuple[Arm, Arm, str]], margin: Margin | None = margin) -> list[Step]:
        made = [step_between(table, *step, fixed, margin) for step in of]
        return [step for step in made if step is not None]

    def planned(of: Sequence[Sequence[str]]) -> list[tuple[Arm, Arm, str]]:
        return [((before, size), (after, size), what) for before, after, what in of]

    ladder = steps(planned(fixed["ladder"]))
    corrected = holm([step.p for step in ladder])
    ladder = [replace(step, p=p) for step, p in zip(ladder, corrected, strict=True)]
    arms = sorted({(arm, songs) for arm, songs, _ in table})
    estimates = {arm: _mean(table, arm, fixed) for arm in arms}
    trained = [arm for arm in arms if arm[1] == size]
    return Answers(
        gain,
        share * -gain.difference.value if gain is not None and gains else None,
        ladder,
        steps(planned(fixed["also"])),
        steps(AFTERWARDS),
        steps([(floor, arm, arm[0]) for arm in trained], None),
        {arm[0]: _kept(table, floor, arm, (one, size), fixed) for arm in trained} if gains else {},
        {arm: value for arm, value in estimates.items() if arm[0] in fixed["curves"]},
        {arm[0]: value for arm, value in estimates.items() if arm[1] in (0, size)},
        {
            (of, to): sizes_equivalent(table, of, to, fixed)
            for of, to in (("S4-6", "T"), ("W4", "T"), ("S4-6", "W4"))
        },
    )


def step_between(
    table: Table,
    before: Arm,
    after: Arm,
    what: str,
    fixed: Mapping[str, Any],
    margin: Margin | None = None,
) -> Step | None:
    """The difference of two arms, with its interval for other songs and seeds; None if one of them
    is not there. The margin is as uncertain as the gain that it is a share of, so it is redrawn
    too."""
    if not (seeds_of(table, before) and seeds_of(table, after)):
        return None
    songs = common_songs(table, before, after, *([margin.before, margin.after] if margin else []))
    mean = {
        arm: redrawn(table, arm, songs, fixed["resamples"])
        for arm in (before, after, *((margin.before, margin.after) if margin else ()))
    }
    difference, beyond = mean[after] - mean[before], None
    if margin is not None:
        room = (mean[margin.before] - mean[margin.after]).times(margin.share)
        beyond = (difference - room).estimate(fixed["level"])
    seeds = (seeds_of(table, before), seeds_of(table, after))
    estimate = difference.estimate(fixed["level"])
    return Step(before[0], after[0], what, estimate, difference.p, seeds, beyond)


def sizes_equivalent(
    table: Table, of: str, to: str, fixed: Mapping[str, Any]
) -> dict[int, Estimate]:
    """How many songs of arm `to` train as well as so many of arm `of`: where the curve of `to`,
    which may only fall, crosses that value, by straight lines over the logarithm of the number of
    songs. 0 says fewer than were tried, infinity more."""
    sizes = {arm: sorted({key[1] for key in table if key[0] == arm}) for arm in (of, to)}
    if not sizes[of] or len(sizes[to]) < 2:
        return {}
    arms = [(arm, size) for arm in (of, to) for size in sizes[arm]]
    songs = common_songs(table, *arms)
    means = {arm: redrawn(table, arm, songs, fixed["resamples"]) for arm in arms}
    curve = [means[to, size] for size in sizes[to]]
    answers = {}
    for size in sizes[of]:
        one = means[of, size]
        there = np.array([[point.value] for point in curve])
        value = _crossing(there, sizes[to], np.array([one.value]))
        draws = _crossing(np.stack([point.draws for point in curve]), sizes[to], one.draws)
        answers[size] = Redrawn(float(value[0]), draws, len(songs)).estimate(fixed["level"])
    return answers


def _crossing(curve: np.ndarray, sizes: Sequence[int], wanted: np.ndarray) -> np.ndarray:
    """Where each column of `(sizes, draws)` crosses each of `(draws,)`."""
    falling = np.minimum.accumulate(curve, axis=0)
    found = np.where(wanted > falling[0], 0.0, np.inf)
    for place in reversed(range(len(sizes) - 1)):  # the smallest number stays
        above, below = falling[place], falling[place + 1]
        inside = (wanted <= above) & (wanted >= below)
        room = np.where(above > below, above - below, 1.0)
        share = np.where(above > below, (above - wanted) / room, 0.0)
        between = sizes[place] * (sizes[place + 1] / sizes[place]) ** share
        found = np.where(inside, between, found)
    return found


def _mean(table: Table, arm: Arm, fixed: Mapping[str, Any]) -> Estimate:
    songs = common_songs(table, arm)
    return redrawn(table, arm, songs, fixed["resamples"]).estimate(fixed["level"])


def _kept(table: Table, floor: Arm, arm: Arm, best: Arm, fixed: Mapping[str, Any]) -> Estimate:
    """The share of the gain of `best` over the floor that an arm has."""
    arms = (floor, arm, best)
    songs = common_songs(table, *arms)
    start, own, whole = (redrawn(table, one, songs, fixed["resamples"]) for one in arms)
    return ((start - own) / (start - whole)).estimate(fixed["level"])
