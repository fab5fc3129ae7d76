"""Entries and submissions that would break a board, mislead its readers, or push others down."""

import json
import zipfile
from dataclasses import replace
from hashlib import sha256

import pytest

from automix_bench.errors import DatasetError
from automix_bench.scorecard import Score
from automix_bench.submissions import board_folder, board_tables
from automix_bench.submissions.archive import write_archive
from automix_bench.submissions.board_entry import BoardEntry, read_entry
from automix_bench.submissions.board_faults import faults
from automix_bench.submissions.board_folder import add
from automix_bench.submissions.board_overlaps import dropped_from
from automix_bench.untrusted.readable_name import readable_name
from tests.submissions.test_boards import TASK, boards, changed, entry_path, made  # noqa: F401

FIRST = TASK.metrics[0]


def again(archive, out, system=(), card=(), **changes):
    """An archive with another system card, scorecard or record."""
    with zipfile.ZipFile(archive) as content:
        members = {name: content.read(name) for name in content.namelist()}
    about = json.loads(members.pop("submission.json"))
    members["card.json"] = json.dumps({**json.loads(members["card.json"]), **dict(card)}).encode()
    files = {name: sha256(of).hexdigest() for name, of in members.items()}
    about |= {"files": files, "system": {**about["system"], **dict(system)}, **changes}
    write_archive(out, {**members, "submission.json": json.dumps(about).encode()})
    return out


HOSTILE = {
    "the floor's file": ({"system": {"name": "Floor"}}, "name: expected one of its own"),
    "the floor's row": ({"system": {"name": "plain_sum (floor)"}}, "name: expected one of its own"),
    "a long processor": ({"environment": {"processor": "p" * 900}}, "processor: expected a text"),
    "an isolation of his own": (
        {"card": {"isolation": "checked by the keepers"}},
        "isolation: expected one of boxed",
    ),
    "a license as long as the table": (
        {"system": {"license": " OR ".join(["MIT"] * 140)}},
        "license: expected a text of 1 to 120",
    ),
    "a crowd of authors": ({"system": {"authors": ["x"] * 101}}, "authors: expected a list of 1"),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_what_cannot_be_read_again_is_not_written(made, boards, tmp_path, fault):  # noqa: F811
    _, benchmark, dataset, archives = made
    changes, match = HOSTILE[fault]
    archive = again(archives["equal_loudness"], tmp_path / "x.abench", **changes)
    before = {path: path.read_bytes() for path in boards.rglob("*") if path.is_file()}
    with pytest.raises(DatasetError, match=match) as caught:
        add(archive, benchmark, dataset, boards, replace_entry=True)
    assert str(archive) in str(caught.value)
    assert {path: path.read_bytes() for path in boards.rglob("*") if path.is_file()} == before


def test_answers_under_another_name_are_refused(made, boards, tmp_path):  # noqa: F811
    _, benchmark, dataset, archives = made
    copy = again(archives["equal_loudness"], tmp_path / "x.abench", {"name": "Mine"})
    with pytest.raises(DatasetError, match="every score is that of Equal loudness"):
        add(copy, benchmark, dataset, boards)
    add(archives["equal_loudness"], benchmark, dataset, boards)  # its own row stays its own


@pytest.mark.parametrize(
    "cost",
    [
        {"audio_seconds": 1e12, "work_seconds": 5e-324, "cpu_seconds": 1e-9, "peak_memory": 1},
        {"audio_seconds": 5e-324, "work_seconds": 1.0, "cpu_seconds": 1e12, "peak_memory": 1},
    ],
)
def test_costs_that_no_clock_measures_leave_the_tables_whole(boards, cost):  # noqa: F811
    stated = json.loads(entry_path(boards).read_text())["stated"]
    changed(boards, stated={**stated, "cost": cost})
    board_tables.write_tables(boards)
    assert faults(boards) == []
    rows = json.loads((boards / "leaderboard.json").read_text())["boards"][0]["rows"]
    (row,) = (row for row in rows if row["name"] == "Equal loudness")
    assert row["stated"]["relative_speed"] is None
    assert row["stated"]["cpu_seconds_a_minute"] is None


def test_nobody_writes_himself_the_badge_of_a_hidden_round(made, boards):  # noqa: F811
    path = changed(boards, badge="hidden")
    with pytest.raises(DatasetError, match="badge: expected one of declared, re-scored, re-run,"):
        read_entry(path, made[1])


def test_a_badge_is_kept_where_the_same_archive_takes_its_own_place(made, boards):  # noqa: F811
    changed(boards, badge="re-run")
    words = (made[3]["equal_loudness"], made[1], made[2], boards)
    assert add(*words, replace_entry=True)[0].badge == "re-run"
    entry_path(boards).write_text("{")
    assert add(*words, replace_entry=True)[0].badge == "re-scored"


@pytest.mark.parametrize("field", ["trained_on", "tuned_on", "weights", "commit", "description"])
def test_an_entry_that_was_changed_is_found_out_by_the_tables(boards, field):  # noqa: F811
    """Also where no number in a table is another."""
    system = json.loads(entry_path(boards).read_text())["system"]
    other = {"weights": {"net": "0" * 64}, "commit": "abc", "description": "x"}
    changed(boards, system={**system, field: other.get(field, ["other songs"])})
    (line,) = faults(boards)
    assert line.startswith(f"{boards / 'leaderboard.json'}: is not made of the entries")


def test_a_round_without_entries_is_checked(boards):  # noqa: F811
    for path in (boards / "tones-1").glob("mixing*"):
        path.unlink()
    (boards / "tones-1" / "rounds").mkdir()
    (boards / "tones-1" / "rounds" / "one.json").write_text("{}")
    assert "one.json: format: expected" in faults(boards)[0]


def test_who_has_other_items_is_named(boards):  # noqa: F811
    """Not the one whose file comes first."""
    record = json.loads(entry_path(boards).read_text())
    (boards / "tones-1" / "mixing-cmd-x.json").unlink()
    changed(
        boards,
        items=record["items"][::-1],
        values={name: of[::-1] for name, of in record["values"].items()},
    )
    assert faults(boards) == [
        "tones-1, mixing: Equal loudness: expected the items of the floor's row, got others"
    ]


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("a" + "\u0301" * 90, "at most 2 marks"),
        ("Equal l\u043eudness", "one script"),
        ("x\u200b", "visible"),
        ("x\u200d", "visible"),
        ("\u202ex", "visible"),
        ("two\nlines", "visible"),
        (" x", "visible"),
        ("\u6df7\u97f3", "with a letter a-z or a digit"),
        ("\u3164", "with a letter a-z"),
        ("-", "with a letter a-z"),
        ("", "a text of 1 to 100"),
        ("x" * 101, "a text of 1 to 100"),
        (3, "a text of 1 to 100"),
    ],
)
def test_a_name_that_is_not_read_or_told_apart_is_refused(name, match):
    assert match in readable_name(name)


@pytest.mark.parametrize(
    "name",
    ["my model", "=cmd|x", "Équilibre", "\u6df7\u97f3 2", "μ-law mixer", "Mixer (β)", "Việt 1"],
)
def test_a_name_in_any_script_is_right(name):
    assert readable_name(name) == ""


# Overlaps.


def entries_of(made, **values):  # noqa: F811
    """Entries with these values in the metric that ranks, an item of each song; floor first."""
    blank = read_entry(entry_path(made[0] / "boards"), made[1])

    def entry(name, of):
        scores = tuple(
            Score(f"e{n}", f"s{n}", "mix", FIRST.name, float(v)) for n, v in enumerate(of)
        )
        card = replace(blank.card, model=name, scores=scores)
        part = "floor" if name == "floor" else "entry"
        return BoardEntry("tones-1", part, "re-scored", card, name, archive=f"{name:x<64}")

    return [entry(name, of) for name, of in values.items()]


def dropped(entries, **overlaps):
    with_overlaps = [replace(one, overlap=overlaps.get(one.name, ())) for one in entries]
    return dropped_from(with_overlaps, entries[0].card, FIRST, len(entries[0].card.scores))


LOW = FIRST.better == "lower"
FLOOR = [20.0] * 20
MINE = [9.0] * 20
RIVAL = [0.0] * 2 + [9.5] * 18
"""Better than mine by its first two items alone."""


def test_what_is_named_is_dropped_where_nobody_else_falls(made):  # noqa: F811
    assert LOW
    three = entries_of(made, floor=FLOOR, mine=[5.0] * 2 + [9.0] * 18, rival=[12.0] * 20)
    of = dropped(three, mine=("e0", "e1"))
    assert of.examples == {"e0", "e1"}
    assert [entry.name for entry in of.because_of] == ["mine"]
    assert of.not_dropped == ()


def test_whoever_was_trained_on_items_may_fall_by_their_drop(made):  # noqa: F811
    three = entries_of(made, floor=FLOOR, mine=[0.0] * 2 + [9.5] * 18, rival=[9.0] * 20)
    assert dropped(three, mine=("e0", "e1")).examples == {"e0", "e1"}


def test_nobody_rises_by_naming_the_items_on_which_a_rival_is_good(made):  # noqa: F811
    of = dropped(entries_of(made, floor=FLOOR, mine=MINE, rival=RIVAL), mine=("e0", "e1"))
    assert of.examples == frozenset()
    ((entry, why),) = of.not_dropped
    assert (entry.name, "would fall" in why) == ("mine", True)


def test_nobody_is_pushed_down_by_a_third_systems_overlap(made):  # noqa: F811
    puppet = [1.0] * 2 + [19.0] * 18
    entries = entries_of(made, floor=FLOOR, mine=MINE, rival=RIVAL, puppet=puppet)
    of = dropped(entries, puppet=("e0", "e1"))
    assert of.examples == frozenset()
    assert [entry.name for entry, _ in of.not_dropped] == ["puppet"]


def test_many_overlaps_do_not_empty_a_board(made):  # noqa: F811
    puppets = {f"p{n}": [10.0 + n] * 20 for n in range(10)}
    overlaps = {name: (f"e{2 * n}", f"e{2 * n + 1}") for n, name in enumerate(puppets)}
    of = dropped(entries_of(made, floor=FLOOR, **puppets), **overlaps)
    assert len(of.examples) == 4  # of 20: a quarter is 5
    assert len(of.not_dropped) == 8
    assert all("a quarter" in why for _, why in of.not_dropped)


def test_a_board_of_one_song_has_tables(made, boards):  # noqa: F811
    entries = board_folder.entries(boards, made[1])
    song = entries[0].card.scores[0].song
    of_one = [
        replace(e, card=replace(e.card, scores=tuple(s for s in e.card.scores if s.song == song)))
        for e in entries
    ]
    board = board_folder.task_board(replace(made[1], songs=1, examples=1), TASK, of_one)
    assert board.resolves is None
