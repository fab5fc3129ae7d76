"""The name of a system on a board, which everybody must be able to read and to tell from others."""

from __future__ import annotations

import re
import unicodedata

from automix_bench.song import slug
from automix_bench.untrusted.shown import one_line

LONGEST = 100
MOST_MARKS = 2
"""The most accents and other marks on one letter."""
_WORD = re.compile(r"[^\W\d_]+")
_LOOK_ALIKE = ("LATIN", "CYRILLIC", "GREEK")
"""Scripts that have letters which look the same."""


def readable_name(value: object) -> str:
    """The check of a name: what was expected instead of the value; empty if it is right.

    >>> readable_name("Équilibre 2"), readable_name("μ-law mixer")
    ('', '')
    >>> readable_name("Equal l\\u043eudness")
    'a name whose words are of one script each: Latin, Cyrillic or Greek'
    """
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        return f"a text of 1 to {LONGEST} characters"
    if value != value.strip() or one_line(value) != value or "\u200c" in value or "\u200d" in value:
        return "a name of visible characters in one line, without a space at its ends"
    if not slug(value):
        return "a name with a letter a-z or a digit, from which its file is named"
    marks = 0
    for character in unicodedata.normalize("NFC", value):
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks > MOST_MARKS:
            return f"a name with at most {MOST_MARKS} marks on a letter"
    if any(len(_scripts(word)) > 1 for word in _WORD.findall(value)):
        return "a name whose words are of one script each: Latin, Cyrillic or Greek"
    return ""


def _scripts(word: str) -> set[str]:
    first = {unicodedata.name(character, "").split(" ")[0] for character in word}
    return first & set(_LOOK_ALIKE)
