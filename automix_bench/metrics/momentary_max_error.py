"""Absolute difference of the loudest 0.4 seconds.

    | max LUFS_M(estimate) - max LUFS_M(reference) |

The power is K-weighted as for integrated loudness, over windows of 0.4 s, without a gate. The value
depends on the loudest window of each sound, which need not be the same one; errors elsewhere are
not seen.

Undefined (NaN) for a silent reference and for audio shorter than one window, of more than 6
channels (5.1) or under 4 kHz; a silent estimate gets the worst value.
"""

from __future__ import annotations

from automix_bench.dsp.families.loudest_window import loudest_metric
from automix_bench.dsp.loudness import BLOCK_SECONDS, momentary_max_lufs
from automix_bench.dsp.peers import loudness
from automix_bench.dsp.plain_sounds import begun, tone
from automix_bench.metric import Known

__all__ = ["momentary_max_error"]

momentary_max_error = loudest_metric(
    __name__,
    __doc__,
    momentary_max_lufs,
    seconds=BLOCK_SECONDS,
    peer=loudness.momentary_max_lufs,
    sees=("noise", "low_pass", "level"),
    burst=Known(
        "0.5 s of tone, then nothing: the loudest 0.4 s is that of the whole tone",
        lambda: (tone(0.1, 0.1, seconds=4.0), begun(0.5)),
        0.0,
        within=0.01,
    ),
)
