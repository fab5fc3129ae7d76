"""The pages of the docs are what docs/_build/make_pages.py writes now, and lack nothing."""

import importlib
import json
import re
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from automix_bench import plugin
from automix_bench.models.knowledge_based import KnowledgeBased

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def docs():
    """The scripts beside the pages, by name."""
    sys.path.insert(0, str(DOCS / "_build"))
    yield importlib.import_module
    sys.path.remove(str(DOCS / "_build"))


@pytest.fixture(scope="module")
def pages(docs):
    return docs("make_pages").pages()


def headings(text):
    return re.findall(r"^##? (.*)$", text, re.MULTILINE)


def test_every_effect_is_in_one_family(docs):
    placed = [name for family in docs("families").FAMILIES.values() for name in family.effects]
    missing = sorted(set(plugin.names("effects")) - set(placed))
    assert not missing, (
        f"{missing}: add each to a family in docs/_build/families.py, with the "
        "settings it is plotted at, "
        "then run `python docs/_build/make_pages.py`"
    )
    assert sorted(placed) == plugin.names("effects"), "twice, or gone: see docs/_build/families.py"


def test_every_effect_has_a_section_on_one_page(pages):
    found = [
        heading
        for path, text in pages.items()
        if path.startswith("effects/")
        for heading in headings(text)[1:]
    ]
    assert sorted(found) == plugin.names("effects")


def test_the_pages_are_what_the_code_says_of_itself_now(pages):
    for path, text in pages.items():
        assert (DOCS / path).read_text(encoding="utf-8") == text, (
            f"docs/{path} is out of date: run `python docs/_build/make_pages.py`"
        )
    there = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
    by_hand = (
        "README getting-started data-sets benchmark your-own-model training trust python scale "
        "isolation model-protocol submissions honesty benchmarks agents check boards "
        "listening-tests learned writing-docs pages"
    )
    measured = {
        "legacy.md",
        "ranking.md",
        "mixing-rules.md",
        "removal.md",
        "loudness-balance.md",
        "live.md",
        "text-manipulation.md",
        "check-tables.md",
        "separation-for-mixing.md",
    }
    assert there == {*pages, *measured, *(f"{name}.md" for name in by_hand.split())}


def test_the_page_on_ranking_is_what_was_measured_and_the_first_metric_passes(docs):
    ranking_page = docs("ranking_page")
    figures = json.loads(ranking_page.FIGURES.read_text(encoding="utf-8"))
    assert ranking_page.PAGE.read_text(encoding="utf-8") == ranking_page.text(figures)
    for measured in figures.values():
        assert all(one["holds"] for one in measured["metrics"]["audible_distance"])
        assert not all(one["holds"] for one in measured["metrics"]["mrstft"])


def test_the_page_on_separation_has_the_figures_of_the_report(docs):
    page = (DOCS / "separation-for-mixing.md").read_text(encoding="utf-8")
    printed = docs("separation_tables")
    results = json.loads(printed.RESULTS.read_text(encoding="utf-8"))
    for line in printed.tables(results):
        assert line in page.splitlines(), line
    gain = results["gain"]
    nearer = gain | {"value": -gain["value"], "low": -gain["high"], "high": -gain["low"]}
    assert printed.shown(nearer) in page
    assert f"{results['margin_db']:.2f} dB" in page
    assert f"{results['separator_expected_loss_db']:.2f}" in page
    assert f"{results['separator']['sdr_db']:.1f} dB" in page
    done = results["trainings"] - len(results["missing"])
    assert f"{done} of {results['trainings']} trainings" in page


def test_the_rules_of_the_mixer_are_worth_what_was_measured(docs):
    page = docs("mixing_rules_page")
    figures = json.loads(page.FIGURES.read_text(encoding="utf-8"))
    assert page.PAGE.read_text(encoding="utf-8") == page.text(figures)
    assert {field.name for field in fields(KnowledgeBased)} == {*page.RULES, "target_lufs"}
    for key in ("recorded", "uneven"):
        assert len(figures[key]) >= 60
        for result, p in page.compared(figures[key], page.ORDER):
            assert (result.difference.low > 0.0, p < 0.05) == (True, True)
    for name, (result, p) in page.switches(figures):
        on, gain = getattr(KnowledgeBased(), name), result.difference.value
        assert gain > 0.01 if on else gain < 0.01 or p > 0.05, name


def test_pages_have_equations_settings_inverses_and_latencies_from_the_docstrings(pages):
    text = pages["effects/dynamics.md"]
    section = text[text.index("\n## compressor\n") : text.index("\n## decompressor\n")]
    assert "```text\nr[n] = a r[n-1] + (1 - a) over(x[n])," in section
    assert "| `threshold_db` | -80 to 0 | dB |  |" in section
    assert "| `sidechain` | `flat`, `high_pass` |  | flat |" in section
    assert "* Inverse: yes, its error at least 90 dB below the sound\n" in section
    assert "**latency**: 0 samples" in section
    assert "**Undone** by a `Decompressor`" in section
    assert "* Raises `Unsuitable`: `sidechain_hz` is not below" in section
    assert "* Inverse: none: what the codec judges inaudible" in pages["effects/codec.md"]
    for name in ("effects/dynamics.md", "recipes.md"):
        assert "US patent 10,924,078" in pages[name]


def test_every_picture_is_there_and_small_and_no_other(docs):
    made = docs("make_pages")
    folder = DOCS / "effects" / "pictures"
    assert {path.stem for path in folder.iterdir()} == set(made.plotted())
    sizes = [made.picture_of(name).stat().st_size for name in made.plotted()]
    assert max(sizes) < 100_000
    assert sum(path.stat().st_size for path in folder.iterdir()) < 3_000_000
    assert {shown.kind for shown in made.plotted().values()} == set(docs("captions").KINDS)
    assert set(docs("pictures").DRAWN_BY) == set(docs("captions").KINDS)


def test_a_picture_has_the_same_bytes_again(docs, tmp_path):
    shown = docs("make_pages").plotted()["peaking_eq"]
    effect = plugin.load("effects", "peaking_eq")
    for name in ("first.png", "second.png"):
        docs("pictures").write(effect, shown, tmp_path / name)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()


def test_the_settings_that_effects_are_plotted_at_are_legal(docs):
    from automix_bench.effect import Effect

    for name, shown in docs("make_pages").plotted().items():
        effect = plugin.load("effects", name)
        for example in shown.examples:
            open_ones = effect.required() - example.keys()
            if shown.kind in ("sides", "middle"):
                assert len(open_ones) == 1
            else:
                assert isinstance(effect(**example), Effect)


def test_every_link_leads_somewhere():
    count = 0
    texts = {str(p.relative_to(DOCS)): p.read_text(encoding="utf-8") for p in DOCS.rglob("*.md")}
    for path, text in texts.items():
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
            file, _, anchor = target.partition("#")
            there = (DOCS / path).parent / file if file else DOCS / path
            assert there.is_file(), f"{path}: {target}"
            if anchor:
                known = [
                    re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")  # as GitHub does
                    for heading in headings(there.read_text(encoding="utf-8"))
                ]
                assert anchor in known, f"{path}: {target}"
            count += 1
    assert count > 100


def test_links_of_the_readme_lead_somewhere():
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text):
            assert (ROOT / target).exists(), f"{name}: {target}"
