"""Absolute difference of the loudest 3 seconds.

    | max LUFS_S(estimate) - max LUFS_S(reference) |

The power is K-weighted as for integrated loudness, over windows of 3 s, without a gate. The value
depends on the loudest window of each sound, which need not be the same one; errors elsewhere are
not seen.

Undefined (NaN) for a silent reference and for audio shorter than one window, of more than 6
channels (5.1) or under 4 kHz; a silent estimate gets the worst value.
"""

from __future__ import annotations

from automix_bench.dsp.families.loudest_window import loudest_metric
from automix_bench.dsp.loudness import SHORT_TERM_SECONDS, short_term_max_lufs
from automix_bench.dsp.peers import loudness
from automix_bench.dsp.plain_sounds import begun, tone
from automix_bench.metric import Known

__all__ = ["short_term_max_error"]

short_term_max_error = loudest_metric(
    __name__,
    __doc__,
    short_term_max_lufs,
    seconds=SHORT_TERM_SECONDS,
    peer=loudness.short_term_max_lufs,
    sees=("noise", "low_pass", "clip", "level"),
    burst=Known(
        "0.75 s of tone, then nothing: a quarter of 3 s, 10 log10 4 LU",
        lambda: (tone(0.1, 0.1, seconds=4.0), begun(0.75)),
        6.0206,
        within=0.01,
    ),
)
