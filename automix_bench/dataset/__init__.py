"""A finished data set: its plan, shards and manifest, how it is read, verified and described.

    from automix_bench.dataset import Dataset

`Dataset` is imported when it is first asked for, so that importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from automix_bench.dataset.reader import Dataset

__all__ = ["Dataset"]


def __getattr__(name: str) -> object:
    if name == "Dataset":
        from automix_bench.dataset.reader import Dataset

        return Dataset
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
