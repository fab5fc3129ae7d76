"""What live tasks share."""

from __future__ import annotations

from automix_bench.example import Example
from automix_bench.isolation.live import LiveBrief


def microphones_live(example: Example) -> LiveBrief:
    """The microphones as they left the console, in frames."""
    return LiveBrief(stems=example.after.stems)
