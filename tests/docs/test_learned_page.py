"""The page on learned models has the figures of the boards, and names every network."""

import re
from pathlib import Path

import pytest

from automix_bench import plugin
from automix_bench.weights import store

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "learned.md").read_text(encoding="utf-8")
SAME = "the same"


def rows_of(text, head):
    """The cells of the table whose first head this is."""
    lines = iter(text.splitlines())
    next(line for line in lines if line.startswith(f"| {head} |"))
    next(lines)
    table = []
    for line in lines:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table


def on_the_boards():
    """The rows of the page's table of boards: the board, its floor, the classical model and the
    learned one, each as its cell."""
    rows, board, task, floor, classical = [], "", "", "", ""
    for first, of_floor, of_rules, learned, verdict in rows_of(PAGE, "board"):
        if first != SAME:
            board, task = re.search(r"boards/([\w-]+)/README\.md\), `(\w+)`", first).groups()
            floor, classical = of_floor, of_rules
        rows.append((board, task, floor, classical, learned, verdict))
    return rows


@pytest.mark.parametrize("row", on_the_boards(), ids=lambda row: f"{row[0]} {row[4][:20]}")
def test_gains_are_those_of_the_boards(row):
    board, task, floor, classical, learned, verdict = row
    text = (ROOT / "leaderboards" / board / "README.md").read_text(encoding="utf-8")
    text = text[text.index(f"## {task}\n") :]
    systems = {one[1]: one for one in rows_of(text, "rank")}
    heads = re.search(r"^\| rank \|.*\|$", text, re.M)[0].strip("|").split("|")
    gain = [head.strip() for head in heads].index("gain")
    name, value = re.fullmatch(r"`(\w+)` ([\d.]+) \w+", floor).groups()
    assert systems[f"{name} (floor)"][2].startswith(f"{value} [")
    gains = {}
    for cell in (classical, learned):
        model = re.search(r"`([\w/]+)`", cell)
        shown = re.search(r"\d+\.\d+ \[.*\]", cell)[0].replace("\N{MINUS SIGN}", "-")
        own = [one for one in systems if model and one in (model[1], f"learned/{model[1]}")]
        own = own or [one for one in systems if systems[one][gain] == shown]
        assert [systems[one][gain] for one in own] == [shown], cell
        gains[cell] = own[0]
    letters = [set(systems[one][0]) & set("abcdef") for one in gains.values()]
    assert (verdict == "better") == (not letters[0] & letters[1])
    ranks = [int(systems[one][0].split()[0]) for one in gains.values()]
    assert (verdict == "better") == (ranks[1] < ranks[0])


def test_every_network_is_on_the_page():
    for name in store.names():
        assert f"`{name}`" in PAGE or f"`learned/{name}`" in PAGE, name
        assert f"automix-bench train {name} " in PAGE, name
    trainings = set(plugin.names("trainings"))
    assert set(re.findall(r"^automix-bench train (\w+) ", PAGE, re.M)) == trainings
    assert trainings == set(store.names())
