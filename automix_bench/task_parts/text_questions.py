"""What a network finds in a mix that an instruction in words is to change, and what is asked."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product

import numpy as np
from jaxtyping import Float32

from automix_bench.task_parts.instructions import NO_OPERATION, OTHER, SOURCES, WORDINGS

__all__ = ["ALL", "DIRECT", "HEARD", "NAMED", "OPERATIONS", "PARTS", "TAIL", "question"]

OPERATIONS = (*WORDINGS, NO_OPERATION)
NAMED = (*SOURCES, OTHER)
"""The sources that an instruction can name."""
HEARD = tuple(name for name in NAMED if name != "vocals")
"""The sources of composed songs, which have no voices."""
DIRECT, TAIL = ("direct",), ("tail",)
"""What of sources is asked for: their direct sound, or their tail in the hall of `dry`."""
ALL = (*DIRECT, *TAIL)
PARTS = tuple(product(ALL, HEARD))
"""The parts of a mix that the network tells apart: the direct sound of each source, then its
tail."""


def question(names: Collection[str], kinds: Collection[str]) -> Float32[np.ndarray, " parts"]:
    """Which parts belong to some of `NAMED`, 0 or 1."""
    return np.array([kind in kinds and name in names for kind, name in PARTS], np.float32)
