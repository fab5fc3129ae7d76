"""The role of a track, guessed from its name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from automix_bench.song import role, slug

# The first pattern that matches decides. Short words must stand alone: `bd`, but not `abdomen`.
_ROLES = {
    "kick": r"kick|bass-?drum|\b(bd|kik|kck)\b",
    "snare": r"snare|\b(sd|snr|snar|rim-?shot)\b",
    "hihat": r"hi-?hat|\b(hh|hat|hats|oh|ch|ohh|chh|op-?hat|cl-?hat)\b|(open|closed)-?h",
    "toms": r"\b(toms?|tomtom)\b|\btom-",
    "cymbals": r"cymbal|\b(crash|ride|splash|cym)\b",
    "percussion": r"\bperc|conga|bongo|tambo|shaker|cowbell|\bclaps?\b|triangle|timbal|marac",
    "drums": r"drum|\bbreak(beat|s)?\b|\bkit\b|\bbeats?\b",
    "bass": r"\bbass|bass\b|\bbas\b",
    "brass": r"brass|trumpet|trombone|\bhorns?\b|tuba|\btpt\b",
    "vocals": r"vocal|voice|\bvox\b|choir|chorus|\bsing|\b(aah|ooh)s?\b",
    "guitar": r"guitar|\b(gtr|guit|git)\b|banjo|ukulele",
    "keys": r"piano|\bkeys?\b|organ|rhodes|clav|harpsi|\bpno\b",
    "mallets": r"vibraph|marimba|xylo|glocken|celesta|\bbells?\b|chime|steel-?drum",
    "strings": r"string|violin|viola|cello|\bharp\b|\bstr\b",
    "winds": r"flute|clarinet|oboe|\bsax|bassoon|whistle|piccolo|pan-?pipe|recorder",
    "pad": r"\bpads?\b",
    "lead": r"\blead|\bsolo\b|\bmelody\b",
    "effects": r"\bfx\b|\bsfx|effect|noise|\bnoize\b|sweep|\bscratch",
}

KNOWN = frozenset(_ROLES) | frozenset(("overhead", "backing", "synth", "piano", "ethnic", "other"))
"""Roles that the stems of sources have."""
# What names of files say otherwise than names that composers give to tracks.
_OF_FILES = {
    "backing": r"\b(backing|bgvs?|bvs?|bvox)\b",
    "winds": r"bassoon|\bbass-(clarinet|flute|recorder)",
    "mallets": r"steel-?(drum|pan)",
}
_OVERHEADS = re.compile(r"\bover-?heads?\b|\boh-?[lr12]?\b")
_NO_ROLE = re.compile(r"\b(ch|chh|ohh?|organic)\b")
_SIDES = {"left": r"\b(left|l|1|ohl)\b", "right": r"\b(right|r|2|ohr)\b"}


def told_role(stem: str) -> str:
    """What a stem is, by its name: the first word where that is a role, as in `guitar-2`; else the
    role that its words tell, as in `Kick In`; else the first word."""
    first = role(stem)
    if first in KNOWN:
        return first
    words = _words(stem)
    # A channel is no closed hat here; a chorus is a voice where nothing else is told.
    plain = _NO_ROLE.sub("", words)
    told = (
        _first(_OF_FILES, words)
        or _first(_ROLES, re.sub(r"\bchorus\b", "", plain))
        or _first(_ROLES, plain)
    )
    return told or ("overhead" if _OVERHEADS.search(words) else first)


def told_side(stem: str) -> str:
    """`left` or `right` for one of a pair of overheads, by its name; else empty."""
    return _first(_SIDES, _words(stem))


def role_of(name: str) -> str:
    """The role in the name that somebody gave to a track; empty if there is none."""
    return _first(_ROLES, _words(name))


def stem_names(names: Mapping[int, str], otherwise: str) -> dict[int, str]:
    """A stem's name for each numbered track: its role and number, as in `bass-3`.

    Args:
        names: the track names that the author chose, by number.
        otherwise: the word used if the name contains no role.
    """
    return {number: f"{role_of(name) or otherwise}-{number}" for number, name in names.items()}


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=\d)", "-", slug(name))


def _first(patterns: Mapping[str, str], words: str) -> str:
    """The name of the first pattern that is found; empty if none is."""
    return next((name for name, pattern in patterns.items() if re.search(pattern, words)), "")
