"""How many raters and songs a listening test needs to tell two systems apart.

Scores are simulated by the model that analyses them (`analysis.mixed_model`),

    score = system + (1 | rater) + (1 | song) + (1 | rater:system) + (1 | song:system) + rest,

and each simulated test is analysed as a real one is: restricted maximum likelihood, Wald's test
with min(raters, songs) - 1 degrees of freedom, Holm's correction over all pairs of systems.

No score is drawn. Where every rater rates every system on every song, the mean squares are
sufficient, independent, and distributed as

    MS_i ~ l_i chi-squared(f_i) / f_i

    rest           l_e                            rater:system   l_rt = l_e + S k var(rater:system)
    rater          l_rt + P S k var(rater)        song:system    l_st = l_e + R k var(song:system)
    song           l_st + P R k var(song)

for R raters, S songs, P systems and k passages a song (Searle, Casella & McCulloch, "Variance
components", 1992, chapter 4). No variance is negative, so l_e <= l_rt <= l_rater and l_e <= l_st <=
l_song; the restricted likelihood is largest at the isotonic regression of the mean squares under
that order, with the degrees of freedom as weights (Robertson, Wright & Dykstra, "Order restricted
statistical inference", 1988, section 1.5). The difference of two means has the variance

    2 (l_rt + l_st - l_e) / (R S k).

Where a rater gets n of the S songs, n takes the place of S in l_rt and in the last formula, and
R n / S that of R in l_st. That is an approximation: the mean squares are then not independent.
Scores are not cut to 0 to 100. `tests/listening_tests/test_rating_power.py` compares all of this
with tests whose scores are drawn and analysed one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import inf, isfinite, sqrt

import numpy as np

from automix_bench.errors import UsageError
from automix_bench.listening_tests.analysis import fit_of_ratings
from automix_bench.listening_tests.rating import Rating
from automix_bench.sampling import rng_for
from automix_bench.statistics.balanced_components import restricted_estimates
from automix_bench.statistics.significance import LEVEL
from automix_bench.statistics.variance_components import NotFitted

TESTS = 10_000
"""How many tests are simulated; the standard error of a power is then at most 0.005."""
MOST_RATERS = 1_000
POWER = 0.8


@dataclass(frozen=True)
class RatingSpread:
    """By how much ratings differ: standard deviations, in points of a scale from 0 to 100.

    Attributes:
        rater: of raters' mean scores; it cancels in the difference of two systems.
        song: of songs' mean scores; it cancels too.
        rater_system: of how much one rater favours a system more than others do.
        song_system: of how much better a system is on one song than on others.
        rest: of what is left of a single rating.
        source: where the numbers come from.
    """

    rater: float
    song: float
    rater_system: float
    song_system: float
    rest: float
    source: str

    def __post_init__(self) -> None:
        for name in ("rater", "song", "rater_system", "song_system", "rest"):
            value = getattr(self, name)
            if not (isfinite(value) and value >= 0.0):
                raise UsageError(f"spread of ratings: {name}: expected 0 or more, got {value:g}")
        if self.rest == 0.0:
            raise UsageError("spread of ratings: rest: expected more than 0, got 0")


PUBLISHED = RatingSpread(
    rater=12.5,
    song=3.6,
    rater_system=6.0,
    song_system=9.9,
    rest=17.3,
    source="our fit of the MUSHRA ratings of 7 speech codecs on 16 sentences by 19 screened "
    "listeners, each on 8 of them (Stahl, Windtner & Sontacchi, IEEE Access 12, 2024, "
    "doi:10.1109/ACCESS.2024.3482359, CC BY 4.0): speech, not music; a pilot of your own is better",
)
"""Components of published ratings, the only raw ones under an open licence that we could read."""


@dataclass(frozen=True)
class TestDesign:
    """How large a listening test is.

    Attributes:
        systems: how many are compared with one another; without reference and anchors.
        songs_each: how many of the songs each rater gets; None for all.
        passages: how many passages of each song are rated.
    """

    __test__ = False

    raters: int
    songs: int
    systems: int = 4
    songs_each: int | None = None
    passages: int = 1

    def __post_init__(self) -> None:
        for name, least in (("raters", 2), ("songs", 2), ("systems", 2), ("passages", 1)):
            if getattr(self, name) < least:
                raise UsageError(
                    f"listening test: {name}: expected {least} or more, got {getattr(self, name)}"
                )
        if not 1 <= self.each <= self.songs:
            raise UsageError(
                f"listening test: songs for each rater: expected 1 to {self.songs}, got {self.each}"
            )

    @property
    def each(self) -> int:
        """The number of songs that one rater gets."""
        return self.songs if self.songs_each is None else self.songs_each


@dataclass(frozen=True)
class PowerOfTest:
    """What a listening test of a design finds.

    Attributes:
        power: the probability that a system which differs from all others by the difference is told
            apart from a given one of them.
        error: the standard error of `power` from the number of simulated tests.
        false_alarm: the probability that any two systems are told apart where none differ.
    """

    design: TestDesign
    difference: float
    power: float
    error: float
    false_alarm: float


def spread_of(ratings: Sequence[Rating], source: str, without: Sequence[str] = ()) -> RatingSpread:
    """The spread of a pilot's ratings, by a fit of the mixed model.

    Args:
        without: systems to leave out: the hidden reference and anchors, on which raters agree.

    Raises:
        UsageError: a system to leave out is not there, or fewer than two raters, songs or systems
            are left, or the model cannot be fitted.
    """
    systems = sorted({r.system for r in ratings})
    if missing := [name for name in without if name not in systems]:
        raise UsageError(f"{source}: nobody rated {missing[0]}: there is {', '.join(systems)}")
    rows = [r for r in ratings if r.system not in without]
    compared = sorted({r.system for r in rows})
    for what, number in (
        ("systems", len(compared)),
        ("raters", len({r.rater for r in rows})),
        ("songs", len({r.song for r in rows})),
    ):
        if number < 2:
            raise UsageError(f"{source}: a pilot wants two or more {what}, got {number}")
    try:
        fit = fit_of_ratings(rows, compared)
    except NotFitted as error:
        raise UsageError(f"{source}: the mixed model was not fitted: {error}") from error
    of = fit.deviations
    return RatingSpread(
        of["rater"], of["song"], of["rater:system"], of["song:system"], fit.rest, source
    )


def power_of_test(
    spread: RatingSpread,
    design: TestDesign,
    difference: float,
    *,
    level: float = LEVEL,
    tests: int = TESTS,
    seed: int = 0,
) -> PowerOfTest:
    """Simulate listening tests; see the file's docstring.

    Args:
        difference: between one system and all others, in points.
        level: the significance level over all pairs of systems.
    """
    if not (isfinite(difference) and difference > 0.0):
        raise UsageError(f"difference: expected more than 0 points, got {difference:g}")
    rng = rng_for(seed, "power of a listening test")
    noise, deviation = _simulated(spread, design, tests, rng)
    pairs = list(combinations(range(design.systems), 2))
    freedom = min(design.raters, design.songs) - 1
    shift = np.zeros(design.systems)
    shift[0] = difference
    told = _told_apart(noise + shift, deviation, pairs, freedom, level)
    power = float(told[:, 0].mean())
    alarm = float(_told_apart(noise, deviation, pairs, freedom, level).any(axis=1).mean())
    return PowerOfTest(design, difference, power, sqrt(power * (1.0 - power) / tests), alarm)


def raters_needed(
    spread: RatingSpread,
    design: TestDesign,
    difference: float,
    *,
    target: float = POWER,
    level: float = LEVEL,
    seed: int = 0,
) -> PowerOfTest | None:
    """The smallest number of raters, of at most `MOST_RATERS`, whose power reaches the target; None
    if no number does, because too few songs are rated.

    Args:
        design: its number of raters has no meaning.
    """
    if not 0.0 < target < 1.0:
        raise UsageError(f"power: expected a number between 0 and 1, got {target:g}")

    def at(raters: int) -> PowerOfTest:
        return power_of_test(
            spread, replace(design, raters=raters), difference, level=level, seed=seed
        )

    low, high = 1, 2
    while (best := at(high)).power < target:
        if high == MOST_RATERS:
            return None
        low, high = high, min(2 * high, MOST_RATERS)
    while high - low > 1:
        middle = (low + high) // 2
        tried = at(middle)
        if tried.power >= target:
            high, best = middle, tried
        else:
            low = middle
    return best


def least_difference(
    spread: RatingSpread,
    design: TestDesign,
    *,
    target: float = POWER,
    level: float = LEVEL,
    seed: int = 0,
) -> float:
    """The smallest difference, to a tenth of a point, whose power reaches the target; infinite if
    100 points do not."""

    def reached(tenths: int) -> bool:
        tried = power_of_test(spread, design, tenths / 10.0, level=level, seed=seed)
        return tried.power >= target

    low, high = 0, 1_000
    if not reached(high):
        return inf
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high / 10.0


def plans(
    spread: RatingSpread,
    difference: float,
    *,
    systems: int,
    songs: Sequence[int],
    songs_each: int | None = None,
    passages: int = 1,
    raters: Sequence[int] = (),
    target: float = POWER,
    level: float = LEVEL,
    seed: int = 0,
) -> list[tuple[int, PowerOfTest | None]]:
    """For each number of songs the number of raters that is needed, or None if no number is enough;
    with `raters` what each of these numbers finds.

    Args:
        songs_each: how many of the songs each rater gets; all where there are fewer.
    """
    found: list[tuple[int, PowerOfTest | None]] = []
    for count in songs:
        each = None if songs_each is None else min(songs_each, count)
        design = TestDesign(2, count, systems, each, passages)
        if not raters:
            needed = raters_needed(
                spread, design, difference, target=target, level=level, seed=seed
            )
            found.append((count, needed))
        for number in raters:
            of_size = replace(design, raters=number)
            found.append(
                (count, power_of_test(spread, of_size, difference, level=level, seed=seed))
            )
    return found


def _simulated(
    spread: RatingSpread, design: TestDesign, tests: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The errors of the systems' means, `(tests, systems)`, and the estimated standard deviation of
    a difference of two of them, of each test."""
    raters, songs, systems = design.raters, design.songs, design.systems
    ratings = design.each * design.passages  # of one system by one rater
    on_song = raters * ratings / songs  # of one system on one song
    rest = spread.rest**2
    by_rater, by_song = (
        rest + ratings * spread.rater_system**2,
        rest + on_song * (spread.song_system**2),
    )
    expected = np.array(
        [
            rest,
            by_rater,
            by_rater + systems * ratings * spread.rater**2,
            by_song,
            by_song + systems * on_song * spread.song**2,
        ]
    )
    taken = np.array(
        [(raters - 1) * (systems - 1), raters - 1, (songs - 1) * (systems - 1), songs - 1]
    )
    left = raters * ratings * systems - systems - int(taken.sum())
    if left < 1:
        raise UsageError(
            f"listening test: {raters} raters with {ratings} pages each are too few for "
            f"{songs} songs"
        )
    freedom = np.array([left, *taken])
    squares = expected * rng.chisquare(freedom, (tests, 5)) / freedom
    count = raters * ratings
    true = (by_rater + by_song - rest) / count
    noise = sqrt(true) * rng.standard_normal((tests, systems))
    estimates = restricted_estimates(squares, freedom.tolist())
    variance = 2.0 * (estimates[:, 1] + estimates[:, 2] - estimates[:, 0]) / count
    return noise, np.sqrt(variance)


def _told_apart(
    means: np.ndarray,
    deviation: np.ndarray,
    pairs: Sequence[tuple[int, int]],
    freedom: int,
    level: float,
) -> np.ndarray:
    """Whether Holm's test tells each pair apart, `(tests, pairs)`."""
    from scipy.stats import t

    first, second = np.array(pairs).T
    p = 2.0 * t.sf(np.abs(means[:, first] - means[:, second]) / deviation[:, None], freedom)
    order = np.argsort(p, axis=1)
    steps = np.arange(len(pairs), 0, -1)
    passed = np.logical_and.accumulate(np.take_along_axis(p, order, axis=1) * steps <= level, 1)
    told = np.empty_like(passed)
    np.put_along_axis(told, order, passed, axis=1)
    return told
