"""Every track gets the same loudness: the faders."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

import numpy as np

from automix_bench.effects.gain import Gain
from automix_bench.mixing_rules.session import RESIDUAL, Levels, Session, Track

Measure = Callable[[Session], Levels]
"""The loudness of each audible track of a session, in LUFS."""

TRACK_LUFS = -30.0
"""The loudness of a track on its fader. The bus sets that of the mix."""


def integrated(session: Session) -> dict[str, float]:
    """Integrated loudness by ITU-R BS.1770."""
    return {track.name: track.loudness_lufs for track in session.audible}


def equal_loudness(
    session: Session, measure: Measure = integrated, offsets_lu: Levels | None = None
) -> Session:
    """Set the fader of every track.

        gain_m = target + offset_m - L_m      (dB, LUFS)

    E. Perez-Gonzalez and J. Reiss, "Automatic gain and fader control for live mixing", WASPAA 2009:
    the gain of a track is the mean loudness of all tracks over its own (in dB their
    difference), so that all tracks are equally loud. Loudness is that of ITU-R BS.1770 here, a
    histogram's mode there.

    The residual gets the mean gain of the tracks.

    Args:
        measure: the loudness of the tracks.
        offsets_lu: how much louder than the others a track should be; 0 for those not named.
    """
    offsets = offsets_lu or {}
    levels = {name: lufs for name, lufs in measure(session).items() if isfinite(lufs)}
    gains = {name: TRACK_LUFS + offsets.get(name, 0.0) - lufs for name, lufs in levels.items()}
    if gains:
        gains[RESIDUAL] = float(np.mean([gains[name] for name in sorted(gains)]))
    return session.with_tracks(
        _faded(track, gains[track.name]) for track in session.tracks if track.name in gains
    )


def _faded(track: Track, gain_db: float) -> Track:
    knob = Gain.knobs()["gain_db"]
    return track.through(Gain(float(np.clip(gain_db, knob.low, knob.high))))
