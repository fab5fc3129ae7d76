"""Which systems people prefer: by a mixed model of scores, by ranks, or by choices in pairs."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import nan, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.errors import MissingPart, UsageError
from automix_bench.listening_tests.ratings import Preference, Rating, preferences, read_preferences
from automix_bench.listening_tests.screening import read_screened
from automix_bench.statistics import estimate
from automix_bench.statistics.preference import covariance, strengths
from automix_bench.statistics.ranking import letters
from automix_bench.statistics.significance import LEVEL, holm


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
        said: a sentence on further results of the method; may be empty.
    """

    method: str
    unit: str
    systems: tuple[SystemScore, ...]
    pairs: tuple[SystemPair, ...]
    ratings: int
    raters: int
    excluded: Mapping[str, str]
    said: str


def mixed_model(ratings: Sequence[Rating], excluded: Mapping[str, str] | None = None) -> Analysis:
    """Analyse scores by a linear mixed model.

        score = system + (1 | rater) + (1 | song) + (1 | rater:system) + (1 | song:system)

    Systems are fixed effects, the others random effects with normal distributions. The model is
    fitted by restricted maximum likelihood (statsmodels). The last two terms let raters and songs
    differ in which system they favour. Without them the intervals would be too narrow, as if every
    rating came from a new person on a new song (Barr et al., "Random effects structure for
    confirmatory hypothesis testing: keep it maximal", 2013).

    Pairs are tested by Wald's test with Student's t. Its degrees of freedom are one less than the
    number of raters or of songs, whichever is smaller: a conservative choice.

    Args:
        excluded: the raters that were left out, for the report.

    Raises:
        UsageError: fewer than two raters, songs or systems.
        MissingPart: statsmodels is not installed.
    """
    systems, raters = _demand_several(ratings)
    fit, notes = _fitted(ratings, systems)
    means = np.asarray(fit.fe_params, np.float64)
    covariances = np.asarray(fit.cov_params(), np.float64)[: len(systems), : len(systems)]
    parts = ", ".join(
        f"{name.replace('_', ':')} {sqrt(max(float(v), 0.0)):.3g}"
        for name, v in zip(fit.model.exog_vc.names, fit.vcomp, strict=True)
    )
    scored, pairs = _wald(
        systems, means, covariances, min(len(raters), len({r.song for r in ratings})) - 1
    )
    note = f"Deviations: {parts}, rest {sqrt(float(fit.scale)):.3g}.{notes}"
    return _analysis("mixed model", "score", scored, pairs, ratings, excluded, note)


def _fitted(ratings: Sequence[Rating], systems: Sequence[str]) -> tuple[Any, str]:
    """The fit of statsmodels, and its warnings if it did not converge."""
    try:
        import pandas as pd
        from statsmodels.regression.mixed_linear_model import MixedLM
    except ImportError as error:
        install = 'pip install "automix-bench[ratings]"'
        raise MissingPart("the mixed model", "statsmodels", install) from error
    frame = pd.DataFrame(
        [(r.score, systems.index(r.system), r.rater, r.song) for r in ratings],
        columns=["score", "system", "rater", "song"],
    )
    parts = {
        "rater": "0 + C(rater)",
        "song": "0 + C(song)",
        "rater_system": "0 + C(rater):C(system)",
        "song_system": "0 + C(song):C(system)",
    }
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = MixedLM.from_formula(
            "score ~ 0 + C(system)", frame, vc_formula=parts, groups=np.ones(len(frame))
        )
        fit = model.fit(reml=True, method=["lbfgs", "powell"])
    notes = sorted({str(w.message).splitlines()[0] for w in caught if not fit.converged})
    return fit, "".join(f" Not converged: {note}." for note in notes)


def rank_analysis(ratings: Sequence[Rating], excluded: Mapping[str, str] | None = None) -> Analysis:
    """Analyse scores by ranks, without assuming a distribution.

    A rater's score of a system is the mean over songs. Friedman's test over raters asks whether the
    systems differ at all; Wilcoxon's signed-rank test with Holm's correction tests each pair. The
    intervals are those of `statistics.estimate`, over raters.

    Args:
        excluded: the raters that were left out, for the report.

    Raises:
        UsageError: fewer than two raters, songs or systems, or a rater has not rated them all.
    """
    from scipy.stats import friedmanchisquare, wilcoxon

    systems, raters = _demand_several(ratings)
    table = _rater_means(ratings, systems, raters)
    pairs = list(combinations(range(len(systems)), 2))
    differences = [table[:, a] - table[:, b] for a, b in pairs]
    p = holm([float(wilcoxon(d).pvalue) if np.any(d) else 1.0 for d in differences])
    apart = {pair for pair, value in zip(pairs, p, strict=True) if value <= LEVEL}
    groups, means = letters((-table.mean(axis=0)).tolist(), apart), table.mean(axis=0)
    note = ""
    if len(systems) > 2:
        chi = friedmanchisquare(*table.T)
        note = f"Friedman: chi-squared {chi.statistic:.2f}, p {chi.pvalue:.3g}."
    intervals = [
        estimate({r: [float(v)] for r, v in zip(raters, column, strict=True)}, seed=system)
        for system, column in zip(systems, table.T, strict=True)
    ]
    scored = [
        SystemScore(s, e.value, e.low, e.high, g)
        for s, e, g in zip(systems, intervals, groups, strict=True)
    ]
    return _analysis(
        "ranks", "mean score", scored, _pairs(systems, pairs, means, p), ratings, excluded, note
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
        UsageError: fewer than two raters or systems; or some systems were always, or never,
            preferred to the rest, so that the likelihood has no maximum.
    """
    from scipy.sparse.csgraph import connected_components

    systems = sorted({c.better for c in choices} | {c.worse for c in choices})
    raters = sorted({c.rater for c in choices})
    if len(raters) < 2 or len(systems) < 2:
        raise UsageError(
            f"choices: wanted two raters and two systems, got {len(raters)} and {len(systems)}"
        )
    wins = np.zeros((len(raters), len(systems), len(systems)))
    for c in choices:
        wins[raters.index(c.rater), systems.index(c.better), systems.index(c.worse)] += 1.0
    if connected_components(wins.sum(axis=0) > 0.0, connection="strong")[0] > 1:
        raise UsageError(
            "choices: some systems were always preferred to some others, so their strength has no "
            "bound: ask more people, or take --analysis ranks"
        )
    strength = strengths(wins.sum(axis=0))
    scored, pairs = _wald(systems, strength, covariance(wins, strength), len(raters) - 1)
    return _analysis("Bradley-Terry", "log odds", scored, pairs, choices, excluded, "")


def _demand_several(ratings: Sequence[Rating]) -> tuple[list[str], list[str]]:
    """The systems and the raters, in alphabetical order."""
    systems, raters, songs = (
        sorted({getattr(r, name) for r in ratings}) for name in ("system", "rater", "song")
    )
    if min(len(systems), len(raters), len(songs)) < 2:
        raise UsageError(
            f"ratings: wanted two systems, two raters and two songs or more, got {len(systems)}, "
            f"{len(raters)} and {len(songs)}"
        )
    return systems, raters


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
    errors = [
        sqrt(max(covariances[a, a] + covariances[b, b] - 2.0 * covariances[a, b], 0.0))
        for a, b in pairs
    ]
    p = holm(
        [
            float(2.0 * t.sf(abs(values[a] - values[b]) / error, freedom)) if error > 0.0 else nan
            for (a, b), error in zip(pairs, errors, strict=True)
        ]
    )
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


def analysed(
    paths: Sequence[Path],
    method: str,
    *,
    reference: str | None = None,
    anchor: str | None = None,
    axis: str | None = None,
) -> Analysis:
    """Read the files of a listening test, screen the raters, and analyse the rest.

    Args:
        method: "mixed" (`mixed_model`), "ranks" (`rank_analysis`) or "pairs" (`bradley_terry`, on
            choices, or on the choices that scores imply).
        reference, anchor: see `screening.screened`; None for no screening.
        axis: the question to read, of a test that asks several at once.

    Raises:
        UsageError: there is no such method, or the method refuses the ratings.
        DatasetError: a file is missing or damaged.
    """
    if method not in ("mixed", "ranks", "pairs"):
        raise UsageError(f"--analysis {method}: there is mixed, ranks and pairs")
    if method == "pairs" and reference is None:
        return bradley_terry(read_preferences(paths, axis))
    screened = read_screened(paths, reference=reference, anchor=anchor, axis=axis)
    if method == "pairs":
        return bradley_terry(preferences(screened.ratings), screened.excluded)
    analyse = mixed_model if method == "mixed" else rank_analysis
    return analyse(screened.ratings, screened.excluded)
