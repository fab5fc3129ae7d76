"""Eight ways to damage music, each in five grades. They show what a metric sees.

Every grade is worse than the one before it. All have the length of the original and are aligned
with it, sample by sample. Only noise is random; its seed is fixed. Only `level` changes the level
on purpose: `clip`, `compression`, `reverb`, `width` and `codec` are scaled to the RMS level of the
original, so that a measurement of level alone does not seem to detect them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from automix_bench.audio import Audio, amplitude, peak_db, rms_db
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.hard_clip import HardClip
from automix_bench.effects.low_pass import LowPass
from automix_bench.effects.mp3 import Mp3
from automix_bench.effects.reverb import Reverb
from automix_bench.effects.stereo_width import StereoWidth
from automix_bench.sampling import rng_for


@dataclass(frozen=True)
class Degradation:
    """A kind of damage in five grades.

    Attributes:
        amounts: the amount of each grade, mild to heavy, in `unit`.
        spoil: gives the damaged sound at an amount.
    """

    name: str
    unit: str
    amounts: tuple[float, ...]
    spoil: Callable[[Audio, float], Audio]

    def grades(self, audio: Audio) -> list[Audio]:
        """The sound in every grade, mild to heavy."""
        return [self.spoil(audio, amount) for amount in self.amounts]


def _noise(audio: Audio, snr_db: float) -> Audio:
    """White noise, independent in each channel."""
    noise = rng_for(0, "degradations", "noise").standard_normal(audio.samples.shape)
    return audio.with_samples(audio.samples + noise * amplitude(rms_db(audio) - snr_db))


def _low_pass(audio: Audio, cutoff_hz: float) -> Audio:
    return LowPass(frequency_hz=cutoff_hz, order="4")(audio)


def _clip(audio: Audio, below_peak_db: float) -> Audio:
    at_full_scale = audio.scaled(amplitude(-peak_db(audio)))
    return levelled(HardClip(threshold_db=-below_peak_db)(at_full_scale), audio)


def _compression(audio: Audio, above_threshold_db: float) -> Audio:
    """A feed-forward compressor, 6 : 1. Its threshold lies the given amount below the RMS level."""
    squeezed = Compressor(
        threshold_db=rms_db(audio) - above_threshold_db,
        ratio=6.0,
        knee_db=6.0,
        attack_ms=5.0,
        release_ms=80.0,
        makeup_db=0.0,
    )(audio)
    return levelled(squeezed, audio)


def _reverb(audio: Audio, wet: float) -> Audio:
    wetter = Reverb(rt60_seconds=1.5, pre_delay_ms=10.0, damping_hz=6_000.0, wet=wet)(audio)
    return levelled(wetter, audio)


def _level(audio: Audio, lower_by_db: float) -> Audio:
    return audio.scaled(amplitude(-lower_by_db))


def _width(audio: Audio, narrower: float) -> Audio:
    """The side signal without the given share of its amplitude. Mono sounds stay unchanged."""
    if audio.channels != 2:
        return audio
    return levelled(StereoWidth(width=1.0 - narrower)(audio), audio)


def _codec(audio: Audio, bitrate_kbps: float) -> Audio:
    return levelled(Mp3(bitrate_kbps=bitrate_kbps)(audio), audio)


def levelled(audio: Audio, other: Audio) -> Audio:
    """The sound at the RMS level of another."""
    return audio.scaled(amplitude(rms_db(other) - rms_db(audio)))


DEGRADATIONS = {
    one.name: one
    for one in (
        Degradation("noise", "dB signal to noise", (40.0, 30.0, 20.0, 10.0, 0.0), _noise),
        Degradation("low_pass", "Hz", (12_000.0, 8_000.0, 4_000.0, 2_000.0, 800.0), _low_pass),
        Degradation("clip", "dB below the peak", (3.0, 6.0, 9.0, 12.0, 18.0), _clip),
        Degradation(
            "compression",
            "dB of threshold below the RMS",
            (-6.0, 0.0, 6.0, 12.0, 20.0),
            _compression,
        ),
        Degradation("reverb", "of amplitude wet", (0.05, 0.1, 0.2, 0.35, 0.6), _reverb),
        Degradation("level", "dB lower", (1.0, 2.0, 4.0, 8.0, 16.0), _level),
        Degradation("width", "of the side taken away", (0.1, 0.3, 0.5, 0.75, 1.0), _width),
        Degradation("codec", "kbit/s MP3", (192.0, 128.0, 96.0, 64.0, 32.0), _codec),
    )
}
