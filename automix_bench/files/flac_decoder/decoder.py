"""FLAC as `flac.encode` writes it, decoded in about half the time that libsndfile takes.

Reading a data set is decoding FLAC and little else, so this has a decoder of its own: samples go
straight to float32, channel by channel, and a sample's prediction is worked out while the bits of
the next are looked for. It knows what libFLAC writes at libsndfile's level of compression (up to 24
bits, predictors of order 8 at most) and says None to the rest. It looks at frames' checksums if
it is told to; what is known by its hash does not need that.

The format is RFC 9639.
"""

from __future__ import annotations

import typing

import numpy as np

from automix_bench.files.flac_decoder.bits import (
    ROOM,
    U,
    compiled,
    last_place,
    leading_zeros,
    signed,
    unary,
    unsigned,
    word_at,
)
from automix_bench.files.flac_decoder.checksum import remainder
from automix_bench.files.flac_decoder.header import stream_info

MOST_TAPS = 8
WRONG = -1
# The fixed predictors are linear ones whose taps are known.
FIXED = np.array(
    [[0, 0, 0, 0], [1, 0, 0, 0], [2, -1, 0, 0], [3, -3, 1, 0], [4, -6, 4, -1]], dtype=np.int64
)


def decoded(content: bytes | memoryview, *, checked: bool = False) -> tuple[np.ndarray, int] | None:
    """The sound in a FLAC file, float32 of shape `(channels, samples)`, and its rate in Hz; None if
    it is damaged, or written in a way that is not known here.

    Args:
        checked: the checksum of every frame is looked at.
    """
    info = stream_info(content)
    # A frame of 65,535 samples has 10 bytes or more: no head can ask for memory without end.
    if info is None or info.bits > 24 or info.length > len(content) << 13:
        return None
    sound = np.empty((info.channels, info.length), dtype=np.float32)
    # Read-only whatever it came in, or there would be two kinds of it to compile for.
    file = np.frombuffer(memoryview(content).toreadonly(), dtype=np.uint8)
    scratch = np.empty((info.channels, info.block), dtype=np.int64)
    at, done = _frames(file, 8 * info.frames_at, info.bits, scratch, sound, 0, checked)
    # The frame that was not begun or not ended has the end of the file behind it: now with room.
    rest = np.concatenate((file[at // 8 :], np.zeros(ROOM, np.uint8)))
    rest.flags.writeable = False
    end, done = _frames(rest, 0, info.bits, scratch, sound, done, checked)
    whole = done == info.length and at + end == 8 * file.size
    return (sound, info.rate) if whole else None


@compiled
@typing.no_type_check
def _partition(
    file: np.ndarray,
    at: np.uint64,
    rice: int,
    raw: int,
    taps: tuple[int, ...],
    shift: int,
    out: np.ndarray,
    first: int,
    last: int,
) -> np.uint64:
    """Samples from `first` to `last`: each the prediction from the eight before it, and what it is
    off by, a Rice code of parameter `rice` or, if `raw` is not negative, an integer of `raw` bits.
    Returns where it ends."""
    t0, t1, t2, t3, t4, t5, t6, t7 = taps
    h0 = h1 = h2 = h3 = h4 = h5 = h6 = h7 = np.int64(0)
    for i in range(max(first - MOST_TAPS, 0), first):
        h7, h6, h5, h4, h3, h2, h1, h0 = h6, h5, h4, h3, h2, h1, h0, out[i]
    low, top, mask = U(rice) + U(1), U(63) - U(rice), (U(1) << U(rice)) - U(1)
    limit = last_place(file)
    for i in range(first, last):
        if at > limit:
            return at
        if raw >= 0:
            off = signed(file, at, raw)
            at += U(raw)
        else:
            word = word_at(file, at)
            high = leading_zeros(word)
            if high + low <= U(57):
                code = (high << U(rice)) | (((word << high) >> top) & mask)
            else:
                high = unary(file, at, limit)
                rest = word_at(file, at + high + U(1)) >> U(1)
                code = (high << U(rice)) | ((rest >> top) & mask)
            at += high + low
            off = np.int64(code >> U(1)) ^ -np.int64(code & U(1))
        near = t0 * h0 + t1 * h1 + t2 * h2 + t3 * h3
        far = t4 * h4 + t5 * h5 + t6 * h6 + t7 * h7
        sample = off + ((near + far) >> shift)
        h7, h6, h5, h4, h3, h2, h1, h0 = h6, h5, h4, h3, h2, h1, h0, sample
        out[i] = sample
    return at


@compiled
@typing.no_type_check
def _predicted(
    file: np.ndarray, at: np.uint64, order: int, taps: tuple[int, ...], shift: int, out: np.ndarray
) -> int:
    """All samples after the first `order`. Returns where they end."""
    method, splits = unsigned(file, at, 2), unsigned(file, at + U(2), 4)
    at += U(6)
    size, width = out.size >> splits, 4 + method
    if method > 1 or size << splits != out.size or size < order:
        return np.int64(WRONG)
    limit = last_place(file)
    for part in range(1 << splits):
        if at > limit:
            return np.int64(WRONG)
        rice, raw = unsigned(file, at, width), -1
        at += U(width)
        if rice == (1 << width) - 1:
            rice, raw = 0, unsigned(file, at, 5)
            at += U(5)
        first = order if part == 0 else part * size
        at = _partition(file, at, rice, raw, taps, shift, out, first, (part + 1) * size)
    return np.int64(at)


@compiled
@typing.no_type_check
def _linear(file: np.ndarray, at: np.uint64, bits: int, kind: int, out: np.ndarray) -> int:
    """A channel that is predicted, from its first samples on. Returns where it ends."""
    order = kind - 8 if kind < 32 else kind - 31
    if order > MOST_TAPS or order > out.size:
        return np.int64(WRONG)
    for i in range(order):
        out[i] = signed(file, at, bits)
        at += U(bits)
    taps, shift = np.zeros(MOST_TAPS, dtype=np.int64), np.int64(0)
    if kind < 32:
        taps[:4] = FIXED[order]
    else:
        precision, shift = unsigned(file, at, 4) + 1, signed(file, at + U(4), 5)
        if precision == 16 or shift < 0:
            return np.int64(WRONG)
        at += U(9)
        for i in range(order):
            taps[i] = signed(file, at, precision)
            at += U(precision)
    taps = (taps[0], taps[1], taps[2], taps[3], taps[4], taps[5], taps[6], taps[7])
    return _predicted(file, at, order, taps, shift, out)


@compiled
@typing.no_type_check
def _subframe(file: np.ndarray, at: np.uint64, bits: int, out: np.ndarray) -> int:
    """One channel of a frame. Returns where it ends; WRONG if it does not, here or below."""
    if at > last_place(file):
        return np.int64(WRONG)
    head = unsigned(file, at, 8)
    at += U(8)
    limit = last_place(file)
    wasted, kind = 0, head >> 1
    if head & 1:
        wasted = np.int64(unary(file, at, limit)) + 1
        at += U(wasted)
    bits -= wasted
    if bits < 1 or kind > 63:
        return np.int64(WRONG)
    if kind == 0:
        out[:] = signed(file, at, bits)
        end = np.int64(at) + bits
    elif kind == 1:
        end = np.int64(at) + out.size * bits
        if end > last_place(file):
            return np.int64(WRONG)
        for i in range(out.size):
            out[i] = signed(file, at + U(i * bits), bits)
    elif 8 <= kind <= 12 or kind >= 32:
        end = _linear(file, at, bits, kind, out)
    else:
        return np.int64(WRONG)
    if wasted:
        out <<= wasted
    return end


@compiled
@typing.no_type_check
def _frame_head(file: np.ndarray, at: np.uint64, bits: int) -> tuple[int, int, np.uint64]:
    """How many samples a frame has, how its channels belong together, and where these begin."""
    head = unsigned(file, at, 32)
    size, rate, together = head >> 12 & 15, head >> 8 & 15, head >> 4 & 15
    lead = U(~unsigned(file, at + U(32), 8) & 0xFF)
    ones = np.int64(leading_zeros(lead)) - 56
    at += U(32 + 8 * max(ones, 1))
    samples = 1 << size
    if size < 6:
        samples = 192 if size == 1 else 144 << size
    elif size < 8:
        samples = unsigned(file, at, 8 * (size - 5)) + 1
        at += U(8 * (size - 5))
    at += U(8 if rate == 12 else 16 if rate > 12 else 0) + U(8)
    depth = head >> 1 & 7
    known = depth == 0 or (depth == 4 and bits == 16) or (depth == 6 and bits == 24)
    if head >> 17 != 0x7FFC or size == 0 or not known:
        samples = WRONG
    return samples, together, at


@compiled
@typing.no_type_check
def _frames(
    file: np.ndarray,
    at: np.uint64,
    bits: int,
    scratch: np.ndarray,
    sound: np.ndarray,
    start: int,
    checked: bool,
) -> tuple[int, int]:
    """Frames as float32, from sample `start` on, up to one that is damaged, unknown or too
    near the end to be read. Returns where that begins, and how many samples there are by then."""
    channels, length = sound.shape
    scale = np.float32(2.0 ** (1 - bits))
    at, limit = U(at), np.int64(last_place(file))
    while start < length and np.int64(at) <= limit:
        samples, together, place = _frame_head(file, at, bits)
        pair = together >= 8 and together <= 10 and channels == 2
        fits = 0 < samples <= scratch.shape[1] and start + samples <= length
        if not fits or not (pair or together == channels - 1):
            break
        end = np.int64(place)
        for channel in range(channels):
            side = pair and channel == (0 if together == 9 else 1)
            if end >= 0:
                end = _subframe(file, U(end), bits + side, scratch[channel, :samples])
        if end < 0 or end > limit:
            break
        behind = ((U(end) + U(7)) & ~U(7)) + U(16)
        if checked and remainder(file, at >> U(3), behind >> U(3)):
            break
        if pair:
            _parted(together, scratch[0, :samples], scratch[1, :samples])
        for channel in range(channels):
            for i in range(samples):
                sound[channel, start + i] = np.float32(scratch[channel, i]) * scale
        at = behind
        start += samples
    return np.int64(at), start


@compiled
@typing.no_type_check
def _parted(together: int, one: np.ndarray, two: np.ndarray) -> None:
    """Left and right, in place, of left and side (8), side and right (9) or mid and side (10)."""
    for i in range(one.size):
        if together == 8:
            two[i] = one[i] - two[i]
        elif together == 9:
            one[i] += two[i]
        else:
            twice, side = one[i] << 1 | (two[i] & 1), two[i]
            one[i], two[i] = (twice + side) >> 1, (twice - side) >> 1
