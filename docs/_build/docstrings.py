"""Docstrings of the package as reStructuredText: Markdown in the style of Google's guide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

SECTIONS = ("Args", "Attributes", "Class attributes", "Raises", "Returns", "Yields")


def rst_of(lines: Sequence[str]) -> list[str]:
    """The lines with `code` as code, signs of reStructuredText escaped, and indented blocks kept.

    A block that is indented after an empty line is shown as it stands, unless it belongs to a
    section such as "Raises:".
    """
    out = list[str]()
    for as_it_stands, block in groupby(_marked(lines), key=lambda pair: pair[0]):
        text = [line for _, line in block]
        if as_it_stands:
            out += ["::", "", *text, ""]
        else:
            out += _prose("\n".join(text)).split("\n")
    return out


def _marked(lines: Sequence[str]) -> Iterator[tuple[bool, str]]:
    """Each line, and whether it belongs to a block that is shown as it stands."""
    in_section = in_block = False
    before = ""
    for line in lines:
        indented = line.startswith("    ")
        if line.strip() and not indented:
            in_section = line.removesuffix(":") in SECTIONS
            in_block = False
        elif indented and not before.strip() and not in_section:
            in_block = True
        yield in_block, line
        before = line


def _prose(text: str) -> str:
    """Paragraphs and lists; a list begins a new paragraph, and code may go on in the next line."""
    text = re.sub(r"(?m)^(?!\* |  )(.+)\n(?=\* )", r"\1\n\n", text)
    parts = re.split(r"`+([^`]+)`+", text)
    for number in range(1, len(parts), 2):
        joined = "\\ " if re.match(r"\w", parts[number + 1]) else ""  # as in `Song`s
        parts[number] = f"``{parts[number]}``{joined}"
    return "".join(p if n % 2 else _escaped(p) for n, p in enumerate(parts))


_EMPHASIS = re.compile(r"((?<!\S)\*\w(?:[^*]*\w)?\*(?!\w))")
_SIGNS = re.compile(r"(?m)(?<!^)\*|^\*(?! )|\||(?<=\w)_(?=\W|$)")


def _escaped(prose: str) -> str:
    """Signs that Markdown shows as they are; *emphasis* and bullets are the same in both."""
    parts = _EMPHASIS.split(prose)
    return "".join(p if n % 2 else _SIGNS.sub(r"\\\g<0>", p) for n, p in enumerate(parts))
