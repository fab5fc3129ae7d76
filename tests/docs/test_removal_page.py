"""The page on removal models: it names them all, and says where they do not help."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from automix_bench import plugin
from automix_bench.catalogue.tasks import task_named

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def removal_page():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(DOCS / "_build"), *sys.path])
        yield importlib.import_module("removal_page")


@pytest.fixture(scope="module")
def page():
    return (DOCS / "removal.md").read_text(encoding="utf-8")


def test_the_page_starts_as_it_is_written(removal_page, page):
    assert page.startswith(removal_page.INTRODUCTION)


def test_every_task_and_model_has_its_tables(removal_page, page):
    for name, (recipe, models) in removal_page.MODELS.items():
        assert recipe in task_named(name).recipes
        section = page.partition(f"## {name}\n")[2].partition("\n## ")[0]
        for model in (task_named(name).floor, *models):
            assert model in plugin.names("models")
            assert f"| `{model}` | " in section


def test_a_stratum_without_gain_is_in_italics_and_no_other(removal_page, page):
    rows = re.findall(r"^\| (?:none|mild|medium|strong) \| .*$", page, re.MULTILINE)
    assert len(rows) >= len(removal_page.MODELS) - len(removal_page.OF_MIXES)
    for row in rows:
        _, _, floor, *others = row.strip("| ").split(" | ")
        for cell in others:
            value, least = float(cell.strip("*").split()[0]), float(floor.split()[0])
            assert value >= least if cell.startswith("*") else value <= least, row
