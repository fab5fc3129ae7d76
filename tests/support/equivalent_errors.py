"""Errors that change nothing which a test could see, each with the reason.

An entry has the file in the package, a regular expression for the line as it becomes, and why no
result depends on it. `tests/mutate.py` does not make these. An entry that fits no error any more is
an error of this list, which `tests/test_mutate.py` finds.
"""

from __future__ import annotations

import re

from tests.support.mutations import Mutation

EQUIVALENT = (
    ("consoles/random_console.py", r"chance: float = 1\.1", "a draw below 1 is below 1.1 too"),
    (
        "consoles/random_console.py",
        r"\(rng\.random\(\) <= self\.chance\)",
        "a draw of 53 bits that equals the chance does not come",
    ),
    (
        "consoles/random_chain.py",
        r"if \(self\.chance <= 1\.0\) and",
        "no draw reaches a chance of 1",
    ),
    (
        "consoles/random_chain.py",
        r"random\(\) > self\.chance\)",
        "a draw of 53 bits that equals the chance does not come",
    ),
    (
        "making/audible_draw.py",
        r"severity_db\(other, one\)",
        "severity is symmetric, which its own tests hold it to",
    ),
    ("dsp/severity.py", r"_difference_db\(after, before\)", "the difference is symmetric"),
    (
        "music/duplicates.py",
        r"np\.diff\(pairs, prepend=-[12], append=-[12]\)",
        "any number below 0 differs from every pair",
    ),
    ("music/duplicates.py", r"^_SHIFT_BITS = 23$", "a wider field holds the same shifts"),
    ("music/duplicates.py", r"\{start: 1\}", "only differences of places are used"),
    ("music/duplicates.py", r"max\(2, workers\)", "the number of threads decides no result"),
    ("music/fingerprint.py", r"^_FRAMES_AT_ONCE = ", "how many are in memory at once"),
    ("dsp/loudness.py", r"if \(factor > 1 or peaks\.any\(\)\):", "once the rate is the samples"),
    ("statistics/intervals.py", r"times: int = 2", "the size of blocks, not what is drawn"),
    ("statistics/intervals.py", r"^AT_ONCE = ", "how many are in memory at once"),
    (
        "statistics/frechet.py",
        r"if \(?len\(centred\) (>=|<) centred\.shape\[1\]",
        "with or without the triangle the factor is one of the covariance; it is a matter of size",
    ),
    (
        "statistics/preference.py",
        r"if \(np\.abs\(step\)\.max\(\) <= 1e-10\):",
        "a step of Newton's method is not 1e-10 to the last bit",
    ),
    (
        "evaluation/board_forms.py",
        r"width = len\(self\.table\(str\)\[1\]\)",
        "every row is as wide as the heads",
    ),
    (
        "listening_tests/sessions.py",
        r"taken = \[[12]\] \* len",
        "lists are compared with each other: a rater more for each makes no difference",
    ),
    (
        "listening_tests/passages.py",
        r"window\.below\(loudest\) < QUIETEST_LU",
        "no window is 12 LU quieter to the last bit",
    ),
    (
        "statistics/power.py",
        r"if \(low >= MOST_SONGS\):",
        "the number is a power of two, which a million is not",
    ),
    ("statistics/significance.py", r"^AT_ONCE = ", "how many are in memory at once"),
    ("statistics/significance.py", r"tests: int = 2", "two tests want no more flips than one"),
)


def is_equivalent(error: Mutation) -> bool:
    """Whether an error is in the list."""
    return any(
        error.file.endswith(f"/{file}") and re.search(line, error.after)
        for file, line, _ in EQUIVALENT
    )
