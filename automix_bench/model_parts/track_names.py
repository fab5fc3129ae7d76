"""Names of the tracks of a drum kit as networks know them, whatever the files were called."""

from __future__ import annotations

from collections.abc import Mapping

from automix_bench.audio import Audio
from automix_bench.mixing_rules.track_roles import told_role, told_side
from automix_bench.model_parts.drum_slots import SLOTS
from automix_bench.model_parts.roles import ROLES
from automix_bench.song import Stems, role, slug

__all__ = ["known_name", "with_known_names"]


def known_name(stem: str) -> str:
    """A name whose first word is a piece of a kit; the name itself where its first word is a role
    of `ROLES` already, or where it tells no piece.

    `Kick In.wav` is `kick_in` as a stem, and `kick-kick-in` here; `oh_r` is `overhead-right`. An
    overhead that tells no side is the left one.
    """
    if role(stem) in ROLES[1:]:
        return stem
    told = told_role(stem)
    if told == "overhead":
        return f"overhead-{told_side(stem) or 'left'}"
    return f"{told}-{slug(stem)}" if told in SLOTS else stem


def with_known_names(stems: Stems) -> Mapping[str, Audio]:
    """The stems by the names that networks know; two of one name keep their own."""
    known = [known_name(name) for name in stems]
    taken = {name for name in known if known.count(name) > 1}
    return {
        name if again in taken or (again != name and again in stems) else again: stem
        for (name, stem), again in zip(stems.items(), known, strict=True)
    }
