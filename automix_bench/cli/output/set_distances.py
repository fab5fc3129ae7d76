"""Distances of sets on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from automix_bench.cli.output.terminal import print_json
from automix_bench.embedding import Embedding
from automix_bench.evaluation.set_distances import SetDistance
from automix_bench.set_metric import SetMetric


def show_set_distances(
    found: Sequence[SetDistance], metric: SetMetric, embedding: Embedding, as_json: bool
) -> None:
    """A line for every stem, with its interval and the numbers it rests on; or JSON."""
    if as_json:
        print_json(
            {
                "metric": metric.name,
                "embedding": dict(embedding.fingerprint()),
                "license": embedding.license,
                "unit": metric.unit,
                "stems": [asdict(one) for one in found],
            }
        )
        return
    print(f"{metric.name} over {embedding.name} ({embedding.license}), {metric.unit}:")
    for one in found:
        print(
            f"{one.stem}: {one.value:.4g} [{one.low:.4g}, {one.high:.4g}], "
            f"{one.vectors} vectors of {one.songs} songs, "
            f"{one.answered} of {one.wanted} answered"
        )
