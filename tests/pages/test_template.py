"""Templates of pages: what they escape, and what they refuse."""

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from automix_bench.pages.template import FOLDER, filled


def test_text_is_escaped_and_markup_is_not():
    page = filled("table.html", head=["<b>"], rows=[["a & b", Markup("<i>c</i>")]])
    assert "<th>&lt;b&gt;</th>" in page
    assert "<td>a &amp; b</td><td><i>c</i></td>" in page


def test_a_value_that_is_not_given_is_an_error():
    with pytest.raises(UndefinedError, match="rows"):
        filled("table.html", head=["a"])


def test_every_style_sheet_and_script_is_inlined_as_it_is():
    assets = {path.name for path in FOLDER.iterdir() if path.suffix in (".css", ".js")}
    templates = [path.read_text() for path in FOLDER.iterdir() if path.name not in assets]
    for name in assets:
        assert any(f'inlined("{name}")' in text for text in templates), name
