"""Warn of splits that no artist falls into, and say which shares mend that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from automix_bench.dataset.plan import Plan
from automix_bench.errors import UsageError
from automix_bench.recipe import SPLITS
from automix_bench.sampling import rng_for

_DECIMALS = range(1, 9)


def split_warnings(planned: Plan) -> Iterator[str]:
    """A line if a split that should have a share of the songs has none of them.

    Few artists may all fall into `train`, because the hash of an artist's name decides. Splits of
    the source are as they are: a split that only they could fill is not missed.
    """
    shares = planned.recipe["splits"]
    filled = {song.split for song in planned.songs}
    by_hash = [song for song in planned.songs if not song.listing.split]
    empty = [s for s, share in zip(SPLITS, shares, strict=True) if share and s not in filled]
    artists = sorted({song.listing.artist for song in by_hash})
    if not empty or not artists:
        return
    fell = {split: len({s.listing.artist for s in by_hash if s.split == split}) for split in SPLITS}
    placed = ", ".join(f"{count} in {split}" for split, count in fell.items() if count)
    test = " (`evaluate` scores test by default)" if "test" in empty else ""
    yield (
        f"warning: no song is in the split {' or '.join(empty)}{test}: of {len(artists)} "
        f"artist{'s' * (len(artists) != 1)} {placed}: {_remedy(artists, shares)}"
    )


def shares_from(text: str) -> tuple[float, float, float]:
    """Shares of train, valid and test, from a text such as `0.6,0.2,0.2`.

    Raises:
        UsageError: the text is not three numbers. (`Recipe` checks that they are shares.)
    """
    try:
        train, valid, test = (float(part) for part in text.split(","))
    except ValueError:
        train = valid = test = float("nan")
    if not all(isfinite(share) for share in (train, valid, test)):
        raise UsageError(
            f"--splits: expected shares of train, valid and test such as 0.6,0.2,0.2, got {text!r}"
        )
    return train, valid, test


def _remedy(artists: Sequence[str], shares: Sequence[float]) -> str:
    """Shares with which every split gets an artist, or, with too few artists, test gets one."""
    counts = _wanted_counts(len(artists), shares)
    suggested = _shares_for(artists, counts)
    result = ", ".join(f"{n} in {s}" for s, n in zip(SPLITS, counts, strict=True) if n)
    if suggested is None:
        return "add songs of other artists"
    return f"make it in a new folder with --splits {suggested} ({result}), or add songs of others"


def _wanted_counts(artists: int, shares: Sequence[float]) -> tuple[int, int, int]:
    """How many artists each split should have: one at least, test first, then train."""
    if artists < 3:
        return artists - 1, 0, 1
    valid = max(1, round(shares[1] * artists)) if shares[1] else 0
    test = max(1, round(shares[2] * artists)) if shares[2] else 0
    while valid + test >= artists:
        valid, test = (valid - 1, test) if valid > test else (valid, test - 1)
    return artists - valid - test, valid, test


def _shares_for(artists: Sequence[str], counts: tuple[int, int, int]) -> str | None:
    """Shares, with as few decimals as will do, that give each split so many of these artists."""
    places = sorted(rng_for(0, "split", artist).random() for artist in artists)
    train, valid, _ = counts
    bounds = [_between(places, train), _between(places, train + valid)]
    for decimals in _DECIMALS:
        first, second = (round(bound, decimals) for bound in bounds)
        below = [sum(place < bound for place in places) for bound in (first, second)]
        if below == [train, train + valid]:
            texts = (f"{share:.{decimals}f}" for share in (first, second - first, 1.0 - second))
            return ",".join(text.rstrip("0").rstrip(".") or "0" for text in texts)
    return None


def _between(places: Sequence[float], below: int) -> float:
    """A number with so many of the places below it: halfway to the next."""
    ends = [0.0, *places, 1.0]
    if below == 0:
        return 0.0
    return 1.0 if below == len(places) else (ends[below] + ends[below + 1]) / 2.0
