"""The pages on the check-up: every trial has its line, and the tables are what was measured."""

import importlib
import json
import re
import sys
from pathlib import Path

import pytest

from automix_bench import plugin
from automix_bench.checkup.check_trial import CHALLENGES, all_trials

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture(scope="module")
def check_page():
    sys.path.insert(0, str(DOCS / "_build"))
    yield importlib.import_module("check_page")
    sys.path.remove(str(DOCS / "_build"))


def test_every_trial_has_a_line_under_its_challenge():
    text = (DOCS / "check.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    for challenge in CHALLENGES:
        section = sections[challenge[0].upper() + challenge[1:]]
        lines = set(re.findall(r"^\| `(\w+)` \|", section, re.M))
        assert lines == {one.name for one in all_trials() if one.challenge == challenge}


def test_the_tables_are_what_was_measured(check_page):
    figures = json.loads(check_page.FIGURES.read_text(encoding="utf-8"))
    assert check_page.PAGE.read_text(encoding="utf-8") == check_page.text(figures)
    others = set(check_page.FOR_ANOTHER_TASK)
    assert others <= set(figures) <= set(plugin.names("models")) | others
    trials = {trial.name for trial in all_trials()}
    for record in figures.values():
        assert set(record["lines"]) == trials
        assert record["lines"]["peeking"]["verdict"] == "pass"
