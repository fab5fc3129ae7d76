"""The pages about metrics have every metric once, and what was measured for them is what the cards
claim now."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from automix_bench.catalogue.metrics import built_in, metrics_named
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.proofs.sensitivity_files import picture

DOCS = Path(__file__).parent.parent.parent / "docs"
MEASURE = "run `python docs/_build/make_pages.py sensitivity`"


@pytest.fixture(scope="module")
def metric_pages():
    sys.path.insert(0, str(DOCS / "_build"))
    yield importlib.import_module("metric_pages")
    sys.path.remove(str(DOCS / "_build"))


def test_every_metric_is_in_one_family(metric_pages):
    placed = [metric.name for _, found in metric_pages.families().values() for metric in found]
    assert sorted(placed) == sorted(metric.name for metric in built_in()), (
        "add each to a family in docs/_build/metric_pages.py, "
        "then run `python docs/_build/make_pages.py`"
    )


def test_every_metric_has_a_card_and_a_row_that_leads_to_it(metric_pages):
    pages = metric_pages.pages("made", str)
    for metric in built_in():
        (page,) = (p for p, text in pages.items() if f"\n## {metric.name}\n" in text)
        assert (
            f"[`{metric.name}`]({page}#{metric_pages.anchor(metric.name)})" in pages["metrics.md"]
        )
        assert metric.source in pages[page]


def test_what_was_measured_is_of_these_metrics_and_of_what_they_claim(metric_pages):
    found = metric_pages.measured()
    claims = {metric.name: set(metric.sees) for metric in metrics_named("cheap")}
    rows = found.rows
    assert rows.keys() == claims.keys(), MEASURE
    for name, sights in rows.items():
        assert [sight.degradation for sight in sights] == list(DEGRADATIONS)
        assert {s.degradation for s in sights if s.claimed} == claims[name], f"{name}: {MEASURE}"
        for sight in sights:
            assert not sight.claimed or (sight.strict and not sight.blind), sight
            assert not sight.claimed or sight.order == 1.0


def test_the_picture_is_of_what_was_measured(metric_pages):
    text = metric_pages.PICTURE.read_text(encoding="utf-8")
    found = metric_pages.measured()
    assert text == picture(found), MEASURE
    assert len(re.findall("<rect", text)) == 1 + len(found.sights) + sum(
        sight.claimed for sight in found.sights
    )


@pytest.mark.slow
def test_what_was_measured_is_measured_again(metric_pages):
    from automix_bench.proofs.sensitivity import sensitivity
    from automix_bench.proofs.songs import proof_songs

    again = sensitivity(metrics_named("cheap"), proof_songs())
    for old, new in zip(metric_pages.measured().sights, again.sights, strict=True):
        assert (old.metric, old.degradation, old.cell) == (new.metric, new.degradation, new.cell)
        assert new.largest == pytest.approx(old.largest, rel=1e-3, nan_ok=True)
