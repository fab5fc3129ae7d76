"""How far off the enjoyment of the content is, as Audiobox Aesthetics grades it."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.metric import error_metric
from automix_bench.networks import audiobox

__all__ = ["enjoyment"]


@error_metric(
    unit="grade",
    better="lower",
    low=0.0,
    high=9.0,
    perfect=0.0,
    step=0.2,
    blind_to=("channel swap",),
    source=audiobox.SOURCE,
    known=audiobox.KNOWN,
    license=audiobox.LICENSE,
    packages=("audiobox_aesthetics", "torch"),
    cheap=False,
)
def enjoyment(audio: Audio) -> float:
    """Content enjoyment (CE), 1 to 10: the difference from the reference's grade.

        | CE(estimate) - CE(reference) |

    How much a listener would like it: skill, emotion, the whole experience. A network's guess of
    what raters would say of the sound alone; see `perception/aesthetics.py`. `value` is the grade
    itself, which is what papers report.

    Hears the mean of the channels at 16 kHz: no stereo, nothing above 8 kHz. An answer that is
    better than its reference is off by as much as one that is worse.

    Undefined (NaN) for a reference that is silent or under 0.1 s; a silent estimate gets the worst
    value.

    Raises:
        MissingPart: torch or the package audiobox_aesthetics is not installed.
        UsageError: AUTOMIX_BENCH_AUDIOBOX_AESTHETICS does not name a folder with the weights.
    """
    return audiobox.grade(audio, "CE")
