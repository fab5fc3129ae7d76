"""The output is not later than the input."""

from __future__ import annotations

from automix_bench.audio import total
from automix_bench.checkup.check_trial import ARTIFACTS, Finding, check_trial
from automix_bench.checkup.compare import lag
from automix_bench.checkup.subject import Subject

__all__ = ["latency"]

_MOST_MS = 1.0


@check_trial(
    challenge=ARTIFACTS,
    expects="What is returned lies within 1 ms of what was shown.",
    limit="at most 1 ms",
    unit="ms",
)
def latency(subject: Subject) -> Finding:
    """How late or early the output is against the input.

    The lag, of up to a second, at which the cross-correlation with the input is largest. A mix is
    compared with the plain sum of its tracks. Of several stems, the one that is furthest off.
    """
    subject.demand_sounds()
    whole = total(subject.brief.stems.values())
    lags = {}
    for name, audio in subject.plain.items():
        reference = whole if subject.kind.returned else subject.brief.stems[name]
        lags[name] = 1000.0 * lag(reference, audio) / audio.rate
    if len(subject.kind.returned) > 1:  # of separated stems, one that has much of the mix
        loudest = max(lags, key=lambda name: float(abs(subject.plain[name].samples).mean()))
        lags = {loudest: lags[loudest]}
    worst = max(lags.values(), key=abs)
    figures = {f"{name}_ms": value for name, value in lags.items()}
    heard = {"input": whole, **subject.plain}
    passed = abs(worst) <= _MOST_MS
    return Finding(worst, passed, "" if passed else _in_words(worst), figures, heard)


def _in_words(lag_ms: float) -> str:
    return f"{abs(lag_ms):.2f} ms {'late' if lag_ms > 0 else 'early'}"
