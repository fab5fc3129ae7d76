"""Error of the ratio of peak to short-term loudness."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import (
    GATE_LUFS,
    SHORT_TERM_SECONDS,
    STEPS_A_SECOND,
    or_nan,
    short_term_lufs,
    true_peaks,
)
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, error_metric

__all__ = ["psr_error"]


def _clicked() -> tuple[Audio, Audio]:
    """9 s of tone, and the same with a full-scale sample at 4.5 s, between digital silence."""
    whole = tone(0.1, 0.1, seconds=9.0)
    near = np.abs(np.arange(whole.length) - whole.length // 2 - whole.rate // 200)
    quiet = whole.samples * (near > whole.rate // 100)
    return whole.with_samples(quiet), whole.with_samples(quiet + (near == 0))


@error_metric(
    unit="LU",
    better="lower",
    low=0.0,
    high=60.0,
    perfect=0.0,
    step=0.5,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("clip",),
    source="peak to short-term loudness ratio, after Shepherd, Grimm, Tapper, Kahsnitz & Kerr, "
    "Dynamics meter, AES convention 143 (2017), e-brief; windows of EBU Tech 3341",
    known=(
        Known(
            "one of two like channels muted: as loud a peak, 10 log10 2 LU less loudness",
            lambda: (tone(0.1, 0.1, seconds=4.0), tone(0.1, 0.0, seconds=4.0)),
            3.0103,
            1e-3,
        ),
        Known(
            "a click, 20 dB over the tone, in 30 of 61 windows: 30 / 61 of 20 dB",
            _clicked,
            20.0 * 30.0 / 61.0,
            0.2,
        ),
    ),
)
def psr_error(audio: Audio) -> float:
    """Absolute difference of the ratio of peak to short-term loudness, averaged over time.

        PSR = mean over windows of (dBTP - LUFS)      | PSR(estimate) - PSR(reference) |

    Windows of 3 s begin every 100 ms; each has its own true peak over all channels. Windows under
    -70 LUFS are left out. In the peak-to-loudness ratio one stray peak decides; here stray peaks
    and soft passages weigh no more than they last. Heavily limited music has 6 to 8 LU.

    Undefined (NaN) for a reference of which no 3 s pass the gate at -70 LUFS, and for audio shorter
    than 3 s, of more than 6 channels (5.1) or under 4 kHz. An estimate under that gate gets the
    worst value.
    """
    return or_nan(_psr, audio)


def _psr(audio: Audio) -> float:
    levels, steps = short_term_lufs(audio), round(SHORT_TERM_SECONDS * STEPS_A_SECOND)
    hop = STEPS_A_SECOND // 10
    windows = np.lib.stride_tricks.sliding_window_view(true_peaks(audio), steps)
    peaks = windows[::hop][: levels.size].max(axis=1)
    passed = levels > GATE_LUFS
    if not passed.any():
        return math.nan
    return float(np.mean(20.0 * np.log10(peaks[passed]) - levels[passed]))
