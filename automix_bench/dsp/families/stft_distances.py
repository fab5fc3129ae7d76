"""The metrics `mrstft*` and `spectral_convergence`: distances of short-time spectra, with auraloss
as their peer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from automix_bench.dsp.peers.spectra import auraloss_peer
from automix_bench.dsp.spectra.stft_distance import (
    Resolution,
    Weights,
    channels_distance,
    sum_and_difference_distance,
)
from automix_bench.metric import Known, Metric, metric, of_file

_SEES = ("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec")


def channels_metric(
    module: str,
    doc: str | None,
    resolutions: Sequence[Resolution],
    weights: Weights,
    *,
    source: str,
    step: float,
    known: Known,
    symmetric: bool = False,
    of_sum_and_difference: bool = False,
) -> Metric:
    """The distance over all channels together.

    Args:
        module, doc: `__name__` and `__doc__` of the plug-in file.
        resolutions, weights: as `channels_distance` takes them.
        source: the paper, and the settings of auraloss.
        step, known, symmetric: as in `Metric`.
        of_sum_and_difference: the mean distance of left plus right and left minus right instead.
    """
    distance = sum_and_difference_distance if of_sum_and_difference else channels_distance
    peer = auraloss_peer(resolutions, weights, of_sum_and_difference=of_sum_and_difference)
    return metric(
        **of_file(module, doc),
        unit="1",
        better="lower",
        low=0.0,
        high=50.0,
        perfect=0.0,
        step=step,
        blind_to=("polarity", "channel swap") if of_sum_and_difference else ("polarity",),
        sees=_SEES,
        source=source,
        known=(known,),
        symmetric=symmetric,
        peers=(peer,),
    )(partial(distance, resolutions=resolutions, weights=weights))


sum_and_difference_metric = partial(channels_metric, of_sum_and_difference=True)
"""The mean distance of left plus right and left minus right; arguments as `channels_metric`."""
