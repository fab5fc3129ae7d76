"""The finding of trials that want the same answer again."""

from __future__ import annotations

import math
from collections.abc import Iterable

from automix_bench.checkup.check_trial import Finding
from automix_bench.checkup.returned import Returned, Tolerance, apart, heard_apart, lacking
from automix_bench.checkup.subject import Subject


def same_answer(
    subject: Subject,
    expected: Returned,
    others: Iterable[Returned],
    tolerance: Tolerance,
    exact: bool = False,
) -> Finding:
    """Compare answers that should be equal; the figure is that of the one furthest off.

    Args:
        exact: the tolerance holds as it is. Else a model that differs from itself may differ as
            much here; see `Subject.allowed`.

    Raises:
        NotAnswered: an answer is missing.
    """
    furthest = max(others, key=lambda got: apart(expected, got))
    distance = apart(expected, furthest)
    allowed = subject.stated(tolerance) if exact else subject.allowed(tolerance)
    return Finding(
        distance if math.isfinite(distance) else None,
        distance <= allowed,
        lacking(expected, furthest),
        sounds=heard_apart(expected, furthest),
        unit=subject.unit_of_numbers,
    )
