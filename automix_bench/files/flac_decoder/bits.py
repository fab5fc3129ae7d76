"""Bits of a file, from any place on: what a compiled decoder reads with.

Places are in bits from the start of an array of bytes, unsigned: numba then need not ask whether an
index counts from the end.
"""

from __future__ import annotations

import typing
from typing import Any

import numba
import numpy as np
from numba.extending import intrinsic

compiled: Any = numba.njit(nogil=True, cache=True)

U = np.uint64
# Reading runs on behind what was asked for, by less than this many bytes. So nothing is read from
# a place that is nearer to the end of an array.
ROOM = 256


@intrinsic  # type: ignore[untyped-decorator,unused-ignore]
@typing.no_type_check
def leading_zeros(typing_context: Any, word: Any) -> Any:
    """How many bits of a 64-bit word are 0 ahead of the first 1."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        defined_for_0 = context.get_constant(numba.types.boolean, False)
        return builder.ctlz(arguments[0], defined_for_0)

    return numba.types.uint64(numba.types.uint64), code


@compiled
@typing.no_type_check
def last_place(file: np.ndarray) -> np.uint64:
    """The last place that may be read from."""
    return U(8 * max(file.size - ROOM, 0))


@compiled
@typing.no_type_check
def word_at(file: np.ndarray, at: np.uint64) -> np.uint64:
    """57 bits and more from `at` on, at the upper end of 64."""
    b = at >> U(3)
    # One expression of single bytes: as such the compiler sees one word in it, turned round.
    word = (
        (U(file[b]) << U(56))
        | (U(file[b + U(1)]) << U(48))
        | (U(file[b + U(2)]) << U(40))
        | (U(file[b + U(3)]) << U(32))
        | (U(file[b + U(4)]) << U(24))
        | (U(file[b + U(5)]) << U(16))
        | (U(file[b + U(6)]) << U(8))
        | U(file[b + U(7)])
    )
    return word << (at & U(7))


@compiled
@typing.no_type_check
def unsigned(file: np.ndarray, at: np.uint64, bits: int) -> int:
    """An unsigned integer of 1 to 57 bits."""
    return np.int64(word_at(file, at) >> U(64 - bits))


@compiled
@typing.no_type_check
def signed(file: np.ndarray, at: np.uint64, bits: int) -> int:
    """A signed integer of up to 57 bits; 0 bits are 0."""
    return np.int64(word_at(file, at)) >> np.int64(64 - bits) if bits else np.int64(0)


@compiled
@typing.no_type_check
def unary(file: np.ndarray, at: np.uint64, limit: np.uint64) -> np.uint64:
    """The zeros ahead of the next 1."""
    zeros = U(0)
    while at + zeros < limit:
        more = leading_zeros(word_at(file, at + zeros))
        if more < U(57):
            return zeros + more
        zeros += U(57)
    return zeros
