"""The metrics `panning_*`: how far the sound of a frequency band lies from the middle."""

from __future__ import annotations

import math

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import tone
from automix_bench.dsp.spectra.panning import panning_by_band
from automix_bench.metric import Known, Metric, error_metric, of_file


def panning_metric(
    module: str,
    doc: str | None,
    band: str,
    *,
    hz: float,
    step: float,
    blind_to: tuple[str, ...],
    sees: tuple[str, ...],
) -> Metric:
    """The metric of one band; undefined for anything but two channels.

    Args:
        module, doc: `__name__` and `__doc__` of the plug-in file.
        band: one of `automix_bench.dsp.spectra.panning.BANDS_HZ`.
        hz: a frequency in the band, of the tones of the known answers.
        step, blind_to, sees: as in `Metric`.
    """

    def panning(audio: Audio) -> float:
        return panning_by_band(audio)[band] if audio.channels == 2 else math.nan

    return error_metric(
        **of_file(module, doc),
        unit="1",
        better="lower",
        low=0.0,
        high=1.0,
        perfect=0.0,
        source="similarity of Avendano, Frequency-domain source identification, WASPAA 2003; RMS "
        "by band of Tzanetakis, Jones & McNally, Stereo panning features, ISMIR 2007; weighted by "
        "power",
        known=(
            Known(
                "from the middle, P = 0, to twice the amplitude on the left: phi = 4 / 5, P = 0.2",
                lambda: (tone(0.3, 0.3, hz=hz), tone(0.4, 0.2, hz=hz)),
                0.2,
                1e-4,
            ),
            Known(
                "from the middle to one side",
                lambda: (tone(0.3, 0.3, hz=hz), tone(0.3, 0.0, hz=hz)),
                1.0,
                1e-4,
            ),
        ),
        step=step,
        blind_to=blind_to,
        sees=sees,
    )(panning)
