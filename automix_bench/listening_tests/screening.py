"""Post-screening: leave out raters who do not recognise the hidden reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from automix_bench.errors import UsageError
from automix_bench.listening_tests.rating import Rating
from automix_bench.listening_tests.ratings import ratings_in, read_rating_files

MOST_NAMED = 40
"""How many raters an error names that were left out."""


@dataclass(frozen=True)
class ScreenedRatings:
    """The ratings of the raters that count.

    Attributes:
        excluded: the raters that were left out, and why.
        training: the names of the training pages, which were left out.
        unread: the files that were not read, and why.
    """

    ratings: tuple[Rating, ...]
    excluded: Mapping[str, str]
    training: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


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
    the mid-range anchor above 90 on more than 15 % of the songs. So is a rater without any rating
    of the hidden reference.

    Args:
        reference, anchor: their names among the systems; None for a test without an anchor.
        edge: the score, from 0 to 100.
        share: of the songs, from 0 to 1.

    Raises:
        UsageError: nobody rated the hidden reference (a test without one cannot be screened by
            it), or nobody rated the anchor.
    """
    systems = sorted({rating.system for rating in ratings})
    if reference not in systems:
        raise UsageError(
            f"there is no rating of the hidden reference {reference}: the systems are "
            f"{', '.join(systems)}"
        )
    if anchor is not None and anchor not in systems:
        raise UsageError(f"nobody rated the anchor {anchor}: the systems are {', '.join(systems)}")
    raters = dict.fromkeys(rating.rater for rating in ratings)
    excluded: dict[str, str] = {}
    for rater in raters:
        own = [rating for rating in ratings if rating.rater == rater]
        missed = [r.score < edge for r in own if r.system == reference]
        fooled = [r.score > edge for r in own if r.system == anchor] or [False]
        if not missed:
            excluded[rater] = f"{reference} not rated"
        elif sum(missed) > share * len(missed):
            excluded[rater] = f"{reference} below {edge:g} on {sum(missed)} of {len(missed)}"
        elif sum(fooled) > share * len(fooled):
            excluded[rater] = f"{anchor} above {edge:g} on {sum(fooled)} of {len(fooled)}"
    return ScreenedRatings(tuple(r for r in ratings if r.rater not in excluded), excluded)


def left_out_text(excluded: Mapping[str, str]) -> str:
    """Who was left out, each with the reason, on one line."""
    each = [f"{rater} ({reason})" for rater, reason in excluded.items()]
    more = [f"{len(each) - MOST_NAMED} more"] if len(each) > MOST_NAMED else []
    return ", ".join(each[:MOST_NAMED] + more)


def left_out_lines(
    unread: Mapping[str, str], training: Sequence[str], excluded: Mapping[str, str]
) -> list[str]:
    """A line for each file, page and rater that was left out."""
    return [
        *(f"not read: {path}: {reason}" for path, reason in unread.items()),
        *(f"left out: {page}: a training page by its name" for page in training),
        *(f"left out: {rater}: {reason}" for rater, reason in excluded.items()),
    ]


def read_screened(
    paths: Sequence[Path],
    *,
    reference: str | None = None,
    anchor: str | None = None,
    axis: str | None = None,
    training: Sequence[str] = (),
    highest: float = 100.0,
) -> ScreenedRatings:
    """Read the ratings in these files, and screen them if a hidden reference is named.

    Args:
        axis, training, highest: see `ratings.read_rating_files`.

    Raises:
        DatasetError: a file is missing or damaged.
        UsageError: an anchor is named without a reference, nobody rated one of the two, or nobody
            is left and the scores look as if they were of a smaller scale.
    """
    files = read_rating_files(paths, axis, training, highest)
    ratings = ratings_in(files, paths)
    choices = "it holds choices, which --analysis pairs reads without --reference"
    unread = {**files.unread, **{str(path): choices for path in files.of_choices}}
    if reference is None:
        if anchor is not None:
            raise UsageError("--anchor needs --reference too: raters are screened by both")
        return ScreenedRatings(ratings, {}, files.training, unread)
    checked = screened(ratings, reference=reference, anchor=anchor)
    most = max(rating.score for rating in ratings) * highest / 100.0
    if not checked.ratings and most <= highest / 2.0:
        raise UsageError(
            f"ratings: screening left out all {len(checked.excluded)} raters, because no score is "
            f"above {most:g} on a scale to {highest:g}: say with --highest where the scale ends"
        )
    return ScreenedRatings(checked.ratings, checked.excluded, files.training, unread)
