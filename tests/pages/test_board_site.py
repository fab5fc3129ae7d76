"""The site of a folder of leaderboards: the numbers of the boards, text as text, and its script."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from automix_bench.pages.board_site import board_site
from automix_bench.submissions.board_folder import task_boards
from tests.submissions.test_boards import TASK, changed, entry_path, made  # noqa: F401

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def boards(made, tmp_path):  # noqa: F811
    return Path(shutil.copytree(made[0] / "boards", tmp_path / "boards"))


@pytest.fixture
def site(boards, tmp_path):
    board_site(boards, tmp_path / "site")
    return tmp_path / "site"


class Cells(HTMLParser):
    """The rows of tables: the text of each cell."""

    def __init__(self, page):
        super().__init__()
        self.rows, self.addresses, self.inside = [], [], False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.addresses += [value for name, value in attributes if name in ("href", "src")]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def test_the_board_has_every_row_with_its_numbers(boards, site):
    (ranked_board,) = task_boards(boards)
    rows = Cells((site / "tones-1-mixing.html").read_text()).rows
    heads, *lines = rows
    assert len(lines) == len(ranked_board.board.rows) == 4
    assert all(len(line) == len(heads) for line in lines)
    first = TASK.metrics[0]
    place = next(n for n, head in enumerate(heads) if head.startswith(first.name))
    for row, line in zip(ranked_board.board.rows, lines, strict=True):
        assert line[1].startswith(row.model)
        assert line[place].startswith(f"{row.estimates[first.name].value:.2f}")
    assert [head for head in heads if head.startswith(TASK.metrics[-1].name)]
    assert "2 a" in [line[0] for line in lines]


def test_the_index_leads_to_every_board_and_nothing_leads_outside(site):
    index = Cells((site / "index.html").read_text())
    for address in index.addresses:
        assert (site / address).is_file(), address
    page = Cells((site / "tones-1-mixing.html").read_text())
    assert page.addresses == ["index.html"]
    record = json.loads((site / "leaderboard.json").read_text())
    assert [board["benchmark"] for board in record["boards"]] == ["tones-1"]


def test_what_a_stranger_wrote_is_text(boards, tmp_path):
    record = json.loads(entry_path(boards).read_text())
    name = '<img src=x onerror="alert(1)">'
    system = {**record["system"], "name": name, "authors": ["</script><script>x()</script>"]}
    entry_path(boards).unlink()
    path = boards / "tones-1" / "mixing-img-src-x-onerror-alert-1.json"
    path.write_text(json.dumps({**record, "name": name, "system": system}))
    board_site(boards, tmp_path / "site")
    page = (tmp_path / "site" / "tones-1-mixing.html").read_text()
    assert "<img" not in page
    assert "<script>x" not in page
    assert page.count("<script>") == 1
    assert "&lt;img src=x" in page


def test_unranked_systems_and_dropped_examples_are_told(boards, tmp_path):
    changed(boards, badge="declared")
    board_site(boards, tmp_path / "site")
    page = (tmp_path / "site" / "tones-1-mixing.html").read_text()
    assert "Not ranked: Equal loudness, nobody scored it again." in page


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_the_table_sorts_and_filters(site):
    page = (site / "tones-1-mixing.html").read_text()
    acts = """
<script>
const names = () => [...document.querySelector("table.board").tBodies[0].rows]
  .filter((row) => !row.hidden).map((row) => row.cells[1].dataset.value);
const out = {before: names()};
const button = [...document.querySelectorAll("th button")]
  .find((one) => one.textContent.startsWith("covered"));
button.click(); out.up = names();
button.click(); out.down = names();
const search = document.querySelector("input[type=search]");
search.value = "LOUD"; search.dispatchEvent(new Event("input"));
out.named = names(); out.shown = document.querySelector("#shown").textContent;
search.value = ""; search.dispatchEvent(new Event("input"));
document.querySelector("[data-filter=real_time]").click();
out.realTime = names();
out.wide = document.documentElement.scrollWidth <= window.innerWidth;
document.body.innerHTML = "<pre>" + JSON.stringify(out) + "</pre>";
</script></body>"""
    path = site / "acted.html"
    path.write_text(page.replace("</body>", acts))
    command = [CHROMIUM, "--headless", "--no-sandbox", "--window-size=390,800", "--dump-dom"]
    done = subprocess.run(
        [*command, path.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    found = re.search(r"<pre>(.*?)</pre>", done.stdout, re.S)
    out = json.loads(found[1].replace("&amp;", "&"))
    assert out["before"] == ["oracle", "Equal loudness", "plain_sum", "=cmd|x"]
    assert out["up"] == out["before"][::-1]
    assert out["down"] == out["before"]
    assert out["named"] == ["oracle", "Equal loudness", "plain_sum"]
    assert out["shown"] == "1 of 2 systems"
    assert out["realTime"] == ["oracle", "plain_sum"]
    assert out["wide"]
