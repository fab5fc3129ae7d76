"""The data card in git is of the text that the program writes now."""

import re
from collections import Counter
from pathlib import Path

import pytest

from automix_bench.dataset import card
from automix_bench.dataset.left_out import LeftOut

ROOT = Path(__file__).parent.parent.parent
NOTHING = LeftOut(0, 0, 0, Counter(), Counter(), None, 0, 0)
SECTION = re.compile(r"^## .*\n", re.M)


@pytest.fixture
def quickstart():
    return (ROOT / "data_cards" / "quickstart.md").read_text(encoding="utf-8")


def test_its_fixed_text_is_the_program_s(quickstart):
    assert quickstart.endswith(f"\n{card.READING}\n{card.LIMITS.format(card.SEPARATED)}")
    assert card._rejections((), NOTHING) in quickstart
    assert card._licences(card._Counts()).partition("| licence")[0] in quickstart


def test_its_sections_are_those_of_a_card_that_is_made_now(quickstart, dataset):
    made = (dataset.folder / "README.md").read_text(encoding="utf-8")
    assert SECTION.findall(made) == SECTION.findall(quickstart)
