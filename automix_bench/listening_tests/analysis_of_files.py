"""From the files of a listening test to the ranks of its systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from automix_bench.errors import UsageError
from automix_bench.listening_tests.analysis import (
    NoBound,
    bradley_terry,
    mixed_model,
    rank_analysis,
    ranks_in_place,
)
from automix_bench.listening_tests.analysis_result import Analysis
from automix_bench.listening_tests.rating import Preference, Rating
from automix_bench.listening_tests.ratings import choices_in, preferences, read_rating_files
from automix_bench.listening_tests.screening import read_screened
from automix_bench.plugin import did_you_mean

METHODS = ("mixed", "ranks", "pairs")


def analysed(
    paths: Sequence[Path],
    method: str,
    *,
    reference: str | None = None,
    anchor: str | None = None,
    axis: str | None = None,
    training: Sequence[str] = (),
    highest: float = 100.0,
) -> Analysis:
    """Read the files of a listening test, screen the raters, and analyse the rest.

    Args:
        method: "mixed" (`mixed_model`), "ranks" (`rank_analysis`) or "pairs" (`bradley_terry`, on
            choices, or on the choices that scores imply).
        reference, anchor: see `screening.screened`; None for no screening.
        axis, training, highest: see `ratings.read_rating_files`.

    Raises:
        UsageError: there is no such method, or the method refuses the ratings.
        DatasetError: a file is missing or damaged.
    """
    if method not in METHODS:
        raise UsageError(f"no --analysis {method!r}{did_you_mean(method, METHODS)}")
    if method == "pairs" and reference is None and anchor is None:
        files = read_rating_files(paths, axis, training, highest)
        analysis = _of_choices(choices_in(files, paths), files.ratings, {})
        return replace(analysis, training=files.training, unread=files.unread)
    screened = read_screened(
        paths, reference=reference, anchor=anchor, axis=axis, training=training, highest=highest
    )
    if method == "pairs":
        choices = preferences(screened.ratings)
        analysis = _of_choices(choices, screened.ratings, screened.excluded)
    else:
        analyse = mixed_model if method == "mixed" else rank_analysis
        analysis = analyse(screened.ratings, screened.excluded)
    return replace(analysis, training=screened.training, unread=screened.unread)


def _of_choices(
    choices: Sequence[Preference], ratings: Sequence[Rating], excluded: Mapping[str, str]
) -> Analysis:
    """The analysis of choices by the model of pairs, or by ranks where it has no solution.

    The ranks are those of the scores that the choices come from. Where people chose without
    scoring, they are those of the share of a rater's comparisons that a system won.
    """
    scored = len({r.system for r in ratings}) > len(_systems(choices))
    try:
        if scored:
            tied = {r.system for r in ratings} - _systems(choices)
            raise NoBound(
                f"no choice is about {', '.join(sorted(tied))}, whose scores equal others"
            )
        return bradley_terry(choices, excluded)
    except NoBound as error:
        reason = f"The model of pairs was not fitted: {error}."
    if ratings:
        return ranks_in_place(ratings, excluded, reason)
    shares = [
        Rating(choice.rater, choice.song, system, score)
        for choice in choices
        for system, score in ((choice.better, 100.0), (choice.worse, 0.0))
    ]
    analysis = ranks_in_place(shares, excluded, reason)
    return replace(analysis, unit="% won", ratings=len(choices))


def _systems(choices: Sequence[Preference]) -> set[str]:
    return {system for choice in choices for system in (choice.better, choice.worse)}
