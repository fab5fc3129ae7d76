"""Results that are computed once for the same sounds. Two decorators, which differ in how long.

`measured_once`: as long as the sounds live. For numbers that are asked for everywhere, such as the
loudness of a sound or the severity between two.

`shared`: until the end of a `with sharing():` block; outside of one nothing is stored. For large
results that several metrics need of the same sounds: spectra, gating blocks, copies.

    with sharing():
        values = [metric(reference=one, estimate=other) for metric in metrics]

Both tell sounds apart by identity, not by content: two equal `Audio` objects are two sounds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

from automix_bench.audio import Audio

P = ParamSpec("P")
R = TypeVar("R")
Sounds = TypeVarTuple("Sounds")

# By function, arguments and keyword arguments: these, and the result. The arguments are kept alive
# so that Python cannot reuse their `id()` for another sound.
_results: ContextVar[dict[Any, tuple[Any, Any]] | None] = ContextVar("results", default=None)


def measured_once(measure: Callable[[*Sounds], R]) -> Callable[[*Sounds], R]:
    """A function of one or more sounds that stores its results as long as all of them live.

    A sound never changes, so neither does the result; callers must not change it either.
    """
    results: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    @functools.wraps(measure)
    def once(*sounds: *Sounds) -> R:
        keys: tuple[Any, ...] = sounds
        by_last, last = results, keys[-1]
        for sound in keys[:-1]:
            by_last = by_last.setdefault(sound, WeakKeyDictionary())
        if last not in by_last:
            by_last[last] = measure(*sounds)
        result: R = by_last[last]
        return result

    return once


@contextmanager
def sharing() -> Iterator[None]:
    """Store the results of `shared` functions until the block ends. An inner block uses and extends
    the results of the outer one."""
    if _results.get() is not None:
        yield
        return
    token = _results.set({})
    try:
        yield
    finally:
        _results.reset(token)


def shared(function: Callable[P, R]) -> Callable[P, R]:
    """A function of sounds, or tuples of them, and of arguments that can be hashed, which stores
    its results within `sharing`.

    Callers must not change a result: return tuples, or read-only arrays.
    """

    @functools.wraps(function)
    def once(*args: P.args, **kwargs: P.kwargs) -> R:
        results = _results.get()
        if results is None:
            return function(*args, **kwargs)
        key = (function, _identity(args), _identity(tuple(sorted(kwargs.items()))))
        if key not in results:
            results[key] = ((args, kwargs), function(*args, **kwargs))
        result: R = results[key][1]
        return result

    return once


def _identity(argument: Any) -> Any:
    """The part of a key that stands for an argument: sounds are equal if they are one object."""
    if isinstance(argument, Audio):
        return Audio, id(argument)
    return tuple(map(_identity, argument)) if isinstance(argument, tuple) else argument
