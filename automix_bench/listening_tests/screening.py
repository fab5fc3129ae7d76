"""Whose ratings count: who does not hear the hidden reference is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automix_bench.errors import UsageError
from automix_bench.listening_tests.ratings import Rating, read_ratings


@dataclass(frozen=True)
class Screened:
    """Ratings that are kept, and for each rater that is left out the reason."""

    kept: tuple[Rating, ...]
    excluded: Mapping[str, str]


def screened(
    ratings: Sequence[Rating],
    *,
    reference: str,
    anchor: str | None = None,
    edge: float = 90.0,
    share: float = 0.15,
) -> Screened:
    """Leave out who does not hear the hidden reference, after ITU-R BS.1534-3, section 4.1.2.

    Left out is who rates the hidden reference below 90 on more than 15 % of the songs, or the
    mid-range anchor above 90 on more than 15 %.

    Args:
        reference, anchor: the names they have among the systems; None for no anchor.

    Raises:
        UsageError: someone rated no hidden reference: then this test has none, and is not to be
            screened by it; or nobody rated the anchor.
    """
    if anchor is not None and all(rating.system != anchor for rating in ratings):
        raise UsageError(f"nobody rated the anchor {anchor}: see how it is called in the ratings")
    raters = dict.fromkeys(rating.rater for rating in ratings)
    excluded: dict[str, str] = {}
    for rater in raters:
        own = [rating for rating in ratings if rating.rater == rater]
        heard = [r.score < edge for r in own if r.system == reference]
        if not heard:
            raise UsageError(f"rater {rater} has no rating of the hidden reference {reference}")
        fooled = [r.score > edge for r in own if r.system == anchor] or [False]
        if sum(heard) > share * len(heard):
            excluded[rater] = f"{reference} below {edge:g} on {sum(heard)} of {len(heard)}"
        elif sum(fooled) > share * len(fooled):
            excluded[rater] = f"{anchor} above {edge:g} on {sum(fooled)} of {len(fooled)}"
    return Screened(tuple(r for r in ratings if r.rater not in excluded), excluded)


def heard(
    paths: Sequence[Path],
    *,
    reference: str | None = None,
    anchor: str | None = None,
    axis: str | None = None,
) -> Screened:
    """The ratings in these files; screened if a hidden reference is named.

    Raises:
        DatasetError: a file is missing or damaged.
        UsageError: an anchor is named and no reference, someone rated no reference, or nobody the
            anchor.
    """
    ratings = read_ratings(paths, axis)
    if reference is None:
        if anchor is not None:
            raise UsageError("--anchor takes --reference too: who is left out is said by both")
        return Screened(ratings, {})
    return screened(ratings, reference=reference, anchor=anchor)
