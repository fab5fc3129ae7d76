"""From what people said to which systems they prefer: by scores, by ranks, by pairs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import nan, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.errors import MissingPart, UsageError
from automix_bench.listening_tests.ratings import Preference, Rating, preferences, read_preferences
from automix_bench.listening_tests.screening import heard
from automix_bench.statistics import estimate
from automix_bench.statistics.preference import covariance, strengths
from automix_bench.statistics.ranking import letters
from automix_bench.statistics.significance import LEVEL, holm


@dataclass(frozen=True)
class SystemScore:
    """What a system comes to, with its 95 % interval; those that share a letter in `group` are not
    told apart."""

    system: str
    value: float
    low: float
    high: float
    group: str


@dataclass(frozen=True)
class SystemPair:
    """Two systems, the one ahead first; p after Holm over all pairs."""

    one: str
    other: str
    difference: float
    p: float

    @property
    def sure(self) -> bool:
        """Whether they differ at 5 % over all pairs."""
        return self.p <= LEVEL


@dataclass(frozen=True)
class Analysis:
    """Systems, best first, and all their pairs.

    Attributes:
        method: what was done.
        unit: of the systems' values.
        ratings, raters: how many it is of.
        excluded: who was left out, and why.
        said: what else the method says.
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
    """A linear mixed model of the scores.

        score = system + (1 | rater) + (1 | song) + (1 | rater:system) + (1 | song:system)

    fitted by restricted maximum likelihood (statsmodels). The last two let people and songs differ
    in which system suits them; without them the intervals would be too narrow, as if every rating
    were a new person on a new song (Barr et al., "Random effects structure for confirmatory
    hypothesis testing: keep it maximal", 2013). Pairs are tested by Student's t with one degree of
    freedom less than there are raters or songs, whichever are fewer, which is on the safe side.

    Raises:
        UsageError: fewer than two raters, songs or systems.
        MissingPart: statsmodels is not installed.
    """
    systems, _ = _demand_several(ratings)
    fit, notes = _fitted(ratings, systems)
    from scipy.stats import t

    means = np.asarray(fit.fe_params, np.float64)
    spread = np.asarray(fit.cov_params(), np.float64)[: len(systems), : len(systems)]
    freedom = min(len({r.rater for r in ratings}), len({r.song for r in ratings})) - 1
    parts = ", ".join(
        f"{name.replace('_', ':')} {sqrt(max(float(v), 0.0)):.3g}"
        for name, v in zip(fit.model.exog_vc.names, fit.vcomp, strict=True)
    )
    said = f"Deviations: {parts}, rest {sqrt(float(fit.scale)):.3g}.{notes}"
    reach = float(t.ppf(0.975, freedom))
    return _analysis(
        "mixed model",
        "score",
        systems,
        means,
        spread,
        reach,
        lambda z: 2.0 * t.sf(z, freedom),
        ratings,
        excluded,
        said,
    )


def _fitted(ratings: Sequence[Rating], systems: Sequence[str]) -> tuple[Any, str]:
    """The fit, and what it warned of."""
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
    """Ranks instead of scores: Friedman's test over raters, and Wilcoxon's signed-rank test of each
    pair with Holm's correction. A rater's score of a system is the mean over songs.

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
    said = ""
    if len(systems) > 2:
        chi = friedmanchisquare(*table.T)
        said = f"Friedman: chi-squared {chi.statistic:.2f}, p {chi.pvalue:.3g}."
    intervals = [
        estimate({r: [float(v)] for r, v in zip(raters, column, strict=True)}, seed=system)
        for system, column in zip(systems, table.T, strict=True)
    ]
    scored = [
        SystemScore(s, e.value, e.low, e.high, g)
        for s, e, g in zip(systems, intervals, groups, strict=True)
    ]
    return _ordered(
        "ranks", "mean score", scored, _pairs(systems, pairs, means, p), ratings, excluded, said
    )


def bradley_terry(
    choices: Sequence[Preference], excluded: Mapping[str, str] | None = None
) -> Analysis:
    """The strengths that best explain who was preferred to whom.

        P(i is preferred to j) = 1 / (1 + exp(b_j - b_i)),   sum b = 0

    Bradley & Terry, "Rank analysis of incomplete block designs", 1952; fitted by Newton's method.
    The covariance is the sandwich with raters as clusters, since one person's choices hang
    together; pairs are tested by Student's t with one degree of freedom less than raters.

    Raises:
        UsageError: fewer than two raters; or some systems were never preferred to the rest (or
            always), so that how much stronger they are has no bound.
    """
    from scipy.sparse.csgraph import connected_components
    from scipy.stats import t

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
    freedom = len(raters) - 1
    return _analysis(
        "Bradley-Terry",
        "log odds",
        systems,
        strength,
        covariance(wins, strength),
        float(t.ppf(0.975, freedom)),
        lambda z: 2.0 * t.sf(z, freedom),
        choices,
        excluded,
        "",
    )


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
    cells: dict[tuple[str, str], list[float]] = {}
    for r in ratings:
        cells.setdefault((r.rater, r.system), []).append(r.score)
    for rater in raters:
        if missing := [s for s in systems if (rater, s) not in cells]:
            raise UsageError(f"rater {rater} has not rated {', '.join(missing)}: leave them out")
    return np.array([[np.mean(cells[rater, system]) for system in systems] for rater in raters])


def _analysis(
    method: str,
    unit: str,
    systems: Sequence[str],
    means: np.ndarray,
    spread: np.ndarray,
    reach: float,
    tail: Callable[[float], Any],
    ratings: Sequence[Rating | Preference],
    excluded: Mapping[str, str] | None,
    said: str,
) -> Analysis:
    """Of values with a covariance: intervals, and all pairs by Wald's test."""
    pairs = list(combinations(range(len(systems)), 2))
    errors = [sqrt(max(spread[a, a] + spread[b, b] - 2.0 * spread[a, b], 0.0)) for a, b in pairs]
    p = holm(
        [
            float(tail(abs(means[a] - means[b]) / error)) if error > 0.0 else nan
            for (a, b), error in zip(pairs, errors, strict=True)
        ]
    )
    groups = letters(
        (-means).tolist(), {pair for pair, v in zip(pairs, p, strict=True) if v <= LEVEL}
    )
    reaches = reach * np.sqrt(np.maximum(np.diag(spread), 0.0))
    scored = [
        SystemScore(system, float(m), float(m - r), float(m + r), group)
        for system, m, r, group in zip(systems, means, reaches, groups, strict=True)
    ]
    return _ordered(method, unit, scored, _pairs(systems, pairs, means, p), ratings, excluded, said)


def _pairs(
    systems: Sequence[str], pairs: Iterable[tuple[int, int]], means: np.ndarray, p: Sequence[float]
) -> list[SystemPair]:
    found = []
    for (a, b), value in zip(pairs, p, strict=True):
        one, other = (a, b) if means[a] >= means[b] else (b, a)
        found.append(
            SystemPair(systems[one], systems[other], float(means[one] - means[other]), value)
        )
    return sorted(found, key=lambda pair: pair.p)


def _ordered(
    method: str,
    unit: str,
    systems: Sequence[SystemScore],
    pairs: Sequence[SystemPair],
    ratings: Sequence[Rating | Preference],
    excluded: Mapping[str, str] | None,
    said: str,
) -> Analysis:
    raters = len({r.rater for r in ratings})
    best_first = tuple(sorted(systems, key=lambda s: (-s.value, s.system)))
    return Analysis(
        method, unit, best_first, tuple(pairs), len(ratings), raters, excluded or {}, said
    )


def analysed(
    paths: Sequence[Path],
    method: str,
    *,
    reference: str | None = None,
    anchor: str | None = None,
    axis: str | None = None,
) -> Analysis:
    """Read the files of a listening test, leave out who is not to be heard, and analyse the rest.

    Args:
        method: "mixed" (`mixed_model`), "ranks" (`rank_analysis`) or "pairs" (`bradley_terry`, of
            choices, or of those that scores imply).

    Raises:
        UsageError: there is no such method, or a method's own.
        DatasetError: a file is missing or damaged.
    """
    if method not in ("mixed", "ranks", "pairs"):
        raise UsageError(f"--analysis {method}: there is mixed, ranks and pairs")
    if method == "pairs" and reference is None:
        return bradley_terry(read_preferences(paths, axis))
    kept = heard(paths, reference=reference, anchor=anchor, axis=axis)
    if method == "pairs":
        return bradley_terry(preferences(kept.kept), kept.excluded)
    analyse = mixed_model if method == "mixed" else rank_analysis
    return analyse(kept.kept, kept.excluded)
