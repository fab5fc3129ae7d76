"""A graphic equaliser in thirds of an octave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from automix_bench.audio import Audio
from automix_bench.dsp.filters import graphic_eq
from automix_bench.dsp.filters.biquad import filtered
from automix_bench.effect import Effect, Unsuitable, knob

__all__ = ["GraphicEQ"]

_BANDS = len(graphic_eq.NOMINAL_HZ)


@dataclass(frozen=True)
class GraphicEQ(Effect):
    """A graphic equaliser with 31 bands in third octaves, 20 Hz to 20 kHz.

        20 log10 |H(f_n)| = gains_db[n],  f_n = 1 kHz 10^((n - 17) / 10),  n = 0 to 30

    The bands are those of ISO 266 and IEC 61260-1 (2014): 20, 25, 31.5, 40, 50, 63, 80, 100 Hz and
    so on. Each band has one bell filter (R. Bristow-Johnson's cookbook) that falls to half its
    gain, in dB, one band below. The gains of the bells are solved for, so that the response at
    every centre is the gain of its fader to within 0.001 dB, whatever the gains of the other faders
    (after V. Valimaki and J. Liski, "Accurate cascade graphic equalizer", IEEE SPL 24 (2), 2017).
    Between centres the response is smooth: with all faders at +12 dB it stays within 0.4 dB of that
    from 25 Hz to 18 kHz, at rates of 44.1 kHz and above. At a step from +12 to -12 dB it overshoots
    by 1 dB. At half the rate the response is 0 dB.

    Latency: 0 samples, minimum phase. Undone exactly by the opposite gains, which give the bells
    opposite gains and so 1 / H(z), to within the rounding of float32. Gains of 0 dB change no bit.

    Raises:
        Unsuitable: a band whose nominal frequency is at or above half the rate of the audio is not
            at 0 dB. All settings are legal at 44.1 kHz and above; at 8 kHz the bands from 4 kHz on
            must be at 0 dB.
    """

    neutral: ClassVar[Mapping[str, Any]] = {"gains_db": (0.0,) * _BANDS}
    linear: ClassVar[bool] = True

    gains_db: tuple[float, ...] = knob(-12.0, 12.0, "dB", count=_BANDS)

    def __call__(self, audio: Audio) -> Audio:
        usable = sum(hz < audio.rate / 2.0 for hz in graphic_eq.NOMINAL_HZ)
        for hz, gain_db in zip(graphic_eq.NOMINAL_HZ[usable:], self.gains_db[usable:], strict=True):
            if gain_db != 0.0:
                raise Unsuitable(
                    f"GraphicEQ.gains_db must be 0 dB for the bands at or above half the audio's "
                    f"rate, {audio.rate / 2.0:g} Hz at {audio.rate} Hz, got {gain_db:+g} dB at "
                    f"{hz:g} Hz: set it to 0, or resample the audio first"
                )
        if not any(self.gains_db):
            return audio
        return filtered(audio, *graphic_eq.sections(self.gains_db[:usable], audio.rate))

    def inverse(self) -> GraphicEQ:
        return GraphicEQ(tuple(-gain_db for gain_db in self.gains_db))
