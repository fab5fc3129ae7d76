"""Production complexity (PC), 1 to 10: the difference from the reference's grade.

    | PC(estimate) - PC(reference) |

How many components there are in the scene; more is not better. The grade is a network's prediction
of what raters would give the sound by itself; see `automix_bench/networks/audiobox.py`. `value` is
the grade itself, which papers report.

The network takes the mean of the channels at 16 kHz: no stereo, and nothing above 8 kHz. The metric
is a difference from the reference: an estimate graded better than its reference is off by as much
as one graded worse.

Undefined (NaN) for a reference that is silent or under 0.1 s; a silent estimate gets the worst
value.

Raises:
    MissingPart: torch or the package audiobox_aesthetics is not installed.
    UsageError: AUTOMIX_BENCH_AUDIOBOX_AESTHETICS does not name a folder with the weights.
"""

from __future__ import annotations

from automix_bench.networks.audiobox import grade_metric

__all__ = ["complexity"]

complexity = grade_metric(__name__, __doc__, "PC")
