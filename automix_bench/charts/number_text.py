"""Means, intervals, shares, p-values and ranks as text."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan

from automix_bench.statistics import Estimate
from automix_bench.statistics.ranking import Standing


def interval(estimate: Estimate, decimals: int = 2) -> str:
    """A mean and its interval as text; the mean alone where there is no interval."""
    value, low, high = (
        "" if isnan(end) else f"{round(end, decimals) + 0.0:.{decimals}f}"  # never "-0.00"
        for end in (estimate.value, estimate.low, estimate.high)
    )
    if not value:
        return "–"
    return f"{value} [{low}, {high}]" if low and high else value


def percent(share: float) -> str:
    """A share as text in whole per cent; never 100 % when something is missing."""
    if isnan(share):
        return "–"
    shown = 100.0 * share
    if 99.5 <= shown < 100.0:
        return f"{min(shown, 99.9):.1f} %"
    return f"{round(shown):d} %"  # an integer: never "-0"


def examples_text(examples: int, left_out: Mapping[str, int]) -> str:
    """How many examples a split has, how many of them are scored, and why the others are not.

    >>> examples_text(12, {"nothing is wanted of them": 2})
    '10 of 12 examples scored; 2 left out: nothing is wanted of them'

    Args:
        examples: in the split; 0 if it is not known: the text is then empty.
        left_out: how many, by reason.
    """
    if not examples:
        return ""
    scored = examples - sum(left_out.values())
    reasons = [f"{count} left out: {reason}" for reason, count in left_out.items()]
    return "; ".join([f"{scored} of {examples} examples scored", *reasons])


def p_text(p: float) -> str:
    """A p-value with three decimals; a dash where there is none."""
    if isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def rank_text(rank: int | None, standing: Standing | None) -> str:
    """A rank as text, as in `2 [1–3] ab`: its interval where that is wider than the rank, and the
    letters that it shares with those that cannot be told apart from it."""
    if rank is None or standing is None:
        return "–"
    wide = f" [{standing.low}–{standing.high}]" if standing.low < standing.high else ""
    return f"{rank}{wide} {standing.group}".strip()
