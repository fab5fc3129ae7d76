"""How far the work on one item is, reported from deep inside of it.

A separator or a scorer calls `report_share`. Whoever does the item listens with
`listening_to_shares` and passes the share on. Where nobody listens, nothing happens.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from time import monotonic

LEAST_SECONDS = 1.0
"""Shares that come sooner after the last one are dropped: each may travel between processes."""

_LISTENER: ContextVar[Callable[[float], None] | None] = ContextVar("listener", default=None)


def report_share(share: float) -> None:
    """Report which share of the item is done, from 0 to 1."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(min(max(share, 0.0), 1.0))


@contextlib.contextmanager
def listening_to_shares(
    tell: Callable[[float], None], least_seconds: float = LEAST_SECONDS
) -> Iterator[None]:
    """Pass on the shares that are reported in the body."""
    last = float("-inf")

    def listener(share: float) -> None:
        nonlocal last
        if (now := monotonic()) - last >= least_seconds:
            last = now
            tell(share)

    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)
