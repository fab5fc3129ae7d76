"""Error of the ratio of peak to loudness."""

from __future__ import annotations

import math

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import integrated_lufs, or_nan, true_peak_dbtp
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, error_metric

__all__ = ["plr_error"]


@error_metric(
    unit="LU",
    better="lower",
    low=0.0,
    high=60.0,
    perfect=0.0,
    step=0.5,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("clip",),
    source="peak-to-loudness ratio, AES TD1008 (2021); true peak and loudness of ITU-R BS.1770-5",
    known=(
        Known(
            "one of two like channels muted: as loud a peak, 10 log10 2 LU less loudness",
            lambda: (tone(0.1, 0.1), tone(0.1, 0.0)),
            3.0103,
            1e-3,
        ),
        Known(
            "half the amplitude: peak and loudness fall alike",
            lambda: (tone(0.1, 0.1), tone(0.05, 0.05)),
            0.0,
            1e-3,
        ),
    ),
)
def plr_error(audio: Audio) -> float:
    """Absolute difference of the peak-to-loudness ratio, the head-room that a master uses.

        PLR = dBTP - LUFS        | PLR(estimate) - PLR(reference) |

    The true peak is taken over all channels, the loudness is integrated loudness. PLR is a crest
    factor with K-weighting and gates: dense masters have 7 to 10 LU, music with its dynamics left
    14 LU and more.

    Undefined (NaN) for a reference that does not pass the gate at -70 LUFS, and for audio shorter
    than 0.4 s, of more than 6 channels (5.1) or under 4 kHz. An estimate under that gate gets the
    worst value.
    """
    lufs = or_nan(integrated_lufs, audio)
    return true_peak_dbtp(audio) - lufs if math.isfinite(lufs) else math.nan
