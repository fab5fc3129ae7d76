"""Intervals, tests, ranks and sample sizes for scores of which several belong to one song.

The song is the unit of inference: scores of one song are not independent, so songs are redrawn,
flipped and counted whole. Random draws are seeded with a text that depends on the data alone, so
equal scores have equal intervals. Nothing here depends on scorecards; see `evaluation.compare`,
`evaluation.sample_size` and `listening_tests.agreement` for that.
"""

from __future__ import annotations

from automix_bench.statistics.intervals import Aggregate, Estimate, estimate, expanded_tail

__all__ = ["Aggregate", "Estimate", "estimate", "expanded_tail"]
