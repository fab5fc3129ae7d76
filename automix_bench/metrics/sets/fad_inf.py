"""The limit of the Fréchet audio distance for large sets."""

from __future__ import annotations

import numpy as np

from automix_bench.sampling import rng_for
from automix_bench.set_metric import Set, set_metric
from automix_bench.statistics.frechet import frechet

__all__ = ["fad_inf"]

# Parts of the sets, in equal steps of one over the number of vectors.
SHARES = tuple(1.0 / step for step in np.linspace(1.0, 2.5, 7))
DRAWS = 4


@set_metric(
    unit="squared embedding unit",
    better="lower",
    perfect=0.0,
    symmetric=False,
    least=10,
    source="A. Gui, H. Gamper, S. Braun, D. Emmanouilidou, 'Adapting Fréchet audio distance for "
    "generative music evaluation', ICASSP 2024, arXiv:2311.01616, section 2.2; Chong & Forsyth, "
    "CVPR 2020",
)
def fad_inf(*, reference: Set, estimate: Set) -> float:
    """Fréchet audio distance, extrapolated to infinitely large sets.

        FAD(n) ~ FAD_inf + c / n

    The line is fitted by least squares to the distances of parts of both sets. The parts have 7
    sizes from the whole to two fifths, in equal steps of 1 / n. Each distance is the mean of 4
    draws from a fixed seed; the whole needs one. The source cuts only the estimate and has a
    reference of many thousands; here both sets are small, so both are cut. Sets of equal numbers of
    vectors, such as answers and targets, are cut at the same places, so that the distance of a set
    and itself is 0.

    The value is not clipped: near 0 it may be negative. With fewer vectors than twice the
    dimensions the points do not lie on a line, and the value is still too large. Raises ValueError
    on fewer than ten vectors a set. Never NaN.
    """
    sizes, values = [], []
    for number, share in enumerate(SHARES):
        rng = rng_for(0, "fad_inf", str(number))
        draws = [_of_part(rng, share, reference, estimate) for _ in range(DRAWS if number else 1)]
        sizes.append(1.0 / share)
        values.append(float(np.mean(draws)))
    _, at_zero = np.polyfit(sizes, values, 1)
    return float(at_zero)


def _of_part(rng: np.random.Generator, share: float, reference: Set, estimate: Set) -> float:
    """The distance of equal shares of both sets, drawn without replacement."""
    places = rng.permutation(len(reference))
    others = places if len(estimate) == len(reference) else rng.permutation(len(estimate))
    parts = [
        vectors[order[: max(round(share * len(vectors)), 2)]]
        for vectors, order in ((reference, places), (estimate, others))
    ]
    return frechet(*parts)
