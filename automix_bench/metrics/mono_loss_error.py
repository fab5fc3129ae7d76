"""Error of the loudness that a sum to mono loses."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.dsp.memo import shared
from automix_bench.dsp.peers import loudness as outside_loudness
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, Peer, error_metric

__all__ = ["mono_loss_error"]

_MEASURED_AT_LUFS = -23.0
_MOST_LU = 40.0


def _by_libebur128(*, reference: Audio, estimate: Audio) -> float:
    def loss_lu(audio: Audio) -> float:
        summed = np.repeat(audio.samples.mean(axis=0, keepdims=True), 2, axis=0)
        lufs = outside_loudness.integrated_lufs
        return lufs(audio) - lufs(audio.with_samples(summed))

    return abs(loss_lu(estimate) - loss_lu(reference))


@error_metric(
    unit="LU",
    better="lower",
    low=0.0,
    high=_MOST_LU,
    perfect=0.0,
    step=0.5,
    blind_to=("gain", "polarity", "delay", "channel swap", "truncation"),
    sees=("noise", "reverb", "width"),
    source="ITU-R BS.1770-4 of the sound and of its mono sum, as a mono button would play it",
    known=(
        Known(
            "one channel muted: half the power, and in the sum a quarter of it: 3.0103 LU",
            lambda: (tone(0.3, 0.3), tone(0.3, 0.0)),
            3.0103,
            1e-3,
        ),
        Known("one channel turned over", lambda: (tone(0.3, 0.3), tone(0.3, -0.3)), _MOST_LU, 1e-6),
    ),
    peers=(Peer("libebur128", ("pyebur128",), _by_libebur128, 0.01),),
)
def mono_loss_error(audio: Audio) -> float:
    """Absolute difference of the loudness that is lost in a sum to mono.

        loss = LUFS(L, R) - LUFS(M, M),  M = (L + R) / 2      | loss(estimate) - loss(reference) |

    The loss is 0 LU for two equal channels, 3.01 LU for unrelated channels and for one channel
    alone, and infinite if one channel is the other with reversed polarity. It is held between 0 and
    40 LU. Both loudnesses are measured with the sound brought to -23 LUFS, so that the gate at -70
    LUFS removes the same from loud and quiet sounds.

    Undefined (NaN) for a reference that does not pass that gate as it is, that is shorter than one
    block of 0.4 s, that has not two channels, or a rate under 4 kHz. An estimate under the gate
    gets the worst value.
    """
    return _loss_lu(audio)


@shared
def _loss_lu(audio: Audio) -> float:
    if audio.channels != 2:
        return math.nan
    loudness = or_nan(integrated_lufs, audio)
    if not math.isfinite(loudness):
        return math.nan
    middle = (audio.samples[0] + audio.samples[1]) * np.float32(0.5)
    if not middle.any():
        return _MOST_LU
    raised = amplitude(_MEASURED_AT_LUFS - loudness)
    summed = Audio(np.stack([middle, middle]) * np.float32(raised), audio.rate)
    return min(max(_MEASURED_AT_LUFS - integrated_lufs(summed), 0.0), _MOST_LU)
