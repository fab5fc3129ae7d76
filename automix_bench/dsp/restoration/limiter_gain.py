"""The gain that a look-ahead limiter had, estimated from its output.

A limiter makes y[n] = g[n] x[n]; the inverse is x[n] = y[n] / g[n], sample by sample, as in Jeon
and Lee, "Music de-limiter networks via sample-wise gain inversion", WASPAA 2023. They estimate g by
a network. Here it follows from where the output touches the ceiling, without any training:

    touch[n] = 1 where the true peak of y around n is within 0.15 dB of the highest, else 0,
    need[n] = 30 dB sqrt(the share of touches in the 300 ms around n) where touch[n] = 1, else 0,

and -20 log10 g[n] is `need` with the shape that a limiter gives it (`effects.limiter`): reached
within 1.5 ms before the peak, then released with a time constant of 12 ms. Music that touches the
ceiling more often was driven into it further. The square root, 30 dB and the two times were chosen
on eight composed songs (`docs/removal.md`).
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage
from jaxtyping import Bool, Float64

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.detector import pole
from automix_bench.dsp.dynamics.lookahead import arriving, highest_ahead, released
from automix_bench.dsp.dynamics.true_peak import peaks_around

__all__ = ["limiter_reduction_db", "unlimited"]

_TOUCHING_DB = 0.15
_AROUND_SECONDS = 0.3
_DEEPEST_DB = 30.0
_LOOKAHEAD_MS = 1.5
_RELEASE_MS = 12.0
_FEWEST_TOUCHES = 4
_APART_SECONDS = 0.05


def unlimited(audio: Audio) -> Audio:
    """The sound divided by the estimated gain; unchanged where that is 1.

    A sound that touches its highest peak less than four times, 50 ms or more apart, counts as not
    limited and is returned as it is.
    """
    reduction_db = limiter_reduction_db(audio)
    if not reduction_db.any():
        return audio
    return audio.with_samples(audio.samples * 10.0 ** (reduction_db / 20.0))


def limiter_reduction_db(audio: Audio) -> Float64[np.ndarray, " samples"]:
    """The reduction in dB of all channels, 0 or more; 0 throughout if nothing was limited."""
    peaks = peaks_around(audio)
    touching = peaks >= peaks.max() * 10.0 ** (-_TOUCHING_DB / 20.0)
    if peaks.max() == 0.0 or _touches(touching, audio.rate) < _FEWEST_TOUCHES:
        return np.zeros(audio.length)
    around = 2 * round(_AROUND_SECONDS * audio.rate / 2.0) + 1
    share = scipy.ndimage.uniform_filter1d(touching.astype(np.float64), around, mode="nearest")
    need_db = np.where(touching, _DEEPEST_DB * np.sqrt(np.maximum(share, 0.0)), 0.0)
    ahead = max(1, round(_LOOKAHEAD_MS * audio.rate / 1_000.0))
    target_db = highest_ahead(np.concatenate([np.zeros(ahead), need_db]), ahead)
    reduction_db = arriving(released(target_db, pole(_RELEASE_MS, audio.rate)), ahead)[ahead:]
    return np.asarray(np.maximum(reduction_db, 0.0))


def _touches(touching: Bool[np.ndarray, " samples"], rate: int) -> int:
    """How many touches there are, those less than 50 ms apart counted once."""
    places = np.flatnonzero(touching)
    return 1 + int(np.count_nonzero(np.diff(places) >= _APART_SECONDS * rate))
