"""In this process, one item after another: what `make` does if nothing else is said."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from automix_bench.executor import OnMessage, Outcome, Work, attempt

__all__ = ["Inline"]


@dataclass(frozen=True)
class Inline:
    """Nothing is packed and no process started, so work may hold what cannot travel."""

    def map(
        self, work: Work, items: Sequence[Any], on_message: OnMessage
    ) -> Generator[Outcome, None, None]:
        for item in items:
            yield attempt(work, item, partial(on_message, item))
