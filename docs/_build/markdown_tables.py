"""Lines of Markdown tables, for the pages that are measured."""

from __future__ import annotations

from collections.abc import Iterator


def table_row(*cells: str) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"


def table_head(*cells: str) -> Iterator[str]:
    """The heads of a table and the line below them."""
    yield table_row(*cells)
    yield table_row(*["---"] * len(cells))
