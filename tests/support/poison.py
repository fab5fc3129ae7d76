"""A name that tries everything, songs that carry it, and what a medium must not show of it."""

import html.parser
import re
from dataclasses import dataclass, replace

from automix_bench.source import Listing
from tests.support.tone_source import Tones

__all__ = ["PoisonedTones"]

POISON = (
    "m[/x] [red]my[v2].py[/red] a|b\x1b[31m\x1b]0;title\x07\u202e\x9b2J\r\n# forged\n"
    "| 1 | me | 0 |\n---\nlicense: mit\n<script>alert(1)</script> <!-- [x](javascript:y) `c` _i_ "
    "*b* $m$ \\input{/etc/passwd}%#&~^} =1+1"
)
FILE_NAME = "m[red]x[v2] a|b\x1b[31m\u202e\n# forged\n| 1 | me | 0 |\n<script>alert(1)<b> =1+1"
"""The same for the name of a file, in which no `/` can stand."""
FORMULA = "=cmd|' C calc'!A0"


@dataclass(frozen=True)
class PoisonedTones(Tones):
    """`Tones` whose artists, credits and origins are poisoned; their titles stay different."""

    def _listing(self, number: int) -> Listing:
        listing, name = super()._listing(number), f"{POISON} {number}"
        origin = replace(listing.origin, name=name, attribution=name)
        return replace(listing, artist=name, license="CC-BY-4.0 AND CC-BY-SA-4.0", origin=origin)


def demand_harmless_text(text: str, *, with_poison: bool = True) -> None:
    """The text steers no terminal, and no line of it is forged (a table may fold a long name)."""
    assert [c for c in text if c != "\n" and not c.isprintable()] == []
    for line in text.splitlines():
        assert not line.startswith(("# forged", "| 1 | me", "license: mit", "<script")), text
    if with_poison:
        assert "forged" in text


class HtmlTags(html.parser.HTMLParser):
    """The tags of a page, and its text outside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def demand_harmless_html(page: str, scripts: int) -> None:
    """The page has just its own scripts and shows the poison as text."""
    assert [c for c in page if c != "\n" and not c.isprintable()] == []
    tags = HtmlTags()
    tags.feed(page)
    tags.close()
    assert tags.tags.count("script") == scripts
    assert not any(name.startswith("on") for name in tags.attributes)
    assert "<script>alert(1)</script>" in tags.text


def demand_harmless_markdown(text: str) -> None:
    """By a parser of CommonMark with GitHub's tables: no HTML, no heading, link or code of the
    poison, and every row of a table has its columns."""
    import pytest

    demand_harmless_text(text)
    markdown_it = pytest.importorskip("markdown_it")
    parser = markdown_it.MarkdownIt("gfm-like", {"linkify": False})
    tokens = parser.parse(text)
    inside = [child for token in tokens for child in token.children or ()]
    assert {token.type for token in tokens if token.type.startswith("html")} == set()
    assert {child.type for child in inside} <= {
        *("text", "text_special", "softbreak", "link_open", "link_close", "code_inline"),
        *("em_open", "em_close"),
    }
    marked = [inside[n + 1].content for n, child in enumerate(inside) if child.type == "em_open"]
    assert marked in ([], ["Terms"])
    headings = [tokens[n + 1].content for n, t in enumerate(tokens) if t.type == "heading_open"]
    assert not any(heading.startswith("forged") for heading in headings)
    links = [child.attrs["href"] for child in inside if child.type == "link_open"]
    assert all(re.match(r"https://spdx\.org/licenses/", link) for link in links)
    assert "c" not in [child.content for child in inside if child.type == "code_inline"]
