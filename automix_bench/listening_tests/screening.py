"""Post-screening: leave out raters who do not recognise the hidden reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automix_bench.errors import UsageError
from automix_bench.listening_tests.ratings import Rating, read_ratings


@dataclass(frozen=True)
class ScreenedRatings:
    """The ratings of the raters that count.

    Attributes:
        excluded: the raters that were left out, and why.
    """

    ratings: tuple[Rating, ...]
    excluded: Mapping[str, str]


def screened(
    ratings: Sequence[Rating],
    *,
    reference: str,
    anchor: str | None = None,
    edge: float = 90.0,
    share: float = 0.15,
) -> ScreenedRatings:
    """Leave out raters by the rule of ITU-R BS.1534-3, section 4.1.2.

    A rater is left out who rates the hidden reference below 90 on more than 15 % of the songs, or
    the mid-range anchor above 90 on more than 15 % of the songs.

    Args:
        reference, anchor: their names among the systems; None for a test without an anchor.
        edge: the score, from 0 to 100.
        share: of the songs, from 0 to 1.

    Raises:
        UsageError: a rater has no rating of the hidden reference (a test without one cannot be
            screened by it), or nobody rated the anchor.
    """
    if anchor is not None and all(rating.system != anchor for rating in ratings):
        raise UsageError(f"nobody rated the anchor {anchor}: see how it is called in the ratings")
    raters = dict.fromkeys(rating.rater for rating in ratings)
    excluded: dict[str, str] = {}
    for rater in raters:
        own = [rating for rating in ratings if rating.rater == rater]
        missed = [r.score < edge for r in own if r.system == reference]
        if not missed:
            raise UsageError(f"rater {rater} has no rating of the hidden reference {reference}")
        fooled = [r.score > edge for r in own if r.system == anchor] or [False]
        if sum(missed) > share * len(missed):
            excluded[rater] = f"{reference} below {edge:g} on {sum(missed)} of {len(missed)}"
        elif sum(fooled) > share * len(fooled):
            excluded[rater] = f"{anchor} above {edge:g} on {sum(fooled)} of {len(fooled)}"
    return ScreenedRatings(tuple(r for r in ratings if r.rater not in excluded), excluded)


def read_screened(
    paths: Sequence[Path],
    *,
    reference: str | None = None,
    anchor: str | None = None,
    axis: str | None = None,
) -> ScreenedRatings:
    """Read the ratings in these files, and screen them if a hidden reference is named.

    Args:
        axis: the question to read, of a test that asks several at once.

    Raises:
        DatasetError: a file is missing or damaged.
        UsageError: an anchor is named without a reference, a rater has no rating of the reference,
            or nobody rated the anchor.
    """
    ratings = read_ratings(paths, axis)
    if reference is None:
        if anchor is not None:
            raise UsageError("--anchor needs --reference too: raters are screened by both")
        return ScreenedRatings(ratings, {})
    return screened(ratings, reference=reference, anchor=anchor)
