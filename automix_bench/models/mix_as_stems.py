"""Return the mix as every stem: the floor of the separation boards."""

from __future__ import annotations

from automix_bench.audio import total
from automix_bench.model import Answer, Brief
from automix_bench.task_parts.four_stems import FOUR_STEMS

__all__ = ["MixAsStems"]


class MixAsStems:
    """Return the mix itself as vocals, drums, bass and other. A separator has to beat this.

    The estimate that SiSEC calls MIX (Stöter, Liutkus and Ito, arXiv 1804.06267). Where several
    stems are shown, their sum is the mix.
    """

    def __call__(self, brief: Brief) -> Answer:
        mix = total(brief.stems[name] for name in sorted(brief.stems))
        return Answer(stems=dict.fromkeys(FOUR_STEMS, mix))
