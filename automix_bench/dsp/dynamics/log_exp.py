"""Logarithms and powers of two for compiled loops, from sums and products alone.

A number is split by its bits into m 2^e with m from sqrt(1/2) to sqrt(2). Then

    log2(m 2^e) = e + t Q(t^2),  t = (m - 1) / (m + 1)
    2^(k + f) = 2^k (1 + f R(f)),  k whole, f from -1/2 to 1/2

where Q and R are polynomials through the Chebyshev points, whose error is less than the rounding of
a double (the splitting is that of W. J. Cody and W. Waite, "Software Manual for the Elementary
Functions", 1980). Tests hold them to 4 units in the last place. There is no branch and no table, so
the compiler makes vector instructions of loops over blocks, in which a logarithm costs about a
nanosecond. The bits are the same on every machine, whatever its mathematical library.
"""

from __future__ import annotations

from typing import no_type_check

import numpy as np

from automix_bench.dsp.compiled import compiled

__all__ = ["DB_PER_OCTAVE", "OCTAVES_PER_DB", "SMALLEST", "log2", "power_of_2"]

# For amplitudes: 20 log10(2), and its reciprocal.
DB_PER_OCTAVE = 6.020599913279624
OCTAVES_PER_DB = 0.16609640474436813
# The smallest normal number; anything below it, 0 included, counts as this.
SMALLEST = 2.0**-1022

_MOST = 1_023.0
_MANTISSA = np.uint64(0x000F_FFFF_FFFF_FFFF)
_ONE = np.uint64(0x3FF0_0000_0000_0000)
_SQRT_HALF = np.uint64(0x3FE6_A09E_667F_3BCD)
_UP_TO_ONE = np.uint64(0x3FF0_0000_0000_0000 - 0x3FE6_A09E_667F_3BCD)
_EXPONENT_AT = np.uint64(52)
# 2^52: its last bits are whole numbers.
_COUNTER = np.uint64(0x4330_0000_0000_0000)
_COUNTER_AND_BIAS = 2.0**52 + 1_023.0
# 1.5 * 2^52: a number added to it is rounded to a whole number, which is in the last bits.
_ROUNDER = 1.5 * 2.0**52


@compiled
@no_type_check
def log2(number: float) -> float:
    """The logarithm to base 2; -1022 for anything below `SMALLEST`. Not for infinity or NaN."""
    number = number if number > SMALLEST else SMALLEST
    bits = np.float64(number).view(np.uint64) + _UP_TO_ONE
    counted = np.uint64((bits >> _EXPONENT_AT) | _COUNTER).view(np.float64)
    exponent = counted - _COUNTER_AND_BIAS
    mantissa = np.uint64((bits & _MANTISSA) + _SQRT_HALF).view(np.float64)
    t = np.divide(mantissa - 1.0, mantissa + 1.0)
    z = t * t
    zz = z * z
    low = (2.8853900817779268 + 0.9617966939259898 * z) + zz * (
        0.5770780163455203 + 0.4121985858409005 * z
    )
    high = (0.32059853491395984 + 0.262334352504183 * z) + zz * (
        0.2209130842311768 + 0.2136589569431927 * z
    )
    return exponent + t * (low + (zz * zz) * high)


@compiled
@no_type_check
def power_of_2(exponent: float) -> float:
    """2 to the power of `exponent`, which is held between -1022 and 1023."""
    exponent = exponent if exponent > -1_022.0 else -1_022.0
    exponent = exponent if exponent < _MOST else _MOST
    rounded = exponent + _ROUNDER
    f = exponent - (rounded - _ROUNDER)
    counted = np.float64(rounded).view(np.uint64)
    scale = np.uint64((counted << _EXPONENT_AT) + _ONE).view(np.float64)
    ff = f * f
    low = (0.6931471805599453 + 0.24022650695910097 * f) + ff * (
        0.0555041086648216 + 0.009618129107606888 * f
    )
    high = (0.0013333558146416936 + 0.0001540353044173605 * f) + ff * (
        1.525273382983612e-05 + 1.321544258792169e-06 * f
    )
    top = (1.0178062445845774e-07 + 7.072585949269223e-09 * f) + ff * 4.4549605981865186e-10
    return scale * (1.0 + f * (low + (ff * ff) * (high + (ff * ff) * top)))
