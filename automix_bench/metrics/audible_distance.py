"""The audible difference of two sounds at one level: the metric that ranks."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import hiss_in_halves
from automix_bench.dsp.spectra.audible import audible_difference_db
from automix_bench.metric import Known, metric

__all__ = ["audible_distance"]

# Halves at 1.2 and 0.8 of the amplitude, levelled: gains of 1.4237 and -2.0981 dB, differences of
# sqrt(x^2 + 1) - 1 = 0.7398 and 1.3242 dB, weights of 1.1767^0.46 = 1.0777 and 1.
_HALVES_DB = (1.0777 * 0.7398 + 1.3242) / (1.0777 + 1.0)


@metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=60.0,
    perfect=0.0,
    step=0.1,
    ranks=True,
    blind_to=("gain", "polarity"),
    sees=("noise", "low_pass", "clip", "compression", "reverb", "width", "codec"),
    source="ear: ITU-R BS.1387-1 (weighting, time constants, 92 dB SPL), Terhardt, Hear. Research "
    "1(2), 1979 (threshold), Schroeder, Atal & Hall, J. Acoust. Soc. Am. 66(6), 1979 (Bark scale, "
    "spreading); loudness and the 1 dB criterion: Zwicker & Fastl, Psychoacoustics, 1999, eq. 8.7 "
    "and section 4; their combination is ours",
    known=(
        Known(
            "hiss, its halves at 1.2 and 0.8: 1.42 dB too loud, 2.10 dB too soft",
            lambda: hiss_in_halves(1.2, 0.8),
            value=_HALVES_DB,
            within=0.02,
        ),
        Known(
            "hiss, and 70 dB below it other hiss: masked",
            lambda: hiss_in_halves(1.0, 1.0, below_db=70.0),
            value=0.0,
            within=1e-4,
        ),
    ),
)
def audible_distance(*, reference: Audio, estimate: Audio) -> float:
    """Mean difference of excitation levels, weighted by loudness, in dB.

        mean over both resolutions of  sum w (sqrt(d^2 + 1) - 1) / sum w

        d = 10 log10( (E_e + T + B) / (E_r + T + B) )        w = N(max(E_r, E_e))
        B = 0.01 min(E'_r, E'_e)
        N(E) = T^0.23 ((0.5 + 0.5 E / T)^0.23 - 1), none below T

    E is the excitation of a place in the inner ear, T the one that can just be heard in quiet, d
    the difference of two excitations in dB, and w the specific loudness (Zwicker) of the louder
    one. E' is the excitation of the other channel, or of the middle beside the side. The sums run
    over signals, frames and bands. If each part of a sound that can be heard is off by x dB, the
    value is sqrt(x^2 + 1) - 1 dB.

    **What does not count.** Below 1 dB, the difference that Zwicker takes for just audible, a
    difference counts with its square: 0.1 dB as 0.005. So noise counts little where the reference
    masks it: 20 dB below its excitation it raises that by 0.04 dB, which counts as 0.001. T keeps
    what lies under the threshold of hearing from counting at all. The weight keeps what is just
    above it from counting as much as what is loud.

    **Playback level.** A full-scale sine plays at 92 dB SPL, so that music at -23 LUFS plays at
    about 72 dB SPL.

    **Level.** The estimate is brought to the level of the reference: to the same sum of excitation
    over channels, frames and bands. So gain is not seen; `loudness_error` has it.

    **Stereo.** The signals are left, right, middle (L + R) / sqrt 2 and side (L - R) / sqrt 2. Each
    weighs as much as it is loud. A side 20 dB below the middle takes the correlation of left and
    right from 1 to 0.98, about the least change that is heard (Gabriel & Colburn, J. Acoust. Soc.
    Am. 69(5), 1981); B keeps a smaller one from counting much. A mono sound is as two equal
    channels. More than two channels are compared one by one, and B is 0.

    **Bands.** Half a Bark wide, from 20 Hz to 20 kHz or half the rate (57 at 44.1 kHz), after the
    outer and middle ear, and with spreading to other bands.

    **Time.** Hann windows of 40 ms, and of 8 ms with forward masking, each a quarter of its length
    after the last.

    Undefined (NaN) for a reference that cannot be heard anywhere; a silent estimate gets the worst
    value. `automix_bench.torch.AudibleDistance` is the same as a loss.
    """
    return audible_difference_db(reference, estimate)
