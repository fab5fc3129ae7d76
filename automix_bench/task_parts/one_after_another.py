"""Take a mix apart by separators, one after another: each takes apart what the last left over."""

from __future__ import annotations

from collections.abc import Sequence

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.separation.shown_mix import song_of
from automix_bench.separator import Separator
from automix_bench.task_parts.four_stems import FOUR_STEMS

REST = "accompaniment"


def separated(mix: Audio, separators: Sequence[str]) -> dict[str, Audio]:
    """The stems of a mix, by the first separator, and its `accompaniment` by the next.

    A `residual` is added to the accompaniment, else to `other`, else left out. A silent mix gives
    the `FOUR_STEMS`, silent.

    Args:
        separators: names of separators or paths of their files.
    """
    if not mix.samples.any():
        return dict.fromkeys(FOUR_STEMS, mix)
    stems = {REST: mix}
    for name in separators:
        if REST not in stems:
            break
        stems |= _by(name, stems.pop(REST))
    return stems


def _by(name: str, mix: Audio) -> dict[str, Audio]:
    """The stems that a separator finds in a mix, without `residual`."""
    offered = plugin.load("separators", name)
    separator: Separator = offered() if isinstance(offered, type) else offered
    stems = dict(separator(song_of(mix)).stems)
    residual = stems.pop("residual", None)
    rest = next((one for one in (REST, "other") if one in stems), None)
    if residual is not None and rest is not None:
        stems[rest] += residual
    return stems
