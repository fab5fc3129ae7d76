"""Take a mix apart by the separator that was trained here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import total
from automix_bench.model import Answer, Brief
from automix_bench.task_parts.one_after_another import separated
from automix_bench.weights.store import file_of, sha256_of

__all__ = ["SeparateBySmallSeparator"]

VOCALS = "vocals"


@dataclass(frozen=True)
class SeparateBySmallSeparator:
    """Drums, bass and other by the separator `small_separator`, which is trained here:
    `automix-bench train small_separator`.

    Where several stems are shown, their sum is the mix. The network has never heard a voice, so its
    `vocals` are silent: what sings is in `other`. What it leaves over is added to `other`, so the
    stems sum to the mix.
    """

    def fingerprint(self) -> str:
        """The sha256 of the separator's weights."""
        return sha256_of(file_of("small_separator"))

    def __call__(self, brief: Brief) -> Answer:
        if not brief.stems:
            raise ValueError("expected the stems of a mix, got none")
        mix = total(brief.stems[name] for name in sorted(brief.stems))
        stems = separated(mix, ("small_separator",))
        return Answer(stems={VOCALS: mix.with_samples(np.zeros_like(mix.samples)), **stems})
