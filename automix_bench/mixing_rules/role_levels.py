"""Some roles are louder than others."""

from __future__ import annotations

from automix_bench.mixing_rules.session import Session

OFFSETS_LU = {
    "vocals": 3.5,
    "lead": 3.5,
    "bass": 1.0,
    "guitar": 1.0,
    "drums": 1.0,
    "snare": 0.5,
    "toms": 0.5,
    "brass": 0.0,
    "keys": -0.5,
    "strings": -0.5,
    "pad": -0.5,
    "hihat": -0.5,
    "cymbals": -0.5,
    "kick": -1.0,
    "winds": -1.0,
    "mallets": -1.0,
    "percussion": -3.0,
    "effects": -3.0,
}
"""The middles of the ranges of gain per instrument class that engineers gave for the rule-based
mixes of Diff-MST (S. Vanka et al., ISMIR 2024), relative to the middle of all classes (-11 dB),
rounded to half a decibel. A lead instrument counts as a lead vocal."""


def role_offsets(session: Session) -> dict[str, float]:
    """How much louder than a track without a role each track should be, in LU.

    Vocals on top, bass and guitars next, percussion below: G. Wichern et al., "Comparison of
    loudness features for automatic level adjustment in mixing", AES 139, 2015, take such levels by
    instrument from MedleyDB; P. Pestana and J. Reiss, "Intelligent audio production strategies
    informed by best practices", AES 53rd conference, 2014, found engineers to agree on the lead
    vocal. The numbers are those of `OFFSETS_LU`.
    """
    return {track.name: OFFSETS_LU.get(track.role, 0.0) for track in session.audible}
