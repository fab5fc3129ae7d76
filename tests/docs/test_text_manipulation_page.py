"""The page on instructions is what the code says, and tells where the model does not help."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from automix_bench.task_parts.instructions import WORDINGS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def script():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(DOCS / "_build"), *sys.path])
        yield importlib.import_module("text_manipulation_page")


@pytest.fixture(scope="module")
def page():
    return (DOCS / "text-manipulation.md").read_text(encoding="utf-8")


def test_the_page_starts_as_it_is_written_now(script, page):
    assert page.startswith(script.introduction())
    for operation, wordings in WORDINGS.items():
        assert f"| `{operation}` | `{wordings[0]}`" in page


def test_every_sound_has_a_row_for_each_model_and_a_difference(script, page):
    for part in script.PARTS:
        for model in (script.FLOOR, script.MODEL):
            assert f"| `{part}` | `{model}` | " in page
        assert re.search(rf"^\| `{part}` \| [+-]\d+\.\d\d \[", page, re.MULTILINE)


def test_doing_nothing_leaves_the_untouched_sources_alone(script, page):
    assert f"| `untouched` | `{script.FLOOR}` | 0.00 [0.00, 0.00] | 0.00 [0.00, 0.00] |" in page


def test_the_model_is_better_than_doing_nothing_in_the_mix(page):
    row = re.search(r"^\| `mix` \| \+\S+ \[(\S+), \S+\] \| \d+ \| (\S+) \|$", page, re.MULTILINE)
    assert float(row[1]) > 0.0
    assert float(row[2]) < 0.05


def test_an_operation_without_gain_is_in_italics_and_no_other(page):
    table = page.partition("| operation | examples |")[2]
    rows = re.findall(
        r"^\| [a-z]\S.* \| \d+ \| (\S+).* \| (\*?)(\d+\.\d+).*\|$", table, re.MULTILINE
    )
    assert len(rows) >= 8
    for least, italic, value in rows:
        # Rounded to two digits, equal numbers tell nothing.
        assert float(value) >= float(least) if italic else float(value) <= float(least)
