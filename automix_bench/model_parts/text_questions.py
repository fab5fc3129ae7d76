"""What a network is asked about a mix that an instruction in words is to change."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from jaxtyping import Float32

from automix_bench.task_parts.instructions import NO_OPERATION, OTHER, SOURCES, WORDINGS

__all__ = ["ALL", "ASKED", "DIRECT", "KINDS", "NAMED", "OPERATIONS", "TAIL", "question"]

OPERATIONS = (*WORDINGS, NO_OPERATION)
NAMED = (*SOURCES, OTHER)
"""The sources that an instruction can name."""
KINDS = ("all", "direct", "tail")
"""What of the sources is asked for: everything; or of those that are in the hall of the operation
`dry`, their direct sound or its tail."""
ALL, DIRECT, TAIL = range(len(KINDS))
ASKED = len(NAMED) + len(KINDS)
"""The numbers of a question."""


def question(names: Collection[str], kind: int) -> Float32[np.ndarray, " asked"]:
    """The question about some of `NAMED`, as the network takes it: for each of them whether it is
    meant, then for each of `KINDS`, 0 or 1."""
    meant = [name in names for name in NAMED]
    return np.array([*meant, *(kind == one for one in range(len(KINDS)))], np.float32)
