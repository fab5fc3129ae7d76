"""The default executor: one item after another in this process."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from automix_bench.executor import OnMessage, Outcome, Work, attempt

__all__ = ["Inline"]


@dataclass(frozen=True)
class Inline:
    """Does the items in this process. Nothing is packed, so work may hold anything."""

    def map(
        self, work: Work, items: Sequence[Any], on_message: OnMessage
    ) -> Generator[Outcome, None, None]:
        for item in items:
            yield attempt(work, item, partial(on_message, item))
