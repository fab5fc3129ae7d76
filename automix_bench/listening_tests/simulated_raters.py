"""Raters with a known taste: a proof that the board of metrics finds what people listen for.

    score = 50 + bias + 10 scale (u + d + e),   cut to 0 … 100

u is the utility of a sound: the metric that raters follow, in standard deviations within a song.
d is a liking that all raters share and the metric does not know, e an error of each rating; both
are normal. Each rater has a bias (normal, points) and a scale (log-normal), so that raters use the
scale as people do: one is kind, another uses its middle alone. Neither changes a rater's own order.

Where u and another metric are normal with correlation r, the expected tau of that metric with one
rater without error is 2/π arcsin r, and that of u itself with the mean of n raters is

    2/π arcsin(1 / sqrt(1 + d² + e²/n))

for equal scales (Kendall, "Rank correlation methods", 1948, chapter 9). The tests compare the
board with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import asin, isfinite, pi, sqrt

import numpy as np

from automix_bench.errors import UsageError
from automix_bench.listening_tests.rated_sounds import (
    Place,
    RatedSounds,
    means_by_name,
    of_cards,
)
from automix_bench.listening_tests.rating import Rating
from automix_bench.metric import Ranged
from automix_bench.sampling import rng_for
from automix_bench.scorecard import Scorecard

POINTS = 10.0
"""How many points of the scale one standard deviation of utility is worth."""
UTILITY, HALF, INDEPENDENT = "utility", "half_utility", "independent"


@dataclass(frozen=True)
class SimulatedPanel:
    """How many raters there are, and how they differ.

    Attributes:
        raters: how many.
        noise: the deviation of a rating's error, in standard deviations of utility.
        liking: that of what all raters like and the utility does not know.
        bias: the deviation of a rater's offset, in points.
        scale: the deviation of the logarithm of a rater's scale.
    """

    raters: int = 20
    noise: float = 1.0
    liking: float = 0.0
    bias: float = 5.0
    scale: float = 0.2

    def __post_init__(self) -> None:
        if self.raters < 1:
            raise UsageError(f"simulated raters: expected 1 or more, got {self.raters}")
        for name in ("noise", "liking", "bias", "scale"):
            value = getattr(self, name)
            if not (isfinite(value) and value >= 0.0):
                raise UsageError(f"simulated raters: {name}: expected 0 or more, got {value:g}")

    def expected_tau(self) -> float:
        """The expected tau of the utility with the mean over raters, for a normal utility and
        raters of equal scales."""
        return tau_of(1.0 / sqrt(1.0 + self.liking**2 + self.noise**2 / self.raters))


def tau_of(correlation: float) -> float:
    """Kendall's tau of two normal variables with this correlation: 2/π arcsin r."""
    return 2.0 / pi * asin(correlation)


def simulated_ratings(
    utility: Mapping[Place, float], panel: SimulatedPanel, seed: int = 0
) -> tuple[Rating, ...]:
    """The ratings of a panel that follows this utility, with noise.

    Args:
        utility: by place; larger is better. Places where it is not finite are not rated.

    Raises:
        UsageError: no song has two sounds of different utility.
    """
    songs: dict[str, dict[str, float]] = {}
    for (song, system), value in sorted(utility.items()):
        if isfinite(value):
            songs.setdefault(song, {})[system] = value
    spreads = [float(np.var(list(of.values()), ddof=1)) for of in songs.values() if len(of) > 1]
    if not spreads or max(spreads) <= 0.0:
        raise UsageError("simulated raters: no song has two sounds of different utility")
    spread = sqrt(float(np.mean(spreads)))
    rng = rng_for(seed, "simulated raters")
    bias = panel.bias * rng.standard_normal(panel.raters)
    scale = np.exp(panel.scale * rng.standard_normal(panel.raters))
    ratings = []
    for song, of in songs.items():
        level = np.array(list(of.values()))
        shared = (level - level.mean()) / spread + panel.liking * rng.standard_normal(len(level))
        errors = panel.noise * rng.standard_normal((panel.raters, len(level)))
        scores = 50.0 + bias[:, None] + POINTS * scale[:, None] * (shared + errors)
        for number, row in enumerate(np.clip(scores, 0.0, 100.0)):
            rater = f"simulated-{number + 1}"
            ratings += [Rating(rater, song, s, float(v)) for s, v in zip(of, row, strict=True)]
    return tuple(ratings)


def normal_scores(values: Mapping[Place, float]) -> dict[Place, float]:
    """Values of the same order within each song whose distribution is normal, whatever theirs is.

        Phi^-1((rank - 0.5) / n)

    Equal values share their mean rank. Places where the value is not finite are left out.
    """
    from scipy.stats import norm, rankdata

    songs: dict[str, list[Place]] = {}
    for place, value in values.items():
        if isfinite(value):
            songs.setdefault(place[0], []).append(place)
    return {
        place: float(norm.ppf((rank - 0.5) / len(places)))
        for places in songs.values()
        for place, rank in zip(places, rankdata([values[p] for p in places]), strict=True)
    }


def simulated_test(
    panel: SimulatedPanel, *, songs: int = 20, systems: int = 6, seed: int = 0
) -> RatedSounds:
    """A whole listening test of which everything is known, without a sound.

    The panel follows `utility`. `half_utility` is correlated with it by 0.5, so that its expected
    tau with the utility is 1/3; `independent` knows nothing of it.

    Raises:
        UsageError: fewer than one song or two systems.
    """
    if songs < 1 or systems < 2:
        raise UsageError(f"simulated test: expected songs and two systems, got {songs}, {systems}")
    rng = rng_for(seed, "simulated test")
    places = [(f"song-{s + 1:03}", f"system-{n + 1}") for s in range(songs) for n in range(systems)]
    utility, other, third = rng.standard_normal((3, len(places)))
    values = {
        UTILITY: utility,
        HALF: 0.5 * utility + sqrt(0.75) * other,
        INDEPENDENT: third,
    }
    by_place = {name: dict(zip(places, map(float, of), strict=True)) for name, of in values.items()}
    ratings = simulated_ratings(by_place[UTILITY], panel, seed)
    name = f"simulated raters who follow {UTILITY}"
    pages = {song: song for song, _ in places}
    return RatedSounds(name, ratings, by_place, pages, f"simulated test {seed}")


def simulated_on_cards(
    cards: Sequence[Scorecard],
    metrics: Sequence[Ranged],
    followed: Ranged,
    panel: SimulatedPanel,
    seed: int = 0,
) -> RatedSounds:
    """The songs and models of these cards, rated by a simulated panel that follows one metric.

    The panel follows the order of the models on each song, by `normal_scores`: values are no
    utility. The 100 dB of a perfect answer, say, would leave no difference between the others.

    Args:
        metrics: those of the board.
        followed: the metric that the panel follows.

    Raises:
        UsageError: the metric does not tell the models apart on any song.
        DatasetError: as `rated_sounds.of_cards`.
    """
    songs = {score.song for card in cards for score in card.scores}
    values = {
        (song, card.model): followed.sign * value
        for card in cards
        for song, value in means_by_name(card, followed).items()
        if song in songs
    }
    ratings = simulated_ratings(normal_scores(values), panel, seed)
    return of_cards(f"simulated raters who follow {followed.name}", ratings, cards, metrics)
