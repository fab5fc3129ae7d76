"""What a FLAC file says of itself ahead of its sound (RFC 9639, section 8.2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StreamInfo:
    """What a file says of itself ahead of its sound.

    Attributes:
        frames_at: where the first frame begins, in bytes.
        block: the most samples of a channel that a frame holds.
        length: samples of each channel.
    """

    frames_at: int
    block: int
    rate: int
    channels: int
    bits: int
    length: int


def stream_info(content: bytes | memoryview) -> StreamInfo | None:
    """The head of a FLAC file; None if it is none, or does not say how long it is."""
    view = memoryview(content)
    first = bytes(view[:8])  # the name, and a block of the kind 0 that has 34 bytes
    if len(view) < 42 or first not in (b"fLaC\x00\x00\x00\x22", b"fLaC\x80\x00\x00\x22"):
        return None
    packed = int.from_bytes(view[18:26], "big")
    length = packed & (1 << 36) - 1
    last, at = view[4] >> 7, 42
    while not last and at + 4 <= len(view):
        last, at = view[at] >> 7, at + 4 + int.from_bytes(view[at + 1 : at + 4], "big")
    rate, channels, bits = packed >> 44, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1
    block = int.from_bytes(view[10:12], "big")
    if not length or at >= len(view):
        return None
    return StreamInfo(at, block, rate, channels, bits, length)
