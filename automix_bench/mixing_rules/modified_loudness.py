"""Loudness with more weight on high frequencies, for single tracks."""

from __future__ import annotations

from automix_bench.dsp.filters.biquad import filtered, high_shelf
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.mixing_rules.session import Session

SHELF_HZ, SHELF_Q = 1_682.0, 0.7071
"""The corner of the first filter of BS.1770, and its quality."""

FURTHER_DB = 6.0
"""4 dB in BS.1770, 10 dB in the modification."""


def modified_loudness(session: Session) -> dict[str, float]:
    """Integrated loudness whose high shelf has 10 dB instead of 4 dB.

    P. Pestana, J. Reiss and A. Barbosa, "Loudness measurement of multitrack audio content using
    modifications of ITU-R BS.1770", AES 134, 2013: listeners who match the loudness of single
    tracks weigh high frequencies more than BS.1770, which was made for programmes. (They also
    shorten its blocks to 280 ms, which is left out.) S. Fenton, "Automatic mixing of multitrack
    material using modified loudness models", AES 145, 2018, sets faders by it.
    """
    return {
        track.name: or_nan(
            integrated_lufs,
            filtered(track.audio, high_shelf(SHELF_HZ, FURTHER_DB, SHELF_Q, track.audio.rate))
            if track.audio.rate > 2.0 * SHELF_HZ
            else track.audio,
        )
        for track in session.audible
    }
