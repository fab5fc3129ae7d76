"""Estimate the loudness balance of a mix from the loudness of its separated sources."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.audio import total
from automix_bench.model import Answer, Brief
from automix_bench.task_parts.balance import balance_lu
from automix_bench.task_parts.one_after_another import separated

__all__ = ["BalanceBySeparation"]


@dataclass(frozen=True)
class BalanceBySeparation:
    """Separate the mix, and measure how loud each separated source is relative to it.

    The method of Ward et al. (WIMP 2017): any separator, then BS.1770. What leaks into a quiet
    source makes it too loud, so its level is an upper bound rather than an estimate.

    Attributes:
        separators: as in the model `separate`.
        silent_lu: the level of a source in which the separator leaves silence.
    """

    separators: tuple[str, ...] = ("spleeter", "harmonic_percussive")
    silent_lu: float = -40.0

    def __call__(self, brief: Brief) -> Answer:
        mix = total(brief.stems[name] for name in sorted(brief.stems))
        sources = separated(mix, self.separators)
        return Answer(values={**dict.fromkeys(sources, self.silent_lu), **balance_lu(mix, sources)})
