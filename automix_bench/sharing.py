"""What several metrics compute of one sound, computed once: spectra, gating blocks, copies.

    with sharing():
        values = [metric(reference=one, estimate=other) for metric in metrics]

Within the block a function marked `shared` gives back what it gave before for the same sound (the
same object) and arguments. Outside of it, it computes each time, and nothing is ever kept.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Concatenate, ParamSpec, TypeVar

from automix_bench.audio import Audio

P = ParamSpec("P")
R = TypeVar("R")

# The sound stands beside each result, so that no other sound can come to have its identity.
_kept: ContextVar[dict[Any, tuple[Audio, Any]] | None] = ContextVar("kept", default=None)


@contextmanager
def sharing() -> Iterator[None]:
    """Keep what shared functions give, until the block ends. In an inner block the outer one's
    results are used and added to."""
    if _kept.get() is not None:
        yield
        return
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def shared(function: Callable[Concatenate[Audio, P], R]) -> Callable[Concatenate[Audio, P], R]:
    """A function of a sound, and of arguments that can be hashed, whose results are kept within
    `sharing`. Whoever gets one must not change it: give back tuples, or read-only arrays."""

    @functools.wraps(function)
    def once(audio: Audio, /, *args: P.args, **kwargs: P.kwargs) -> R:
        kept = _kept.get()
        if kept is None:
            return function(audio, *args, **kwargs)
        key = (function, id(audio), args, tuple(sorted(kwargs.items())))
        if key not in kept:
            kept[key] = (audio, function(audio, *args, **kwargs))
        result: R = kept[key][1]
        return result

    return once
