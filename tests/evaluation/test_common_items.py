"""Items that overlap with anybody's training corpus count for nobody, and the board says so."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.catalogue.tasks import task_named
from automix_bench.errors import DatasetError
from automix_bench.evaluation.common_items import CommonItems, on_common_items, without_items
from automix_bench.evaluation.leaderboard import board
from automix_bench.files.canonical_json import sealed
from automix_bench.scorecard import Score, Scorecard
from automix_bench.untrusted.overlap_record import read_overlap

DATA = "d" * 64
WHOLE = task_named("mixing_to_sum")
TASK = replace(WHOLE, metrics=WHOLE.metrics[:1])
FIRST = TASK.metrics[0].name


def card(model, values, **changed):
    """A card of three songs; song s0 has two examples."""
    items = [("s0-0", "s0"), ("s0-1", "s0"), ("s1-0", "s1"), ("s2-0", "s2")]
    scores = tuple(
        Score(item, song, "mix", FIRST, v) for (item, song), v in zip(items, values, strict=True)
    )
    cost = {"audio_seconds": 40.0, "work_seconds": 1.0}
    made = Scorecard(TASK.name, TASK.version, DATA, model, scores, cost, {}, split="test", songs=3)
    return replace(made, **changed)


HONEST = card("honest", [9.0, 9.0, 2.0, 2.0])
SILENT = card("silent", [0.5, 0.5, 4.0, 4.0])
ENDS = [card(TASK.floor, [9.5] * 4), card(TASK.ceiling, [0.0] * 4)]
CARDS = [*ENDS, HONEST, SILENT]


def overlap(*items, **changed):
    row = {"by": "sound", "sound": "before.mix", "differing": 0.1, "seconds": 6.0}
    fields = {
        "format": 1,
        "search": 1,
        "dataset": DATA,
        "split": "test",
        "items": 4,
        "unsearchable": 0,
        "corpus": {"recordings": 10, "unreadable": 1, "sha256": "a" * 64},
        "overlapping": [{"item": item, **row} for item in items],
    }
    return sealed({**fields, **changed})


def ranks(made):
    return {row.model: row.rank for row in made.rows if row.rank}


def test_what_one_was_trained_on_is_dropped_for_all_and_the_honest_lose_nothing():
    assert ranks(board(TASK, CARDS)) == {"silent": 1, "honest": 2}
    left, common = on_common_items(CARDS, [("a.json", overlap("s0-0", "s0-1"))])
    assert common == CommonItems(left=2, of=4, songs_left=2, songs=3, overlaps=1)
    made = board(TASK, left)
    assert ranks(made) == {"honest": 1, "silent": 2}
    assert made.songs == 2
    assert [score.example for score in left[0].scores] == ["s1-0", "s2-0"]
    assert all(one.songs == 2 for one in left)
    assert CARDS[2] is HONEST
    assert len(HONEST.scores) == 4


def test_a_card_that_counts_its_examples_counts_the_dropped_ones_too():
    why = "nothing is wanted of them"
    counted = [replace(card, examples=6, left_out={why: 2}) for card in CARDS]
    left, _ = on_common_items(counted, [("a.json", overlap("s0-0", "s0-1"))])
    made = board(TASK, left)
    assert made.left_out == {why: 2, "they overlap with a training corpus": 2}
    assert made.about()[1].startswith("2 of 6 examples scored; 2 left out: ")


def test_cards_of_which_nothing_is_dropped_stay_as_they_are():
    spread = {FIRST: {"best": 1.0, "deviation": 0.5}}
    cards = [replace(card, spread=spread) for card in CARDS]
    left, common = on_common_items(cards, [("a.json", overlap())])
    assert list(left) == cards
    assert common == CommonItems(left=4, of=4, songs_left=3, songs=3, overlaps=1)


def test_items_that_are_left_out_by_hand_are_of_one_overlap():
    left, common = without_items(CARDS, {"s0-0", "unknown"})
    assert common == CommonItems(left=3, of=4, songs_left=3, songs=3, overlaps=1)
    assert [score.example for score in left[0].scores] == ["s0-1", "s1-0", "s2-0"]


def test_the_union_of_all_overlaps_is_dropped():
    records = [("a.json", overlap("s0-0")), ("b.json", overlap("s0-0", "s1-0"))]
    left, common = on_common_items(CARDS, records)
    assert [score.example for score in left[0].scores] == ["s0-1", "s2-0"]
    assert common == CommonItems(left=2, of=4, songs_left=2, songs=3, overlaps=2)
    assert str(common).startswith("2 of 4 items and 2 of 3 songs are left: ")
    assert "with 2 training corpora" in str(common)


def test_without_an_overlap_the_cards_are_the_same():
    left, common = on_common_items(CARDS, [("a.json", overlap())])
    assert left == tuple(CARDS)
    assert common == CommonItems(4, 4, 3, 3, 1)
    # An example that a task leaves out may be in the record.
    assert without_items(CARDS, ["another-0"])[0] == tuple(CARDS)


def test_spreads_of_all_items_are_dropped_with_some():
    several = card("several", [1.0] * 4, samples=3, spread={FIRST: {"best": 0.5, "deviation": 0.2}})
    (left,), _ = without_items([several], {"s0-0"})
    assert left.spread == {}
    made = board(TASK, [*without_items(ENDS, {"s0-0"})[0], left])
    assert not any("nan" in line for line in made.about())


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (overlap(dataset="e" * 64), r"a\.json: an overlap with another data set: expected dddd"),
        (overlap(split="train"), r"a\.json: split: expected test, got train"),
        (overlap("s0-0", "s0-1", "s1-0", "s2-0"), "no item is left of 4"),
    ],
)
def test_other_data_and_nothing_left_are_refused(record, message):
    with pytest.raises(DatasetError, match=message):
        on_common_items(CARDS, [("a.json", record)])


def test_a_board_of_no_card_is_refused():
    with pytest.raises(DatasetError, match="expected a scorecard or more, got none"):
        on_common_items([], [("a.json", overlap())])


def row(**changed):
    whole = {"item": "s0-0", "by": "sound", "sound": "x", "differing": 0.1, "seconds": 6.0}
    return {**whole, **changed}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r | {"items": 5}, "damaged: its seal is not the hash of its fields"),
        (lambda r: sealed(r | {"format": 2}), "format: expected 1, got 2"),
        (lambda r: sealed(r | {"format": True}), "format: expected 1, got true"),
        (lambda r: sealed(r | {"dataset": "x"}), "dataset: expected a sha256"),
        (lambda r: sealed(r | {"odd": 1}), "odd: expected one of the fields"),
        (lambda r: sealed(r | {"unsearchable": 9}), "unsearchable: expected at most the 4 items"),
        (lambda r: sealed(r | {"overlapping": {}}), "overlapping: expected a list"),
        (lambda r: sealed(r | {"overlapping": [3]}), "overlapping 0: expected a JSON object"),
        (
            lambda r: sealed(r | {"overlapping": [row(differing=0.9)]}),
            "differing: expected null or",
        ),
        (lambda r: sealed(r | {"overlapping": [row(by="ear")]}), "by: expected one of sound"),
        (lambda r: sealed(r | {"overlapping": [row(), row()]}), "expected ids in order, each once"),
        (
            lambda r: sealed(r | {"overlapping": [row(item="b"), row(item="a")]}),
            "overlapping 1: item: expected ids in order",
        ),
        (
            lambda r: sealed(r | {"overlapping": [row(by="song")]}),
            "expected a number where a sound is compared and null elsewhere",
        ),
        (
            lambda r: sealed(r | {"overlapping": [row(differing=None, seconds=None)]}),
            "expected a number where a sound is compared",
        ),
        (
            lambda r: sealed(r | {"overlapping": [row(item=f"s{n}") for n in range(5)]}),
            "overlapping: expected at most the 4 items, got 5",
        ),
        (lambda r: sealed(r | {"corpus": {"recordings": 0}}), "corpus: expected an object whose"),
        (lambda r: {k: v for k, v in r.items() if k != "corpus"}, "corpus: expected"),
    ],
)
def test_a_damaged_or_foreign_record_is_refused_in_one_line(tmp_path, change, message):
    path = tmp_path / "overlap.json"
    path.write_text(json.dumps(change(overlap("s0-0"))))
    with pytest.raises(DatasetError, match=message) as raised:
        read_overlap(path)
    assert "\n" not in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_record_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "overlap.json"
    path.write_text(json.dumps(overlap("s0-0", "s1-0")))
    assert read_overlap(path) == overlap("s0-0", "s1-0")
    path.write_text("[" * 100_000)
    with pytest.raises(DatasetError, match="not a record of an overlap"):
        read_overlap(path)


def test_the_command_says_how_much_is_left(tmp_path):
    for one in [card(TASK.floor, [9.5] * 4), card(TASK.ceiling, [0.0] * 4), HONEST, SILENT]:
        one.write(tmp_path / f"{one.model}.json")
    cards = sorted(tmp_path.glob("*.json"))
    (tmp_path / "a.overlap").write_text(json.dumps(overlap("s0-0", "s0-1")))
    (tmp_path / "b.overlap").write_text(json.dumps(overlap("s1-0")))
    words = ["board", TASK.name, *cards]
    one = ["--overlap", tmp_path / "a.overlap"]
    both = [*one, "--overlap", tmp_path / "b.overlap"]

    def invoke(*arguments):
        return CliRunner().invoke(cli.app, [*map(str, arguments)])

    text = invoke(*words, *one)
    assert text.exit_code == 0, text.output
    assert "Common items: 2 of 4 items and 2 of 3 songs are left" in text.output
    assert "Common items: 2 of 4 items" in invoke(*words, *one, "--markdown").output
    facts = json.loads(invoke(*words, *both, "--json").stdout)
    assert facts["common_items"] == {
        "left": 1,
        "of": 4,
        "songs_left": 1,
        "songs": 3,
        "overlaps": 2,
    }
    assert "common_items" not in json.loads(invoke(*words, "--json").stdout)
    (tmp_path / "a.overlap").write_text(json.dumps(overlap(dataset="e" * 64)))
    assert "an overlap with another data set" in str(invoke(*words, *one).exception)
