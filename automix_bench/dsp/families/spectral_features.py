"""The metrics `centroid_error`, `bandwidth_error` and `rolloff_error`: a frequency of the spectrum,
its logarithm averaged over frames, with librosa as peer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import librosa_feature_peer
from automix_bench.dsp.spectra.spectral_features import spectral_features
from automix_bench.metric import Known, Metric, error_metric, of_file


def frequency_metric(
    module: str,
    doc: str | None,
    feature: Literal["centroid", "bandwidth", "rolloff"],
    by_librosa: Callable[[Any, int], Any],
    *,
    within: float,
    sees: tuple[str, ...],
    known: Known,
) -> Metric:
    """The metric of one frequency, in octaves above 1 kHz; undefined for silence.

    Args:
        module, doc: `__name__` and `__doc__` of the plug-in file.
        feature: the feature's name in `Features` and in librosa.
        by_librosa: the frequency of each frame in Hz, from magnitudes and the rate.
        within: how far librosa may lie from ours, in octaves.
        sees, known: as in `Metric`.
    """

    def octaves(audio: Audio) -> float:
        hz = getattr(spectral_features(audio), f"{feature}_hz")
        return float(np.mean(np.log2(hz / 1000.0))) if hz.size else math.nan

    def librosa_octaves(magnitudes: Any, rate: int) -> float:
        return float(np.mean(np.log2(by_librosa(magnitudes, rate) / 1000.0)))

    return error_metric(
        **of_file(module, doc),
        unit="octaves",
        better="lower",
        low=0.0,
        high=10.0,
        perfect=0.0,
        step=0.05,
        blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
        source="librosa (McFee et al., SciPy 2015), frame by frame: "
        f"spectral_{feature}; in octaves",
        peers=(librosa_feature_peer(librosa_octaves, within=within),),
        sees=sees,
        known=(known,),
    )(octaves)
