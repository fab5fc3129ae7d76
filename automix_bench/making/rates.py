"""Lines for the user of `make` on the rates of songs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from automix_bench.dataset.plan import Plan


def rate_lines(plan: Plan) -> Iterator[str]:
    """What is resampled; or that songs differ in rate, which a batch for training cannot take."""
    counts = Counter(song.listing.rate for song in plan.songs)
    rate = plan.recipe.get("rate")
    if rate is not None:
        others = Counter({other: count for other, count in counts.items() if other != rate})
        if others:
            yield (
                f"resampled to {rate} Hz: {others.total()} of {len(plan.songs)} songs, "
                f"from {_listed(others)}"
            )
    elif len(counts) > 1:
        most = max(counts, key=lambda rate: (counts[rate], rate))
        yield (
            f"songs differ in rate: {_listed(counts)}; a batch for training takes one rate: "
            f"--set rate={most} resamples the others"
        )


def _listed(counts: Counter[int]) -> str:
    return ", ".join(f"{rate} Hz ({count})" for rate, count in sorted(counts.items()))
