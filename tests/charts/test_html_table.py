"""Tables in HTML: their cells, and what is escaped."""

import html.parser

import pytest

from automix_bench.charts.html_table import html_page, html_table
from tests.support.poison import POISON, demand_harmless_html


class Cells(html.parser.HTMLParser):
    """The texts of the cells of each row, and those of paragraphs by their class."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.paragraphs, self._into = [], {}, None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._into = self.rows[-1]
        elif tag == "p":
            self._into = self.paragraphs.setdefault(dict(attributes)["class"], [])
            self._into.append("")

    def handle_endtag(self, tag):
        self._into = None

    def handle_data(self, data):
        if self._into is not None:
            self._into[-1] += data


def test_the_cells_are_there_in_order_with_title_warning_and_notes():
    table = html_table(["a", "b"], [["1", "2"]], title="t", loud="careful", notes=["n", "", "m"])
    read = Cells(table)
    assert read.rows == [["a", "b"], ["1", "2"]]
    assert read.paragraphs == {"title": ["t"], "loud": ["careful"], "note": ["n", "m"]}
    assert '<td class="">1</td><td class="n">2</td>' in table
    assert "loud" not in html_table(["a"], []).partition("</style>")[2]


@pytest.mark.parametrize("text", [POISON, '"><img src=x onerror=alert(1)>', "&lt;"])
def test_a_strangers_text_is_text(text):
    table = html_table([text], [[text]], title=text, loud=text, notes=[text])
    page = html_page(text, table)
    if text == POISON:
        demand_harmless_html(page, scripts=0)
    assert "<img" not in page
    read = Cells(page)
    assert read.rows[0] == read.rows[1] == read.paragraphs["note"] == read.paragraphs["title"]
    if text.isprintable():
        assert read.rows[0] == [text]
