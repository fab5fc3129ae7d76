"""Show a stranger's text as text: one function for each medium.

Names of models, songs, artists, tags and reasons come from other people. Each function takes any
text and returns one line that its medium shows as it is: it cannot format, forge a table or a
heading, run a script or a formula, or steer a terminal.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's categories of characters that are not seen, or that move what is: control characters,
marks of direction, surrogates, characters without a meaning, separators of lines."""
_JOINERS = "\u200c\u200d"
"""Joiners of letters, without which some scripts and emoji fall apart."""
_MARKDOWN = re.compile(
    r"[\\`*\[\]<>#|~$@]|&(?=[A-Za-z#])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=\S)|(?<=www)\."
)
"""What formats in Markdown: an underscore at the edge of a word, a colon in an address, …"""
_STARTS = re.compile(r"^(\d*)([-+=.)])")
"""What starts a list, a heading or a rule in Markdown."""
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "×": r"$\times$",
}
_YAML_BARE = re.compile(r"[A-Za-z](?:[A-Za-z0-9._+() -]*[A-Za-z0-9)])?")
_YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def one_line(text: str) -> str:
    """The text in one line, with every character visible.

    Line breaks, tabs and wide or narrow spaces become spaces. Other characters that are not seen,
    such as the escape character of terminals or a mark that turns the direction of writing, become
    their code: `\\u001b`.
    """
    line = str(text)
    return line if line.isprintable() else "".join(map(_visible, line))


def _visible(character: str) -> str:
    if character in "\t\n\r\v\f\x85\u2028\u2029" or unicodedata.category(character) == "Zs":
        return " "
    if unicodedata.category(character) not in _INVISIBLE or character in _JOINERS:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def for_terminal(text: str) -> str:
    """The text for a terminal that is printed to without markup: one line, no escape sequence."""
    return one_line(text)


def for_json(text: str) -> str:
    """Finished JSON, of several lines, with its invisible characters as JSON's own escapes."""
    return "".join(
        json.dumps(character)[1:-1]
        if character != "\n" and _visible(character) != character
        else character
        for character in text
    )


def for_terminal_lines(text: str) -> str:
    """As `for_terminal`, for a text of ours that holds strangers' names: its lines stay lines."""
    return "\n".join(map(for_terminal, str(text).split("\n")))


def for_yaml(text: str) -> str:
    """The text as a value in YAML: in quotation marks, unless it is a plain name such as
    `CC-BY-4.0 AND MIT` that YAML takes for no number or truth value."""
    line = one_line(text)
    if _YAML_BARE.fullmatch(line) and line.lower() not in _YAML_WORDS:
        return line
    return json.dumps(line, ensure_ascii=False)


def for_markdown(text: str) -> str:
    """The text for Markdown, also inside a table's cell: no link, heading, table, HTML or code."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", one_line(text).strip())
    return _STARTS.sub(r"\1\\\2", escaped)


def for_html(text: str) -> str:
    """The text for HTML, also inside a quoted attribute."""
    return html.escape(one_line(text), quote=True)


def for_latex(text: str) -> str:
    """The text for LaTeX in text mode: no command, no comment, no alignment."""
    escaped = "".join(_LATEX.get(character, character) for character in one_line(text))
    return escaped.replace("--", "-{}-{}")


def for_csv(text: str) -> str:
    """The text for a cell of a CSV file: an apostrophe goes before what a spreadsheet would take
    for a formula. The writer of the file quotes commas and quotation marks.

    Source: OWASP, CSV injection.
    """
    line = one_line(text)
    start = unicodedata.normalize("NFKC", line.lstrip(f" '{_JOINERS}")[:1])
    return f"'{line}" if start.startswith(_FORMULA) else line
