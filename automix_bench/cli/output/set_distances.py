"""Print distances between sets of sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from automix_bench.cli.output.terminal import print_json
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
    print(f"{metric.name} over {embedding.name} ({embedding.license}), {metric.unit}:")
    for one in distances:
        print(
            f"{one.stem}: {one.value:.4g} [{one.low:.4g}, {one.high:.4g}], "
            f"{one.vectors} vectors of {one.songs} songs, "
            f"{one.answered} of {one.wanted} answered"
        )
