"""How sure means, differences and ranks are, when excerpts of one song are alike.

Throughout, the song is the unit: what is redrawn, flipped or counted is a song with all that
belongs to it. Chance comes from a text that belongs to the data, so that equal scores have equal
intervals. Nothing in here knows a scorecard; `comparison.py`, `power.py` and `agreement.py` do.
"""

from __future__ import annotations

from automix_bench.statistics.intervals import Aggregate, Estimate, estimate, expanded_tail

__all__ = ["Aggregate", "Estimate", "estimate", "expanded_tail"]
