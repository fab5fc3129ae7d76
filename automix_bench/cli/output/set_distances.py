"""Print distances between sets of sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import isnan

from automix_bench.cli.output.terminal import count_text, print_json, print_line
from automix_bench.embedding import Embedding
from automix_bench.evaluation.set_distances import SetDistance
from automix_bench.set_metric import SetMetric


def show_set_distances(
    distances: Sequence[SetDistance], metric: SetMetric, embedding: Embedding, as_json: bool
) -> None:
    """Print a line for each stem: the distance, its interval and the counts it rests on."""
    if as_json:
        print_json(
            {
                "metric": metric.name,
                "embedding": dict(embedding.fingerprint()),
                "license": embedding.license,
                "unit": metric.unit,
                "stems": [asdict(one) for one in distances],
            }
        )
        return
    print_line(f"{metric.name} over {embedding.name} ({embedding.license}), {metric.unit}:")
    for one in distances:
        ends = f"[{one.low:.4g}, {one.high:.4g}]"
        interval = "(too few songs: no interval)" if isnan(one.low) else ends
        value = "undefined" if isnan(one.value) else f"{one.value:.4g} {interval}"
        line = (
            f"{one.stem}: {value}, {one.vectors} vectors of {count_text(one.songs, 'song')}, "
            f"{one.answered} of {one.wanted} answered"
        )
        print_line(line)
