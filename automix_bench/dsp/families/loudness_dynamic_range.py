"""The metrics `ldr_*`: how far attacks stand out, as a percentile of loudness dynamic range."""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.dynamics.microdynamics import Windows, percentile_db
from automix_bench.dsp.plain_sounds import growing
from automix_bench.metric import Known, Metric, error_metric, of_file


def ldr_metric(
    module: str, doc: str | None, windows: Windows, *, sees: tuple[str, ...], growth: Known
) -> Metric:
    """The metric of one pair of windows.

    Args:
        module, doc: `__name__` and `__doc__` of the plug-in file.
        windows: fast and slow.
        sees: as in `Metric`.
        growth: the known answer for a steady sound and one that grows.
    """
    steady = Known(
        "steady at two levels: 0 dB either",
        lambda: (growing(0.0), growing(0.0).scaled(0.5)),
        0.0,
        1e-4,
    )
    return error_metric(
        **of_file(module, doc),
        unit="dB",
        better="lower",
        low=0.0,
        high=20.0,
        perfect=0.0,
        step=0.2,
        blind_to=("gain", "polarity", "delay", "channel swap", "stereo"),
        source="after the loudness dynamic range of Skovenborg, Measures of microdynamics, AES "
        "convention 137 (2014); windows of DiffVox, Yu et al., DAFx 2025",
        known=(growth, steady),
        sees=sees,
    )(partial(percentile_db, windows=windows))
