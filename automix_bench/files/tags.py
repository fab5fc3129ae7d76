"""Tags that stand in front of a sound, and those that may stand behind or between sounds."""

from __future__ import annotations

TAG_STARTS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"3DI")
"""What ID3v2, ID3v1, APE and Lyrics3 tags begin with, and what an ID3v2 tag's footer does."""


def after_id3(content: bytes) -> int:
    """The position behind all ID3v2 tags that a file begins with; it may lie beyond the content."""
    start = 0
    while content[start : start + 3] == b"ID3" and start + 10 <= len(content):
        start += id3_size(content[start : start + 10])
    return start


def id3_size(head: bytes) -> int:
    """The size of a whole ID3v2 tag in bytes, from its first ten."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size + (10 if head[5] & 0x10 else 0)
