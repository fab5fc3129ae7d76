"""An open file, read as if some of its bytes were others, or it ended earlier."""

from __future__ import annotations

import io
from typing import Any


class PatchedFile(io.RawIOBase):
    """A file for reading, with the bytes from `position` on replaced by `patch`, and those from
    `stop` on left out."""

    def __init__(self, file: Any, position: int, patch: bytes, stop: int | None = None) -> None:
        self._file, self._position, self._patch, self._stop = file, position, patch, stop

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == io.SEEK_END and self._stop is not None:
            end = min(self._stop, self._file.seek(0, io.SEEK_END))
            return int(self._file.seek(end + offset))
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:
        start, length = self.tell(), len(buffer)
        if self._stop is not None:
            length = max(0, min(length, self._stop - start))
        content = bytearray(self._file.read(length) or b"")
        for place, byte in enumerate(self._patch, self._position - start):
            if 0 <= place < len(content):
                content[place] = byte
        buffer[: len(content)] = bytes(content)
        return len(content)
