"""What the rules know of roles: which are drums, which stay in the middle, which lead."""

from __future__ import annotations

DRUMS = frozenset({"kick", "snare", "hihat", "toms", "cymbals", "percussion", "overhead", "drums"})

LOW = frozenset({"kick", "bass"})
"""They carry the low end: never cut there, never panned, dry."""

LEADING = frozenset({"vocals", "lead"})

CENTRED = frozenset({"kick", "snare", "bass", "vocals", "lead", "drums", "overhead"})
"""Their place is the middle, or they are pairs with a place of their own."""
