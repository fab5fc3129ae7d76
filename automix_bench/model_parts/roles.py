"""The roles of tracks, as numbers for a network."""

from __future__ import annotations

from automix_bench.song import role

__all__ = ["ROLES", "role_number"]

ROLES = (
    *("", "vocals", "lead", "bass", "guitar", "keys", "drums", "kick", "snare", "hihat", "toms"),
    *("cymbals", "percussion", "strings", "brass", "winds", "pad", "mallets", "effects", "other"),
    *("ethnic", "backing", "synth", "piano", "overhead"),
)
"""The first is for all roles that are not listed. New ones go to the end: weights depend on the
order."""


def role_number(stem: str) -> int:
    """The number of the role that a stem's name tells; 0 if it is unknown."""
    told = role(stem)
    return ROLES.index(told) if told in ROLES else 0
