"""Rank systems by what people prefer: a mixed model of scores, ranks, or choices in pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import sqrt

import numpy as np

from automix_bench.errors import UsageError
from automix_bench.listening_tests.analysis_result import Analysis, SystemPair, SystemScore
from automix_bench.listening_tests.rating import Preference, Rating
from automix_bench.listening_tests.screening import left_out_text
from automix_bench.statistics import estimate
from automix_bench.statistics.preference import covariance, strengths
from automix_bench.statistics.ranking import letters
from automix_bench.statistics.significance import LEVEL, holm, least_p
from automix_bench.statistics.variance_components import (
    NotFitted,
    VarianceComponents,
    fit_variance_components,
)

CLOSE = 1e-9
"""Relative to the largest value: smaller differences and errors are rounding errors."""


class NoBound(UsageError):
    """The strengths of some systems have no bound."""


def mixed_model(ratings: Sequence[Rating], excluded: Mapping[str, str] | None = None) -> Analysis:
    """Analyse scores by a linear mixed model.

        score = system + (1 | rater) + (1 | song) + (1 | rater:system) + (1 | song:system)

    Systems are fixed effects, the others random effects with normal distributions. The model is
    fitted by restricted maximum likelihood (`statistics.variance_components`). The last two terms
    let raters and songs differ in which system they favour. Without them the intervals would be too
    narrow, as if every rating came from a new person on a new song (Barr et al., "Random effects
    structure for confirmatory hypothesis testing: keep it maximal", 2013).

    Pairs are tested by Wald's test with Student's t. Its degrees of freedom are one less than the
    number of raters or of songs, whichever is smaller: a conservative choice. Where all rate alike,
    nothing is left to chance: p is 0 for systems with different scores, else 1.

    With one song, or where the model cannot be fitted, the ratings are analysed by ranks in its
    place, and `said` says so. Raters who have not rated every system are then left out.

    Args:
        excluded: the raters that were left out, for the report.

    Raises:
        UsageError: fewer than two raters or systems; or the model cannot be fitted, and fewer than
            two raters have rated every system.
    """
    systems, raters = _demand_several(ratings, excluded)
    songs = {r.song for r in ratings}
    try:
        if len(songs) < 2:
            raise NotFitted(f"it needs two songs, got one, {min(songs)}")
        fit = fit_of_ratings(ratings, systems)
    except NotFitted as error:
        return ranks_in_place(ratings, excluded, f"The mixed model was not fitted: {error}.")
    scored, pairs = _wald(systems, fit.means, fit.covariances, min(len(raters), len(songs)) - 1)
    parts = ", ".join(f"{name} {deviation:.3g}" for name, deviation in fit.deviations.items())
    note = f"Deviations: {parts}, rest {fit.rest:.3g}."
    return _analysis("mixed model", "score", scored, pairs, ratings, excluded, note)


def fit_of_ratings(ratings: Sequence[Rating], systems: Sequence[str]) -> VarianceComponents:
    """Fit the mixed model of `mixed_model`.

    Args:
        systems: in the order of the fitted means; each is rated.

    Raises:
        NotFitted: see `statistics.variance_components`.
    """
    return fit_variance_components(
        [r.score for r in ratings],
        [systems.index(r.system) for r in ratings],
        {
            "rater": [r.rater for r in ratings],
            "rater:system": [(r.rater, r.system) for r in ratings],
            "song": [r.song for r in ratings],
            "song:system": [(r.song, r.system) for r in ratings],
        },
    )


def ranks_in_place(
    ratings: Sequence[Rating], excluded: Mapping[str, str] | None, reason: str
) -> Analysis:
    """The analysis by ranks of the raters who rated every system, in place of another method.

    Args:
        reason: a sentence: why the other method was not used.
    """
    systems = {r.system for r in ratings}
    rated: dict[str, set[str]] = {}
    for r in ratings:
        rated.setdefault(r.rater, set()).add(r.system)
    incomplete = {
        rater: f"has not rated {', '.join(sorted(systems - own))}, which ranks need"
        for rater, own in rated.items()
        if own != systems
    }
    complete = [r for r in ratings if r.rater not in incomplete]
    left_out = {**(excluded or {}), **incomplete}
    if len(rated) - len(incomplete) < 2:
        raise UsageError(
            f"ratings: {reason} Ranks need two raters who have rated every system, got "
            f"{len(rated) - len(incomplete)}: {left_out_text(left_out)}"
        )
    analysis = rank_analysis(complete, left_out)
    return replace(analysis, said=f"{reason} Ranks are shown in its place. {analysis.said}".strip())


def rank_analysis(ratings: Sequence[Rating], excluded: Mapping[str, str] | None = None) -> Analysis:
    """Analyse scores by ranks, without assuming a distribution.

    A rater's score of a system is the mean over songs. Friedman's test over raters asks whether the
    systems differ at all; Wilcoxon's signed-rank test with Holm's correction tests each pair. The
    intervals are those of `statistics.estimate`, over raters.

    Args:
        excluded: the raters that were left out, for the report.

    Raises:
        UsageError: fewer than two raters or systems, or a rater has not rated them all.
    """
    from scipy.stats import friedmanchisquare, wilcoxon

    systems, raters = _demand_several(ratings, excluded)
    table = _rater_means(ratings, systems, raters)
    pairs = list(combinations(range(len(systems)), 2))
    differences = [table[:, a] - table[:, b] for a, b in pairs]
    p = holm([float(wilcoxon(d).pvalue) if np.any(d) else 1.0 for d in differences])
    apart = {pair for pair, value in zip(pairs, p, strict=True) if value <= LEVEL}
    groups, means = letters((-table.mean(axis=0)).tolist(), apart), table.mean(axis=0)
    notes = []
    if len(systems) > 2:
        differs = bool(np.ptp(table, axis=1).any())
        chi, least = friedmanchisquare(*table.T) if differs else (0.0, 1.0)
        notes.append(f"Friedman: chi-squared {chi:.2f}, p {least:.3g}.")
    if least_p(len(raters), len(pairs)) > LEVEL:
        notes.append(
            f"Ranks of {len(raters)} raters cannot tell any two of {len(systems)} systems apart."
        )
    intervals = [
        estimate({r: [float(v)] for r, v in zip(raters, column, strict=True)}, seed=system)
        for system, column in zip(systems, table.T, strict=True)
    ]
    scored = [
        SystemScore(s, e.value, e.low, e.high, g)
        for s, e, g in zip(systems, intervals, groups, strict=True)
    ]
    return _analysis(
        "ranks",
        "mean score",
        scored,
        _pairs(systems, pairs, means, p),
        ratings,
        excluded,
        " ".join(notes),
    )


def bradley_terry(
    choices: Sequence[Preference], excluded: Mapping[str, str] | None = None
) -> Analysis:
    """Analyse choices by the model of Bradley and Terry (1952).

        P(i is preferred to j) = 1 / (1 + exp(b_j - b_i)),   sum b = 0

    The strengths b are fitted by maximum likelihood (`preference.strengths`). Their covariance is
    the sandwich estimator with raters as clusters, because one person's choices are not independent
    (`preference.covariance`). Pairs are tested by Wald's test with Student's t, with one degree of
    freedom less than raters.

    Args:
        excluded: the raters that were left out, for the report.

    Raises:
        UsageError: fewer than two raters or systems.
        NoBound: some systems were always, or never, preferred to the rest, so that the likelihood
            has no maximum.
    """
    from scipy.sparse.csgraph import connected_components

    systems = sorted({c.better for c in choices} | {c.worse for c in choices})
    raters = sorted({c.rater for c in choices})
    if len(raters) < 2 or len(systems) < 2:
        raise UsageError(_too_few("choices", systems, raters, excluded))
    wins = np.zeros((len(raters), len(systems), len(systems)))
    for c in choices:
        wins[raters.index(c.rater), systems.index(c.better), systems.index(c.worse)] += 1.0
    if connected_components(wins.sum(axis=0) > 0.0, connection="strong")[0] > 1:
        raise NoBound(
            "choices: some systems were always preferred to some others, so that their strength "
            "has no bound: ask more people"
        )
    strength = strengths(wins.sum(axis=0))
    scored, pairs = _wald(systems, strength, covariance(wins, strength), len(raters) - 1)
    return _analysis("Bradley-Terry", "log odds", scored, pairs, choices, excluded, "")


def _demand_several(
    ratings: Sequence[Rating], excluded: Mapping[str, str] | None
) -> tuple[list[str], list[str]]:
    """The systems and the raters, in alphabetical order."""
    systems, raters = (sorted({getattr(r, name) for r in ratings}) for name in ("system", "rater"))
    if min(len(systems), len(raters)) < 2:
        raise UsageError(_too_few("ratings", systems, raters, excluded))
    return systems, raters


def _too_few(
    what: str, systems: Sequence[str], raters: Sequence[str], excluded: Mapping[str, str] | None
) -> str:
    """What is left when there are too few raters or systems, and who was left out for what."""
    counted = [
        f"{len(names)} {noun} ({', '.join(names)})" if len(names) == 1 else f"{len(names)} {noun}s"
        for names, noun in ((raters, "rater"), (systems, "system"))
    ]
    text = f"{what}: expected two raters and two systems or more, got {' and '.join(counted)}"
    if not excluded:
        return f"{text}: give the files of more raters, or look whether all of them were read"
    total = len(raters) + len(excluded)
    return (
        f"{text}: screening left out {len(excluded)} of {total} raters: {left_out_text(excluded)}: "
        "see whether --reference and --anchor name the right systems, or screen by hand"
    )


def _rater_means(
    ratings: Iterable[Rating], systems: Sequence[str], raters: Sequence[str]
) -> np.ndarray:
    """The mean score over songs, of shape (raters, systems)."""
    cells: dict[tuple[str, str], list[float]] = {}
    for r in ratings:
        cells.setdefault((r.rater, r.system), []).append(r.score)
    for rater in raters:
        if missing := [s for s in systems if (rater, s) not in cells]:
            raise UsageError(f"rater {rater} has not rated {', '.join(missing)}: leave them out")
    return np.array([[np.mean(cells[rater, system]) for system in systems] for rater in raters])


def _wald(
    systems: Sequence[str], values: np.ndarray, covariances: np.ndarray, freedom: int
) -> tuple[list[SystemScore], list[SystemPair]]:
    """Intervals of values with known covariances, and Wald's test of all pairs.

    Args:
        freedom: degrees of freedom of Student's t.
    """
    from scipy.stats import t

    pairs = list(combinations(range(len(systems)), 2))
    nothing = CLOSE * float(np.abs(values).max(initial=0.0))

    def p_of(a: int, b: int) -> float:
        variance = covariances[a, a] + covariances[b, b] - 2.0 * covariances[a, b]
        difference, error = abs(float(values[a] - values[b])), sqrt(max(float(variance), 0.0))
        if difference <= nothing:
            return 1.0
        return float(2.0 * t.sf(difference / error, freedom)) if error > nothing else 0.0

    p = holm([p_of(a, b) for a, b in pairs])
    groups = letters(
        (-values).tolist(), {pair for pair, v in zip(pairs, p, strict=True) if v <= LEVEL}
    )
    half_widths = float(t.ppf(0.975, freedom)) * np.sqrt(np.maximum(np.diag(covariances), 0.0))
    scored = [
        SystemScore(system, float(v), float(v - h), float(v + h), group)
        for system, v, h, group in zip(systems, values, half_widths, groups, strict=True)
    ]
    return scored, _pairs(systems, pairs, values, p)


def _pairs(
    systems: Sequence[str], pairs: Iterable[tuple[int, int]], values: np.ndarray, p: Sequence[float]
) -> list[SystemPair]:
    """All pairs, the system with the larger value first, sorted by p."""
    differences = []
    for (a, b), p_value in zip(pairs, p, strict=True):
        one, other = (a, b) if values[a] >= values[b] else (b, a)
        difference = float(values[one] - values[other])
        differences.append(SystemPair(systems[one], systems[other], difference, p_value))
    return sorted(differences, key=lambda pair: pair.p)


def _analysis(
    method: str,
    unit: str,
    systems: Sequence[SystemScore],
    pairs: Sequence[SystemPair],
    ratings: Sequence[Rating | Preference],
    excluded: Mapping[str, str] | None,
    note: str,
) -> Analysis:
    return Analysis(
        method=method,
        unit=unit,
        systems=tuple(sorted(systems, key=lambda s: (-s.value, s.system))),
        pairs=tuple(pairs),
        ratings=len(ratings),
        raters=len({r.rater for r in ratings}),
        excluded=excluded or {},
        said=note,
    )
