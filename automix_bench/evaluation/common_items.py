"""Score all models on common items: what overlaps with anybody's training corpus counts for nobody.

Whoever measures how much of the test set a training corpus holds, and says so, loses no rank by it:
the items are taken from every model.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from automix_bench.errors import DatasetError
from automix_bench.scorecard import Scorecard
from automix_bench.untrusted.overlap_record import OverlapRecord, demand_overlap_of

OVERLAPPING = "they overlap with a training corpus"
"""Why examples are left out for all models."""


@dataclass(frozen=True)
class CommonItems:
    """How much of a data set is left on a board of common items.

    Attributes:
        left, of: items that are scored, and items before any was dropped.
        songs_left, songs: the same of songs.
        overlaps: how many corpora were searched.
    """

    left: int
    of: int
    songs_left: int
    songs: int
    overlaps: int

    def __str__(self) -> str:
        corpora = "a training corpus" if self.overlaps == 1 else f"{self.overlaps} training corpora"
        return (
            f"{self.left} of {self.of} items and {self.songs_left} of {self.songs} songs are "
            f"left: what overlaps with {corpora} is dropped for all models"
        )


def on_common_items(
    cards: Sequence[Scorecard], overlaps: Sequence[tuple[str, OverlapRecord]]
) -> tuple[tuple[Scorecard, ...], CommonItems]:
    """The cards without the items that overlap with any corpus, and how many are left.

    Args:
        overlaps: records, each with the name of its file for messages.

    Raises:
        DatasetError: there is no card, a record is of other data, or no item is left.
    """
    if not cards:
        raise DatasetError("expected a scorecard or more, got none")
    for where, record in overlaps:
        for card in cards:
            demand_overlap_of(record, where, card.dataset, card.split)
    dropped = {one["item"] for _, record in overlaps for one in record["overlapping"]}
    return without_items(cards, dropped, len(overlaps))


def without_items(
    cards: Sequence[Scorecard], dropped: Collection[str], overlaps: int = 1
) -> tuple[tuple[Scorecard, ...], CommonItems]:
    """The cards without the scores of some examples, and how many are left.

    `spread` of a card is over all of its scores, and is dropped with them. Costs stay: they are of
    the whole run.

    Args:
        dropped: ids of examples; those that a card does not have are ignored.
        overlaps: for `CommonItems`.

    Raises:
        DatasetError: no item is left.
    """
    gone = set(dropped)
    items = {score.example: score.song for card in cards for score in card.scores}
    left = {example: song for example, song in items.items() if example not in gone}
    common = CommonItems(
        len(left), len(items), len(set(left.values())), len(set(items.values())), overlaps
    )
    if not left:
        raise DatasetError(
            f"no item is left of {len(items)}: all overlap with a training corpus: make new data"
        )
    if len(left) == len(items):
        return tuple(cards), common
    return tuple(_without(card, left) for card in cards), common


def _without(card: Scorecard, left: Collection[str]) -> Scorecard:
    scores = tuple(score for score in card.scores if score.example in left)
    songs = len({score.song for score in scores})
    gone = len({score.example for score in card.scores} - set(left))
    left_out = {**card.left_out, OVERLAPPING: gone} if gone and card.examples else card.left_out
    return replace(card, scores=scores, songs=songs, spread={}, left_out=left_out)
