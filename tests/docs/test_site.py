"""The documentation site: built strictly, with the notebooks run, and looked at."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import automix_bench as ab

ROOT = Path(__file__).parent.parent.parent
BUILD = ROOT / "docs" / "_build"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
REPOSITORY = "https://example.org/blob/main"
# Where nobody answers: whatever would be fetched fails at once.
NOWHERE = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")


@pytest.fixture(scope="module")
def scripts():
    """The modules beside make_site.py, by name."""
    sys.path.insert(0, str(BUILD))
    yield importlib.import_module
    sys.path.remove(str(BUILD))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site as `python3 start.py docs` builds it, without a network."""
    out = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, BUILD / "make_site.py", "--out", out, "--repository", REPOSITORY]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **NOWHERE})
    assert done.returncode == 0, (done.stdout + done.stderr)[-4_000:]
    return out


def text_of(path):
    return path.read_text(encoding="utf-8")


def test_every_page_is_there_and_says_something(site, scripts):
    places = scripts("site_pages").places(ROOT)
    assert places["docs/README.md"] == "index"
    assert len(places) > 80
    for file, place in places.items():
        article = text_of(site / f"{place}.html").partition('role="main"')[2]
        assert len(re.sub(r"<[^>]*>", "", article.partition("</article>")[0])) > 200, file
    assert not list(site.rglob("*.py"))
    assert not list(site.rglob("test_*"))


def test_no_link_is_dead_and_nothing_comes_from_another_host(site, scripts):
    assert list(scripts("site_check").faults(site)) == []


def test_scripts_name_no_other_host_to_load_from(site):
    for path in (p for p in site.rglob("*.js") if p.name != "searchindex.js"):
        urls = re.findall(r"""["'`](?:https?:)?//[^"'`\s]+""", text_of(path))
        assert not [u for u in urls if re.search(r"\.(js|css|woff2?|json)\b|cdn|fonts", u)], path


def test_navigation_is_that_of_the_home_page(site):
    home = text_of(ROOT / "docs" / "README.md")
    captions = re.findall(r'class="caption-text">([^<]*)<', text_of(site / "index.html"))
    sections = re.findall(r"^## (.*)$", home, re.M)
    assert len(sections) >= 5
    assert [c for c in captions if c != "More"] == sections


def test_every_public_name_has_its_docstring_in_the_reference(site):
    pages = "".join(text_of(path) for path in (site / "api").glob("*.html"))
    names = [f"automix_bench.{name}" for name in ab.__all__]
    names += [
        f"automix_bench.torch.{name}"
        for name in importlib.import_module("automix_bench.torch").__all__
    ]
    names += ["automix_bench.metric.metric", "automix_bench.effect.Effect"]
    for name in names:
        _, anchor, after = pages.partition(f'id="{name}"')
        assert anchor, name
        assert re.match(r".*?</dt>\s*<dd>\s*<p>\w", after[:20_000], re.S), name
    assert "A hash of samples and rate: equal for equal audio" in pages
    assert not re.search(r"id=\"automix_bench[\w.]*\._", pages)


def test_links_to_code_lead_to_the_repository(site):
    assert f'{REPOSITORY}/automix_bench/dsp"' in text_of(site / "contributing.html")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_ran_with_figures_and_players(path, site):
    page = text_of(site / "notebooks" / f"{path.stem}.html")
    assert page.count("<audio") >= 3
    assert page.count('src="../_images/') + page.count("<svg") >= 2
    assert "<table" in page
    assert "Traceback" not in page


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path):
    cells = [c for c in json.loads(text_of(path))["cells"] if c["cell_type"] == "code"]
    assert len(cells) >= 5
    assert all(c["outputs"] == [] and c["execution_count"] is None for c in cells)


def test_the_search_finds_headings_and_names(site):
    index = text_of(site / "searchindex.js")
    for word in ("limit", "submiss", "true_peak_error"):
        assert f'"{word}"' in index or f"{word}:" in index, word
    assert "DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY" in text_of(site / "_static" / "site.js")


SHOWN = (
    *("index", "data-sets", "metrics", "api/evaluating"),
    *("notebooks/your_model_against_the_board", "leaderboards/index"),
)


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_pages_fit_the_screen_in_the_colours_asked_for(page, site, request):
    dark = request.node.callspec.params["page"] == "dark"
    for name in SHOWN:
        page.goto(f"{site.as_uri()}/{name}.html")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, colour[4:-1].split(", "))) < 3 * 64) == dark, (name, colour)


def test_the_search_finds_explanations_before_cards_from_disk(page, site):
    page.goto(f"{site.as_uri()}/index.html")
    page.fill("input.sidebar-search", "dereverberation")
    page.press("input.sidebar-search", "Enter")
    page.wait_for_selector("#search-results li a")
    titles = page.locator("#search-results li a").all_inner_texts()
    assert len(titles) >= 3
    assert not titles[0].startswith("dereverberation, version")


@pytest.mark.slow
@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_axe_finds_nothing_serious(page, site):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # Sphinx writes the parameters of a long signature as a list within the term of another.
    known = {"definition-list"}
    for name in SHOWN:
        page.goto(f"{site.as_uri()}/{name}.html")
        # With preload it would fetch style sheets, which pages from disk may not.
        violations = axe.run(page, options={"preload": False}).response["violations"]
        serious = [v["id"] for v in violations if v["impact"] in ("serious", "critical")]
        assert set(serious) <= known, name


@pytest.fixture
def small(tmp_path):
    """A repository with a home page, a page that it names and one that it does not."""
    for name, text in {
        "docs/README.md": "# Home\n\n## One\n\n* [A](a.md): first. Below: [c](deep/c.md)\n",
        "docs/a.md": "# A\n\n`[x](y.md)` [code](../code/x.py) [home](../README.md)\n",
        "docs/b.md": "# B\n\n```\n[no](link.md)\n```\n\n[A](a.md#a) ![p](p.png)\n",
        "docs/deep/c.md": "# C\n\n[up](../a.md) [beside](../../other/e.md)\n",
        "other/e.md": "# E\n",
        "other/f.md": "# F\n",
        "docs/_build/d.md": "# D\n",
        "code/x.py": "",
        "docs/p.png": "",
        "README.md": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_page_that_no_line_names_stands_under_more(small, scripts):
    pages = scripts("site_pages")
    known = pages.places(small)
    linked = "other/e.md"  # by a page; nobody links to other/f.md
    assert set(known) == {"docs/README.md", "docs/a.md", "docs/b.md", "docs/deep/c.md", linked}
    first, more = pages.navigation(small, known)
    assert (first.title, first.pages) == ("One", {"docs/a.md": ("docs/deep/c.md",)})
    assert (more.title, more.pages) == (pages.MORE, {"docs/b.md": (), linked: ()})


def test_links_are_those_of_the_site_and_code_is_left_alone(small, scripts):
    pages = scripts("site_pages")
    known = pages.places(small)

    def relinked(name, repository=None):
        return pages.relinked(small, name, text_of(small / name), known, repository)

    assert relinked("docs/a.md")[0] == "# A\n\n`[x](y.md)` code [home](index.md)\n"
    assert "[code](https://x.org/code/x.py)" in relinked("docs/a.md", "https://x.org")[0]
    text, pictures = relinked("docs/b.md")
    assert "[no](link.md)" in text
    assert "[A](a.md#a) ![p](p.png)" in text
    assert pictures == {"docs/p.png"}
    assert "[up](../a.md)" in relinked("docs/deep/c.md")[0]


def test_a_dead_link_is_named_with_its_page(small, scripts):
    pages = scripts("site_pages")
    known = pages.places(small)
    with pytest.raises(pages.SiteError, match=r"docs/b.md: the link to gone.md leads nowhere"):
        pages.relinked(small, "docs/b.md", "[x](gone.md)", known, None)


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<script src="https://cdn.org/x.js"></script>', "would load https://cdn.org/x.js"),
        ('<img src="//cdn.org/x.png">', "would load //cdn.org/x.png"),
        ('<link rel="preconnect" href="https://fonts.org">', "would load https://fonts.org"),
        ("<style>@import 'https://x.org/a.css'; </style>", "would load https://x.org/a.css"),
        ('<p style="background: url(https://x.org/a)">', "would load https://x.org/a"),
        ('<img srcset="https://x.org/a.png 2x">', "would load https://x.org/a.png"),
        ('<img src="gone.png">', "gone.png is not there"),
        ('<a href="gone.html">x</a>', "the link to gone.html leads nowhere"),
        ('<a href="#gone">x</a>', "#gone: no such anchor"),
        ('<a href="other.html#gone">x</a>', "other.html#gone: no such anchor"),
    ],
)
def test_the_check_of_the_site_can_fail(html, fault, scripts, tmp_path):
    (tmp_path / "other.html").write_text('<h1 id="there">Other</h1>')
    (tmp_path / "index.html").write_text(
        '<a href="other.html#there">x</a> <a href="https://x.org">'
    )
    assert list(scripts("site_check").faults(tmp_path)) == []
    (tmp_path / "page.html").write_text(html)
    assert list(scripts("site_check").faults(tmp_path)) == [f"page.html: {fault}"]


def test_docstrings_become_what_sphinx_reads(scripts):
    lines = [
        "`|x|`, *a* and *b of `Song`s:",
        "",
        "    y = |x| * 2",
        "",
        "* one",
        "  two",
        "",
        "Args:",
    ]
    lines += ["    rate: in Hz, `1` or", "        more.", ""]
    assert scripts("docstrings").rst_of(lines) == [
        *(r"``|x|``, *a* and \*b of ``Song``\ s:", "", "::", "", "    y = |x| * 2", "", ""),
        *("* one", "  two", "", "Args:", "    rate: in Hz, ``1`` or", "        more.", ""),
    ]


def test_what_is_no_site_is_not_overwritten(scripts, tmp_path, capsys):
    (tmp_path / "precious").write_text("mine")
    assert scripts("make_site").build(ROOT, tmp_path) == 2
    assert "holds something that is no site" in capsys.readouterr().out
    assert (tmp_path / "precious").read_text() == "mine"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "options", "message"),
    [
        ("docs/trust.md", ["--no-notebooks"], "no-such-anchor"),
        ("notebooks/first_data_set.ipynb", [], "ZeroDivisionError"),
    ],
)
def test_a_warning_or_a_cell_that_raises_fails_the_build(page, options, message, tmp_path):
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    broken = tmp_path / page
    if page.endswith(".md"):
        broken.write_text(text_of(broken) + "\n[x](scale.md#no-such-anchor)\n")
    else:
        broken.write_text(text_of(broken).replace("MY_SONGS = None", "MY_SONGS = 1 / 0"))
    command = [sys.executable, tmp_path / "docs" / "_build" / "make_site.py", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
    assert not (tmp_path / "site").exists()
