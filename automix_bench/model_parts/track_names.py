"""Names of tracks as networks know them, whatever the files were called."""

from __future__ import annotations

import re
from collections.abc import Mapping

from automix_bench.audio import Audio
from automix_bench.mixing_rules.track_roles import told_role
from automix_bench.model_parts.roles import ROLES
from automix_bench.song import Stems, role, slug

__all__ = ["known_name", "with_known_names"]

_RIGHT = re.compile(r"\b(right|r|2|oh-?[r2])\b")


def known_name(stem: str) -> str:
    """A name whose first word is a role of `ROLES`; the name itself where it is one already, or
    where it tells no role.

    `Kick In.wav` is `kick_in` as a stem, and `kick-kick-in` here; `oh_r` is `overhead-right`. An
    overhead that tells no side is the left one.
    """
    if role(stem) in ROLES[1:]:
        return stem
    told = told_role(stem)
    if told == "overhead":
        return f"overhead-{'right' if _RIGHT.search(slug(stem)) else 'left'}"
    return f"{told}-{slug(stem)}" if told in ROLES[1:] else stem


def with_known_names(stems: Stems) -> Mapping[str, Audio]:
    """The stems by the names that networks know; two of one name keep their own."""
    known = [known_name(name) for name in stems]
    taken = {name for name in known if known.count(name) > 1}
    return {
        name if again in taken or (again != name and again in stems) else again: stem
        for (name, stem), again in zip(stems.items(), known, strict=True)
    }
