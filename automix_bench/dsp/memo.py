"""What several metrics compute of the same sounds, computed once: spectra, gating blocks, copies.

    with sharing():
        values = [metric(reference=one, estimate=other) for metric in metrics]

Within the block a function marked `shared` gives back what it gave before for the same sounds (the
same objects) and arguments. Outside of it, it computes each time, and nothing is ever kept.

For what is large (spectra, copies) or hangs on more than one sound. A few numbers of one sound
alone, that are asked for everywhere, as its loudness is, are `audio.measured_once`: they stay with
the sound as long as it lives.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from automix_bench.audio import Audio

P = ParamSpec("P")
R = TypeVar("R")

# The sounds stand beside each result, so that no other can come to have the identity of one.
_kept: ContextVar[dict[Any, tuple[Any, Any]] | None] = ContextVar("kept", default=None)


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


def shared(function: Callable[P, R]) -> Callable[P, R]:
    """A function of sounds, or of tuples of them, and of arguments that can be hashed, whose
    results are kept within `sharing`. Whoever gets one must not change it: give back tuples, or
    read-only arrays."""

    @functools.wraps(function)
    def once(*args: P.args, **kwargs: P.kwargs) -> R:
        kept = _kept.get()
        if kept is None:
            return function(*args, **kwargs)
        key = (function, _identity(args), _identity(tuple(sorted(kwargs.items()))))
        if key not in kept:
            kept[key] = ((args, kwargs), function(*args, **kwargs))
        result: R = kept[key][1]
        return result

    return once


def _identity(argument: Any) -> Any:
    """What stands for an argument: sounds are the same where they are one object."""
    if isinstance(argument, Audio):
        return Audio, id(argument)
    return tuple(map(_identity, argument)) if isinstance(argument, tuple) else argument
