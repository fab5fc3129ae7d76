"""Tables of text as HTML, inside a notebook or as a page of their own."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from automix_bench.charts.picture import style_sheet
from automix_bench.untrusted.shown import for_terminal_lines, one_line


def html_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    title: str = "",
    loud: str = "",
    notes: Sequence[str] = (),
    left: int = 1,
) -> Markup:
    """A table with a title above and notes below, as a part of a page. All text is escaped.

    Args:
        loud: a warning above the table; empty for none.
        left: how many columns from the left are text; the others are numbers, aligned right.
    """
    shown = [[one_line(cell) for cell in row] for row in (heads, *rows)]
    head, *body = (
        Markup("").join(
            Markup('<{0} class="{1}">{2}</{0}>').format(
                "td" if number else "th", "" if place < left else "n", cell
            )
            for place, cell in enumerate(row)
        )
        for number, row in enumerate(shown)
    )
    return Markup('<div class="scores">\n{}{}{}<table>\n{}\n{}</table>\n{}</div>\n').format(
        Markup("<style>\n{}</style>\n").format(style_sheet("scores.css")),
        _paragraphs("title", [title]),
        _paragraphs("loud", [loud]),
        Markup("<tr>{}</tr>").format(head),
        Markup("").join(Markup("<tr>{}</tr>\n").format(row) for row in body),
        _paragraphs("note", notes),
    )


def html_page(title: str, *parts: Markup) -> str:
    """A page that needs no other file."""
    page = Markup(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n{}</body>\n</html>\n"
    ).format(one_line(title), style_sheet("page.css"), Markup("").join(parts))
    return for_terminal_lines(page)


def _paragraphs(style: str, texts: Sequence[str]) -> Markup:
    return Markup("").join(
        Markup('<p class="{}">{}</p>\n').format(style, one_line(text)) for text in texts if text
    )
