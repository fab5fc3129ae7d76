"""Given a mix, say how loud its vocals, drums, bass and other sources are in it.

The task of Ward, Wierstorf, Mason, Plumbley and Hummersone, "Estimating the loudness balance of
musical mixtures using audio source separation", WIMP 2017. The answer has numbers only, in LU
relative to the mix. A source that is silent, or below -70 LUFS, is not asked for.
"""

from __future__ import annotations

from automix_bench.example import Example
from automix_bench.metrics.values.level_bias import level_bias
from automix_bench.metrics.values.level_error import level_error
from automix_bench.metrics.values.level_order import level_order
from automix_bench.metrics.values.within_1_lu import within_1_lu
from automix_bench.metrics.values.within_3_lu import within_3_lu
from automix_bench.model import Answer, Brief
from automix_bench.task import Task
from automix_bench.task_parts.balance import balance_lu
from automix_bench.task_parts.four_stems import four_stems

__all__ = ["loudness_balance"]


def _mix_after(example: Example) -> Brief:
    return Brief(stems={"mix": example.after.mix})


def _levels_in_mix(example: Example) -> Answer:
    return Answer(values=balance_lu(example.after.mix, four_stems(example.after.stems)))


loudness_balance = Task(
    "loudness_balance",
    version=1,
    description="Shown: a mix. Wanted: the loudness of each source relative to it, in LU.",
    brief=_mix_after,
    wanted=_levels_in_mix,
    metrics=(level_error, level_bias, level_order, within_1_lu, within_3_lu),
    floor="balance_constant",
    ceiling="oracle",
    recipes=("loudness_balance",),
)
