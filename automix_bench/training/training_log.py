"""The log of a training: a JSON object a line, for each step and each validation.

A step's line has `step`, `loss`, `learning_rate` and `gradient_norm`, or `skipped` with the reason;
a validation's line has `step`, `validation` (the mean over songs), `songs` (the value of each) and
`best`. Both have `seconds` of training so far, a step's also `examples_per_second`: these are the
only ones that differ when the same training is run again.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from automix_bench.errors import DatasetError
from automix_bench.files.canonical_json import canonical

LOG = "log.jsonl"
TIMES = ("seconds", "examples_per_second")


class TrainingLog:
    """A log that is written to. Its lines are on the disk once `size` has been asked for.

    Args:
        path: of the file; it is made if it is not there.
        size: in bytes; what stands after them is dropped.

    Raises:
        DatasetError: the file is shorter.
    """

    def __init__(self, path: Path, size: int) -> None:
        present = path.stat().st_size if path.is_file() else 0
        if present < size:
            raise DatasetError(
                f"{path}: has {present} bytes, its checkpoint says {size}: put the file back, or "
                "take the folder away to begin again"
            )
        self._file = path.open("r+b" if path.is_file() else "w+b")
        self._file.truncate(size)
        self._file.seek(size)

    def write(self, line: Mapping[str, Any]) -> None:
        """Add a line; what is not finite is null."""
        self._file.write(json.dumps(_finite(dict(line)), ensure_ascii=False).encode() + b"\n")

    def size(self) -> int:
        """The number of bytes, all of which are on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        self._file.close()


def _finite(value: Any) -> Any:
    """The value with null in place of what is not finite."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_log(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a log; one that a kill has cut short is left out.

    Raises:
        DatasetError: there is no log.
    """
    if not path.is_file():
        raise DatasetError(f"{path}: no log of a training there")
    with path.open("rb") as file:
        for line in file:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record


def curve_sha256(path: Path) -> str:
    """The sha256 of a log without its times: equal when the same training is run again."""
    digest = hashlib.sha256()
    for line in read_log(path):
        digest.update(canonical({k: v for k, v in line.items() if k not in TIMES}).encode() + b"\n")
    return digest.hexdigest()
