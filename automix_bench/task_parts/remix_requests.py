"""Requests to change the level of sources, as text."""

from __future__ import annotations

import re
from collections.abc import Mapping

NOTHING = "nothing"

_CHANGE = re.compile(r"([a-z0-9_-]+) ([+-][0-9]{1,3}\.[0-9]) dB")


def request_text(request_db: Mapping[str, float]) -> str:
    """A request as text.

    >>> request_text({"vocals": 3.5, "drums": -6.0})
    'drums -6.0 dB, vocals +3.5 dB'
    >>> request_text({})
    'nothing'

    Args:
        request_db: the gain of each source that is changed, in dB, by the name of its stem.
    """
    changes = [f"{stem} {request_db[stem]:+.1f} dB" for stem in sorted(request_db)]
    return ", ".join(changes) or NOTHING


def request_in(text: str) -> dict[str, float]:
    """The request in a text that `request_text` wrote.

    >>> request_in("drums -6.0 dB, vocals +3.5 dB")
    {'drums': -6.0, 'vocals': 3.5}

    Raises:
        ValueError: the text is none.
    """
    if text == NOTHING:
        return {}
    changes = [_CHANGE.fullmatch(part) for part in text.split(", ")]
    if None in changes:
        raise ValueError(f"expected a request such as 'drums -6.0 dB, bass +3.5 dB', got {text!r}")
    return {change[1]: float(change[2]) for change in changes if change}
