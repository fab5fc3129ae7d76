"""The order of the tracks means nothing."""

from __future__ import annotations

from dataclasses import replace

from automix_bench.audio import Audio
from automix_bench.checkup.check_trial import SOURCES, Finding, check_trial
from automix_bench.checkup.compare import difference_db, differences
from automix_bench.checkup.subject import Subject

__all__ = ["track_order"]

_MOST_DB = -60.0


@check_trial(
    challenge=SOURCES,
    expects="The answer is the same in another order: the difference is at most -60 dB of it.",
    limit="at most -60 dB",
    unit="dB",
)
def track_order(subject: Subject) -> Finding:
    """The same tracks backwards, and with the first one last.

    Floating-point sums in another order differ by some -130 dB.
    """
    subject.demand_several()
    names = list(subject.tracks)
    worst, heard = float("-inf"), dict[str, Audio]()
    for order in (names[::-1], names[1:] + names[:1]):
        shown = {name: subject.brief.stems[name] for name in order}
        got = subject.sounds(replace(subject.brief, stems=shown))
        distance = difference_db(subject.plain, got)
        if distance > worst:
            worst, heard = distance, differences(subject.plain, got)
    return Finding(worst, worst <= subject.allowed_db(_MOST_DB), sounds=heard)
