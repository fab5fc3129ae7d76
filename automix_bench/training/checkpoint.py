"""Checkpoints of a training: written atomically, checked by their hash, the last two kept."""

from __future__ import annotations

import hashlib
import io
import pickle
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from automix_bench.dataset.folder import remove_unfinished
from automix_bench.errors import DatasetError
from automix_bench.files.atomic import file_sha256, write_whole

FOLDER = "checkpoints"
KEPT = 2
_NAME = re.compile(r"step-(\d{9})-([0-9a-f]{16})\.pt")
"""The step, and the beginning of the sha256 of the file."""


def packed_state(state: Mapping[str, Any]) -> bytes:
    """A state of tensors, numbers, texts, lists and dicts as bytes."""
    import torch

    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    return buffer.getvalue()


def unpacked_state(content: bytes) -> dict[str, Any]:
    """The state of these bytes, on the CPU. Nothing in them can run code.

    Raises:
        ValueError: they hold something else.
    """
    import torch

    try:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise ValueError(str(error).partition("\n")[0]) from error
    if not isinstance(state, dict):
        raise ValueError(f"expected a dict, got {type(state).__name__}")
    return state


def write_checkpoint(out: Path, step: int, state: Mapping[str, Any]) -> Path:
    """Write the checkpoint of a step, and delete all but the last two.

    Raises:
        DiskFull: there is no room; earlier checkpoints are left.
    """
    folder = out / FOLDER
    folder.mkdir(exist_ok=True)
    content = packed_state(state)
    digest = hashlib.sha256(content).hexdigest()[:16]
    path = folder / f"step-{step:09d}-{digest}.pt"
    write_whole(path, content)
    others = [other for other in checkpoints(out) if other != path]
    later = [other for other in others if _step(other) > step]  # of a time that was gone back from
    earlier = [other for other in others if _step(other) <= step]
    for other in (*later, *earlier[KEPT - 1 :]):
        other.unlink(missing_ok=True)
    return path


def checkpoints(out: Path) -> list[Path]:
    """The checkpoints of a training, the newest first."""
    folder = out / FOLDER
    if not folder.is_dir():
        return []
    by_age = [(path.stat().st_mtime_ns, path) for path in folder.iterdir() if _step(path) >= 0]
    return [path for _, path in sorted(by_age, key=lambda one: (_step(one[1]), one[0]))][::-1]


def newest_state(out: Path, told: Callable[[str], None]) -> dict[str, Any] | None:
    """The state of the newest checkpoint that is whole; None if there is no checkpoint. Unfinished
    files of runs that were killed are removed.

    Args:
        told: is called with a line for each checkpoint that is damaged.

    Raises:
        DatasetError: there are checkpoints, and all are damaged.
    """
    every = checkpoints(out)
    if (out / FOLDER).is_dir():
        remove_unfinished(out / FOLDER)
    for path in every:
        try:
            if not file_sha256(path).startswith(_NAME.fullmatch(path.name)[2]):  # type: ignore[index]
                raise ValueError("its bytes are not those that were written")
            return unpacked_state(path.read_bytes())
        except (ValueError, OSError) as error:
            told(f"{path}: damaged: {error}; going on from the one before")
    if every:
        raise DatasetError(
            f"{out / FOLDER}: all checkpoints are damaged: take {out} away to begin again"
        )
    return None


def _step(path: Path) -> int:
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else -1
