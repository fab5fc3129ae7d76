"""A track takes the level in a sub-mix that one track of a few has."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log10

import numpy as np

from automix_bench.effects.gain import Gain
from automix_bench.mixing_rules.role_levels import role_offsets
from automix_bench.mixing_rules.session import Session

SUB_MIX = "submix"
"""The name under which the task `stem_blending` shows the mix of all other tracks."""


@dataclass(frozen=True)
class Blending:
    """Set the faders of tracks against a finished sub-mix, which stays as it is.

        gain = L_submix - 10 log10(tracks - 1) + offset - L

    The equal-loudness rule of E. Perez-Gonzalez and J. Reiss, "Automatic gain and fader control for
    live mixing", WASPAA 2009, for a mix of which only the sum of the others is known: of `tracks`
    tracks of one loudness, the others sum to that of one times their number. The offset is that of
    the role (`role_levels`).

    Attributes:
        tracks: how many tracks a song is taken to have.
    """

    tracks: int = 8

    def __call__(self, session: Session) -> Session:
        lufs = {track.name: track.loudness_lufs for track in session.tracks}.get(SUB_MIX)
        if lufs is None or not isfinite(lufs):
            return session
        one_lufs = lufs - 10.0 * log10(max(self.tracks - 1, 1))
        offsets = role_offsets(session)
        return session.with_tracks(
            track.through(
                Gain(
                    float(
                        np.clip(one_lufs + offsets[track.name] - track.loudness_lufs, -60.0, 60.0)
                    )
                )
            )
            for track in session.audible
            if track.name != SUB_MIX
        )
