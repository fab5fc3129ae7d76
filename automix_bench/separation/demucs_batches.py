"""Batches: several segments of a mix go through a Demucs network at once.

`demucs.apply.apply_model` cuts a mix into segments, submits each to a pool, and then asks for the
results in turn. This pool collects segments until there is a batch. It treats a segment as
`apply_model` does (demucs 4.1, its last branch): the segment is extended on both sides to the
length that the network needs, and the result is cut back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any


class Batches:
    """A pool for `apply_model` that computes up to `size` segments at a time, in one thread."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._waiting: list[_Segment] = []

    def submit(
        self,
        _apply_model: object,
        model: Any,
        chunk: Any,
        *,
        segment: float | None,
        device: Any,
        callback: Callable[[dict[str, Any]], None],
        callback_arg: dict[str, Any],
        **_settings: object,
    ) -> _Segment:
        """Add a segment. Its `result()` can be called once."""
        length = _input_length(model, chunk.length, segment)
        report = partial(callback, {**callback_arg, "state": "start"})
        waiting = _Segment(self, model, chunk, length, device, report)
        self._waiting.append(waiting)
        return waiting

    def shutdown(self, **_how: object) -> None:
        """Drop the segments that wait."""
        self._waiting.clear()

    def compute(self) -> None:
        """Compute the segment that has waited longest, and others of its length."""
        import torch

        first = self._waiting[0]
        first.report()
        # The last segments of a mix may be shorter, if the network takes any length.
        batch = [other for other in self._waiting if other.input_length == first.input_length]
        batch = batch[: self.size]
        inputs = torch.cat([one.chunk.padded(one.input_length) for one in batch])
        with torch.no_grad():
            estimates = first.model(inputs.to(first.device))
        for index, one in enumerate(batch):
            one.estimate = _centre(estimates[index : index + 1], one.chunk.length)
            self._waiting.remove(one)


@dataclass(eq=False)
class _Segment:
    pool: Batches
    model: Any
    chunk: Any
    input_length: int
    device: Any
    report: Callable[[], None]
    estimate: Any = None

    def result(self) -> Any:
        if self.estimate is None:
            self.pool.compute()
        # `apply_model` keeps its segments to the end of the mix; their estimates are dropped here.
        estimate, self.estimate = self.estimate, None
        return estimate


def _input_length(model: Any, length: int, segment: float | None) -> int:
    """How many samples the network needs for a segment of `length` samples."""
    from demucs.htdemucs import HTDemucs

    if segment is not None and isinstance(model, HTDemucs):
        return int(segment * model.samplerate)
    valid_length = getattr(model, "valid_length", None)
    return length if valid_length is None else int(valid_length(length))


def _centre(estimates: Any, length: int) -> Any:
    before = (estimates.shape[-1] - length) // 2
    return estimates[..., before : before + length]
