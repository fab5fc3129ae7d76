"""The metrics `momentary_max_error` and `short_term_max_error`: the loudest window, after EBU
Tech 3341."""

from __future__ import annotations

from collections.abc import Callable

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import or_nan
from automix_bench.dsp.peers.loudness import libebur128_peer
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, Metric, error_metric, of_file


def loudest_metric(
    module: str,
    doc: str | None,
    loudest_lufs: Callable[[Audio], float],
    *,
    seconds: float,
    peer: Callable[[Audio], float],
    sees: tuple[str, ...],
    burst: Known,
) -> Metric:
    """The metric of one length of window; undefined for shorter sounds.

    Args:
        module, doc: `__name__` and `__doc__` of the plug-in file.
        loudest_lufs: the loudness of the loudest window.
        seconds: the length of a window.
        peer: the same by libebur128.
        sees: as in `Metric`.
        burst: the known answer for a tone that stops.
    """

    def loudest(audio: Audio) -> float:
        return or_nan(loudest_lufs, audio)

    doubled = Known(
        "twice the amplitude: 20 log10 2 LU",
        lambda: (tone(0.1, 0.1, seconds=4.0), tone(0.2, 0.2, seconds=4.0)),
        6.0206,
        1e-3,
    )
    return error_metric(
        **of_file(module, doc),
        unit="LU",
        better="lower",
        low=0.0,
        high=70.0,
        perfect=0.0,
        step=0.5,
        blind_to=("polarity", "delay", "channel swap", "stereo"),
        source=f"EBU Tech 3341 (2023), of windows of {seconds:g} s every 10 ms",
        known=(doubled, burst),
        peers=(libebur128_peer(peer, within=0.01),),
        sees=sees,
    )(loudest)
