"""Decode the FLAC files of answers, which may come from a stranger."""

from __future__ import annotations

from pathlib import Path

from automix_bench.audio import Audio
from automix_bench.errors import DatasetError
from automix_bench.files import flac

LONGEST_FRAME, LEAST_FRAME_BYTES = 65_535, 8
"""The most samples of a channel in a frame of FLAC, and fewer bytes than any frame has."""


def stated_shape(content: bytes) -> tuple[int, int, int] | None:
    """The rate in Hz, the channels and the samples that the head of a FLAC file states, in
    STREAMINFO (RFC 9639); None if it has no such head."""
    if len(content) < 26 or content[:4] != b"fLaC" or content[4] & 0x7F:
        return None
    packed = int.from_bytes(content[18:26], "big")
    return packed >> 44, (packed >> 41 & 7) + 1, packed & (1 << 36) - 1


def decoded(path: Path, content: bytes, remedy: str) -> Audio:
    """The audio of an answer's file.

    Args:
        content: of the file.
        remedy: what to do about a damaged one; for messages.

    Raises:
        DatasetError: it is no FLAC, is damaged, or claims more samples than a file of its size can
            hold.
    """
    shape = stated_shape(content)
    if shape is None:
        raise DatasetError(f"{path}: expected FLAC, got another kind of file: {remedy}")
    claimed = shape[2]
    if claimed * LEAST_FRAME_BYTES > len(content) * LONGEST_FRAME:
        raise DatasetError(
            f"{path}: expected at most {len(content) * LONGEST_FRAME // LEAST_FRAME_BYTES} samples "
            f"in {len(content)} bytes of FLAC, got a head that claims {claimed}: {remedy}"
        )
    try:
        return flac.decode(content)
    except (RuntimeError, ValueError, MemoryError) as error:
        raise DatasetError(f"{path}: not the FLAC of an answer: {error}: {remedy}") from error
