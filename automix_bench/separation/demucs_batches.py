"""Segments of a mix that go through a Demucs network side by side, as one batch.

`demucs.apply.apply_model` cuts a mix into segments and hands each to a pool, then asks for the
results in turn. This pool lets them wait until there is a batch of them. What it does to a
segment is what `apply_model` does (demucs 4.1, its last branch): shown with what surrounds it up to
the length the network wants, and cut again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Batches:
    """A pool for `apply_model` that computes `size` segments at a time, in one thread."""

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
        **_settings: object,
    ) -> _Segment:
        """Take a segment, of which `result()` can be asked once."""
        waiting = _Segment(self, model, chunk, _shown_length(model, chunk.length, segment), device)
        self._waiting.append(waiting)
        return waiting

    def shutdown(self, **_how: object) -> None:
        """Forget what waits."""
        self._waiting.clear()

    def compute(self) -> None:
        """Let the segment that waits longest through, and others of its length with it."""
        import torch

        first = self._waiting[0]
        # The last segments of a mix may be shorter: a network that takes any length sees them so.
        batch = [other for other in self._waiting if other.shown_length == first.shown_length]
        batch = batch[: self.size]
        shown = torch.cat([one.chunk.padded(one.shown_length) for one in batch])
        with torch.no_grad():
            estimates = first.model(shown.to(first.device))
        for index, one in enumerate(batch):
            one.estimate = _centre(estimates[index : index + 1], one.chunk.length)
            self._waiting.remove(one)


@dataclass(eq=False)
class _Segment:
    pool: Batches
    model: Any
    chunk: Any
    shown_length: int
    device: Any
    estimate: Any = None

    def result(self) -> Any:
        if self.estimate is None:
            self.pool.compute()
        # `apply_model` keeps its segments to the end of the mix: only one batch of sound stays.
        estimate, self.estimate = self.estimate, None
        return estimate


def _shown_length(model: Any, length: int, segment: float | None) -> int:
    from demucs.htdemucs import HTDemucs

    if segment is not None and isinstance(model, HTDemucs):
        return int(segment * model.samplerate)
    wanted = getattr(model, "valid_length", None)
    return length if wanted is None else int(wanted(length))


def _centre(estimates: Any, length: int) -> Any:
    before = (estimates.shape[-1] - length) // 2
    return estimates[..., before : before + length]
