"""The log of a training for TensorBoard, besides `log.jsonl`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from automix_bench.errors import MissingPart

FOLDER = "tensorboard"
_SCALARS = ("loss", "learning_rate", "gradient_norm", "examples_per_second", "validation")


def summary_writer() -> Any:
    """The class that writes files for TensorBoard.

    Raises:
        MissingPart: tensorboard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingPart(
            "train --tensorboard", "tensorboard", 'pip install "automix-bench[tensorboard]"'
        ) from error
    return SummaryWriter


class TensorBoardLog:
    """The numbers of a training as TensorBoard reads them.

    A training that goes on adds a file; TensorBoard shows the later of two values of one step.

    Raises:
        MissingPart: tensorboard is not installed.
    """

    def __init__(self, out: Path) -> None:
        self._writer = summary_writer()(str(out / FOLDER))

    def add(self, line: Mapping[str, Any]) -> None:
        """Add the numbers of a line of the log."""
        for name in _SCALARS:
            if name in line:
                self._writer.add_scalar(name, line[name], line["step"])

    def close(self) -> None:
        self._writer.close()
