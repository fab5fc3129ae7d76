"""The four ratios of BSS Eval by museval, for the proofs: medians over the seconds of one pair."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.metric import Peer

RATIOS = ("sdr", "isr", "sir", "sar")
LIMIT_DB = 80.0


def museval_peer(ratio: str) -> Peer:
    """A peer for one of `RATIOS`, for a song with one stem, held within the limit."""

    def compare(*, reference: Audio, estimate: Audio) -> float:
        pair = (audio.samples.T[np.newaxis].astype(np.float64) for audio in (reference, estimate))
        frames = museval_metrics().bss_eval(*pair, window=reference.rate, hop=reference.rate)
        held = np.clip(frames[RATIOS.index(ratio)], -LIMIT_DB, LIMIT_DB)
        return float(np.nanmedian(held))

    return Peer("museval", ("museval",), compare, 1e-3)


@functools.cache
def museval_metrics() -> Any:
    """The file `museval/metrics.py` by itself: the package around it cannot be imported without
    ffmpeg, which this file does not use.

    Raises:
        ModuleNotFoundError: museval is not installed.
    """
    package = importlib.util.find_spec("museval")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("museval is not installed")
    path = Path(package.origin).with_name("metrics.py")
    spec = importlib.util.spec_from_file_location("museval_metrics_alone", path)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"museval has no {path.name}")
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
