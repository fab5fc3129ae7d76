"""Words as a network reads them: numbers of the groups of three letters in them.

Letters instead of a list of words, after P. Bojanowski et al., "Enriching word vectors with subword
information", TACL 5, 2017: `drum` and `drums` share most of their groups, and no word is unknown.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64

__all__ = ["BUCKETS", "word_grams"]

BUCKETS = 2_048
"""The numbers are 1 to this; 0 stands for nothing."""
MOST_WORDS, LONGEST_WORD = 40, 16
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def word_grams(texts: Sequence[str]) -> Int64[np.ndarray, "texts words grams"]:
    """The numbers of the groups of letters in every word of every text, with the ends of a word as
    letters; the same for the same text on every machine.

    Case and punctuation make no difference. Of a long text the first 40 words are read, of a long
    word the first 16 letters. A text without a word has one empty word.
    """
    rows = [[_grams(word) for word in _words(text)] or [[]] for text in texts]
    words = max((len(row) for row in rows), default=1)
    longest = max((len(grams) for row in rows for grams in row), default=1)
    out = np.zeros((len(rows), words, max(1, longest)), np.int64)
    for text, row in enumerate(rows):
        for place, grams in enumerate(row):
            out[text, place, : len(grams)] = grams
    return out


def _words(text: str) -> list[str]:
    plain = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return [match[0][:LONGEST_WORD] for match in _WORD.finditer(plain)][:MOST_WORDS]


def _grams(word: str) -> list[int]:
    whole = f"<{word}>"
    groups = [whole[start : start + 3] for start in range(len(whole) - 2)]
    return [1 + zlib.crc32(group.encode()) % BUCKETS for group in groups]
