"""Loudness of a track in the octaves where it stands out of the others."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.mixing_rules.masking_eq import octave_levels_db
from automix_bench.mixing_rules.session import Session

BAND_COUNT = 3
"""How many octaves count: those in which a track stands out most."""


def band_limited_loudness(session: Session) -> dict[str, float]:
    """Integrated loudness, less what the track has outside of its own octaves.

        L'_m = L_m + 10 log10( sum over own b of P_m(b) / sum over all b of P_m(b) )

    P_m(b) is the power of track m in octave b. Its own octaves are the three in which its share of
    the power of all tracks, at equal loudness, is largest, weighted by its own power there. So a
    track is judged by what of it is heard beside the others. D. Ward, J. Reiss and C. Athwal,
    "Multitrack mixing using a model of loudness and partial loudness", AES 133, 2012, do so with a
    model of partial loudness; this is its simplest form.
    """
    tracks = session.audible
    if not tracks:
        return {}
    levels = np.stack([octave_levels_db(t) - t.loudness_lufs for t in tracks])
    powers = 10.0 ** (levels / 10.0)
    standing = powers * powers / powers.sum(axis=0, keepdims=True)
    own = np.argsort(np.argsort(-standing, axis=1, kind="stable"), axis=1, kind="stable")
    shares = np.where(own < BAND_COUNT, powers, 0.0).sum(axis=1) / powers.sum(axis=1)
    return {
        track.name: track.loudness_lufs + 10.0 * math.log10(share)
        for track, share in zip(tracks, shares.tolist(), strict=True)
    }
