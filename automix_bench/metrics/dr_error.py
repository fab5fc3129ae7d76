"""Error of the DR value of the loudness-war meters."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, error_metric

__all__ = ["dr_error"]

_BLOCK_SECONDS = 3.0
_LOUDEST = 0.2


def _clicked() -> tuple[Audio, Audio]:
    """15 s of tone, and the same with full-scale samples at 4 s and at 10 s."""
    whole = tone(0.1, 0.1, seconds=15.0)
    index = np.arange(whole.length)
    clicks = (index == 4 * whole.rate) | (index == 10 * whole.rate)
    return whole, whole.with_samples(whole.samples * ~clicks + clicks)


@error_metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=60.0,
    perfect=0.0,
    step=1.0,
    blind_to=("gain", "polarity", "delay", "channel swap"),
    sees=("clip", "compression"),
    source="TT Dynamic Range Meter (Pleasurize Music Foundation, 2009) as drmeter 0.4.9 has it, "
    "without rounding to whole numbers",
    known=(
        Known(
            "clicks 20 dB over a tone in two blocks of five: the second-highest peak is one",
            _clicked,
            20.0,
            0.01,
        ),
        Known(
            "of one block there is no second-highest peak",
            lambda: (tone(0.1, 0.1, seconds=3.0), tone(0.1, 0.1, seconds=3.0)),
            math.nan,
            0.0,
        ),
    ),
)
def dr_error(audio: Audio) -> float:
    """Absolute difference of DR ("DR14"), the number that loudness-war meters print on records.

        DR = 20 log10(second-highest block peak / sqrt(mean of 2 mean x^2 of the loudest blocks))
        | DR(estimate) - DR(reference) |

    Blocks last 3 s; the last block is the remainder. The loudest blocks are the loudest fifth, at
    least one. DR is computed for each channel by itself and averaged over the channels that are not
    silent. A sine has 0 dB. The meters require 15 s or more, and print the rounded value.

    Undefined (NaN) for audio of no more than 3 s, and for a reference in which no channel sounds or
    a channel sounds in no more than one block; such an estimate gets the worst value.
    """
    size = round(_BLOCK_SECONDS * audio.rate)
    begins = np.arange(0, audio.length, size)
    if begins.size < 2:
        return math.nan
    channels_db = [_of_channel(row, begins) for row in audio.samples if row.any()]
    return float(np.mean(channels_db)) if channels_db else math.nan


def _of_channel(row: np.ndarray, begins: np.ndarray) -> float:
    """DR in dB; `-inf` where the second-highest peak is silence."""
    highest = np.maximum(np.maximum.reduceat(row, begins), -np.minimum.reduceat(row, begins))
    energies = np.add.reduceat(np.square(row, dtype=np.float64), begins)
    powers = 2.0 * energies / np.diff(begins, append=row.size)
    loudest = np.sort(powers)[-max(1, round(begins.size * _LOUDEST)) :]
    second = float(np.sort(highest)[-2])
    return 20.0 * math.log10(second) - 10.0 * math.log10(np.mean(loudest)) if second else -math.inf
