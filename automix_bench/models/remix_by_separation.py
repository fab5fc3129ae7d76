"""Change the level of sources in a mix: take it apart, change the parts, add them."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from automix_bench.audio import Audio, amplitude, total
from automix_bench.model import Answer, Brief
from automix_bench.task_parts.four_stems import which_of_four
from automix_bench.task_parts.one_after_another import REST, separated
from automix_bench.task_parts.remix_requests import request_in

__all__ = ["RemixBySeparation"]


@dataclass(frozen=True)
class RemixBySeparation:
    """Separate the mix, and add to it what the request changes in the separated sources.

    Remixing by separation, as in Wierstorf, Ward et al. (AES 143, 2017). What is not asked for
    stays in the mix as it is: errors of the separator come in only as far as a source is changed.
    A track such as `kick` is a part of a source that separators know, `drums`. A request for it
    moves the whole source by `part` of its decibels.

    Attributes:
        separators: as in the model `separate`.
        part: the share of a change that a source gets if only a track of it is asked for.
    """

    separators: tuple[str, ...] = ("spleeter", "harmonic_percussive")
    part: float = 0.35

    def __call__(self, brief: Brief) -> Answer:
        mix = total(brief.stems[name] for name in sorted(brief.stems))
        asked: dict[str, list[float]] = {}
        for track, gain_db in request_in(brief.text or "nothing").items():
            source = track if track == REST else which_of_four(track)
            whole = track == source
            asked.setdefault(source, []).append(gain_db if whole else self.part * gain_db)
        if not asked:
            return Answer({"mix": mix})
        sources = separated(mix, self.separators)
        changes = [
            _change(sources[name], fmean(gains_db))
            for name, gains_db in sorted(asked.items())
            if name in sources
        ]
        return Answer({"mix": total([mix, *changes])})


def _change(source: Audio, gain_db: float) -> Audio:
    """What a gain adds to a mix that holds the source."""
    return source.scaled(amplitude(gain_db) - 1.0)
