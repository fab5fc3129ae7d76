"""The checksum that ends every frame of a FLAC file: CRC-16 of all its bytes (RFC 9639)."""

from __future__ import annotations

import typing

import numpy as np

from automix_bench.files.flac_decoder.bits import U, compiled


def _remainders() -> np.ndarray:
    """What each byte leaves of the CRC-16 of frames with 0 to 7 bytes behind it, `(8, 256)`."""
    found = np.zeros((8, 256), np.uint16)
    for byte in range(256):
        left = byte << 8
        for behind in range(8):
            for _ in range(8):
                left = (left << 1 ^ (0x8005 if left & 0x8000 else 0)) & 0xFFFF
            found[behind, byte] = left
    return found


REMAINDERS = _remainders()


@compiled
@typing.no_type_check
def remainder(file: np.ndarray, at: np.uint64, end: np.uint64) -> int:
    """Of bytes that end with their CRC-16 (x^16 + x^15 + x^2 + 1, from 0): 0 if it is theirs."""
    left = U(0)
    while at + U(8) <= end:
        left = U(
            REMAINDERS[7, U(file[at]) ^ (left >> U(8))]
            ^ REMAINDERS[6, U(file[at + U(1)]) ^ (left & U(255))]
            ^ REMAINDERS[5, U(file[at + U(2)])]
            ^ REMAINDERS[4, U(file[at + U(3)])]
            ^ REMAINDERS[3, U(file[at + U(4)])]
            ^ REMAINDERS[2, U(file[at + U(5)])]
            ^ REMAINDERS[1, U(file[at + U(6)])]
            ^ REMAINDERS[0, U(file[at + U(7)])]
        )
        at += U(8)
    while at < end:
        left = ((left << U(8)) & U(0xFFFF)) ^ U(REMAINDERS[0, U(file[at]) ^ (left >> U(8))])
        at += U(1)
    return np.int64(left)
