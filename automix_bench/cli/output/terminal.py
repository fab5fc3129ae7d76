"""What commands say: boards and progress for people, JSON for scripts, messages for both.

Results go to standard output, all else to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from automix_bench.files.canonical_json import nulled
from automix_bench.making.make import Made


def print_json(value: Any) -> None:
    """A value as JSON on standard output; NaN is null."""
    print(json.dumps(nulled(value), indent=1, ensure_ascii=False))


def tell(line: str) -> None:
    """A line on standard error."""
    print(line, file=sys.stderr)


def tell_made(made: Made) -> None:
    """What was left out of a data set, and what is in it."""
    tell_lines("left out", [str(rejected) for rejected in made.rejected])
    tell(
        f"{made.folder}: {len(made.rows)} examples in {len(list(made.plan.shards()))} shards "
        f"({made.rendered} rendered now), plan {made.plan.root[:12]}"
    )


def print_next_steps(out: Path, page: Path) -> None:
    """Where the demo put everything, and what to try."""
    print(
        f"\nThe data set: {out / 'data'} (README.md is its card). Answers and scorecards: "
        f"{out / 'runs'}.\n"
        f"Hear the difference: open {page} in a browser.\n"
        "Next:\n"
        "  automix-bench demo ~/music --out my_demo          the same with songs of yours\n"
        f"  automix-bench evaluate mixing {out / 'data'} my_model.py\n"
        "  automix-bench make pseudo_multitrack OUT --set songs=~/music --set separator=spleeter\n"
        f"  automix-bench verify {out / 'data'} --rerender"
    )


def terminal(width: int = 160, *, highlight: bool = True, markup: bool = True) -> Console:
    """A console as wide as the terminal; into a file or a pipe it writes as wide as is said, by
    itself so wide that no table is folded.

    Args:
        highlight: numbers in colour. markup: words in brackets are styles, not text.
    """
    across = None if sys.stdout.isatty() else width
    return Console(width=across, highlight=highlight, markup=markup)


def tell_lines(what: str, lines: Sequence[str], most: int = 10) -> None:
    """The first of many lines, and how many more there are."""
    for line in lines[:most]:
        tell(f"{what} {line}")
    if len(lines) > most:
        tell(f"{what} {len(lines) - most} more")
