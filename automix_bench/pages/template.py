"""Fill a template of this room: one HTML or SVG file that needs no other."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from automix_bench.charts.picture import STYLES
from automix_bench.untrusted.shown import for_terminal_lines

FOLDER = Path(__file__).parent / "templates"


def filled(template: str, **values: Any) -> str:
    """The text of a template with its values filled in.

    Text is escaped: `<b>` in a song's title is shown as `<b>`. `Markup`, such as a chart, is not.

    Args:
        template: the name of a file in `FOLDER`.

    Raises:
        jinja2.UndefinedError: the template uses a value that is not given.
    """
    # What steers a terminal or turns the direction of writing is shown as its code.
    return for_terminal_lines(_environment().get_template(template).render(values))


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["inlined"] = _inlined
    return environment


def _inlined(name: str) -> Markup:
    """A style sheet or a script of `FOLDER` or of charts, to stand inside the page as it is."""
    folder = FOLDER if (FOLDER / name).is_file() else STYLES
    return Markup((folder / name).read_text(encoding="utf-8"))
