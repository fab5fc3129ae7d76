"""The script that makes small errors: which it makes, and that it tells who notices them."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests import mutate
from tests.support.equivalent_errors import EQUIVALENT, is_equivalent
from tests.support.mutations import mutations

HERE = Path(__file__).parent
ROOT = HERE.parent

SOURCE = b'''"""Text of 3 words."""

import math

__all__ = ["clipped"]
GATE: float = -70.0


def clipped(low: float, high: float, values: list[float], part: float = 0.5) -> float:
    """Values within 2 ends."""
    if not values or low >= high:
        raise ValueError(f"wanted {low + 1} below {high}")
    print("so many:", 3 + 4)
    inside = [v for v in values[low + 1 :] if low <= v < high and isinstance(v, int | float)]
    for _ in range(len(inside)):
        high -= part
    return max(inside) if inside else math.fmod(low, high)
'''


def made():
    return {(one.operator, one.after) for one in mutations(SOURCE, "clipped.py")}


@pytest.mark.parametrize(
    ("operator", "after"),
    [
        ("constant moved", "GATE: float = -69.0"),
        ("constant moved", "GATE: float = -71.0"),
        ("sign dropped", "GATE: float = 70.0"),
        ("and/or", "if (not values and low >= high):"),
        ("comparison moved", "if not values or (low > high):"),
        ("comparison swapped", "if not values or (low <= high):"),
        ("sign dropped", "if values or low >= high:"),
        ("branch dropped", "if False:"),
        ("function swapped", "return min(inside) if inside else math.fmod(low, high)"),
        ("arguments swapped", "return max(inside) if inside else math.fmod(high, low)"),
        ("branch dropped", "return max(inside)"),
        ("off by one", "for _ in range((len(inside) - 1)):"),
        ("arithmetic swapped", "high += part"),
    ],
)
def test_errors_of_each_kind_are_made(operator, after):
    assert (operator, after) in made()


def test_the_negated_result_and_the_changed_default_are_errors_too():
    text = [after for operator, after in made() if operator == "return negated"]
    assert text == ["return (-(max(inside) if inside else math.fmod(low, high)))"]
    text = [after for operator, after in made() if operator == "default changed"]
    assert len(text) == 2
    assert all("part: float = 0." in one for one in text)


def test_no_error_is_made_in_texts_annotations_and_messages():
    lines = SOURCE.decode().split("\n")
    for one in mutations(SOURCE, "clipped.py"):
        line = lines[one.line - 1]
        assert not any(word in line for word in ("Text", "ends", "wanted", "print", "__all__")), one
        assert "list[float" in one.after or "list[float" not in one.before
        assert "int | float" in one.after or "int | float" not in one.before


def test_an_error_changes_its_place_and_nothing_else():
    for one in mutations(SOURCE, "clipped.py"):
        changed = one.applied(SOURCE)
        assert changed != SOURCE
        assert changed.startswith(SOURCE[: one.begin])
        assert changed.endswith(SOURCE[one.end :])
        compile(changed, "clipped.py", "exec")


def test_what_decides_a_board_is_there_and_has_errors_of_all_kinds():
    files = mutate.sources([*mutate.DECISIVE, *mutate.ranking_files(ROOT)], ROOT)
    assert len(files) > 30
    assert any("/metrics/" in file for file in files)
    errors = mutate.chosen(files, 200, 0, ROOT)
    assert len({(e.file, e.begin, e.end, e.text) for e in errors}) == 200
    assert errors[:50] == mutate.chosen(files, 50, 0, ROOT)
    assert errors[:50] != mutate.chosen(files, 50, 1, ROOT)
    assert len(Counter(e.file for e in errors)) > 30
    assert len(Counter(e.operator for e in errors)) >= 10
    with pytest.raises(SystemExit, match="expected a room or a file"):
        mutate.sources(["no_such_room"], ROOT)


@pytest.mark.parametrize(("file", "line", "reason"), EQUIVALENT)
def test_an_error_that_is_not_made_is_one_that_could_be(file, line, reason):
    path = ROOT / "automix_bench" / file
    errors = mutations(path.read_bytes(), f"automix_bench/{file}")
    assert any(re.search(line, error.after) and is_equivalent(error) for error in errors)
    assert reason


def test_a_file_is_tested_by_its_room_and_by_those_who_name_it():
    own, others = mutate.tests_of("automix_bench/dsp/loudness.py", ROOT)
    assert "tests/dsp/test_loudness.py" in own
    assert "tests/dsp/test_bss_eval.py" not in own
    assert all(test.startswith("tests/dsp/") for test in own)
    assert "tests/making/test_gain_search.py" in others


def test_a_compiled_function_whose_calls_are_not_seen_is_tested_by_its_whole_file():
    source = b"@compiled\n@no_type_check\ndef kernel(x):\n    return x\n\n\n"
    source += b"@cache\ndef shown(x):\n    return kernel(x)\n"
    assert mutate.function_lines(source, 4) == []
    assert mutate.function_lines(source, 9) == [8, 7]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A package of two functions, with a test for the edge of one, and none for the sign of the
    other."""
    room, tests = tmp_path / "automix_bench" / "room", tmp_path / "tests" / "room"
    support = tmp_path / "tests" / "support"
    for folder in (room, tests, support):
        folder.mkdir(parents=True)
    for folder in (room, room.parent, tests, tests.parent, support):
        (folder / "__init__.py").write_text("")
    shutil.copy(HERE / "support" / "call_recorder.py", support)
    (room / "gate.py").write_text(
        "def opened(level):\n    return level > 70\n\n\ndef turned(level):\n    return -level\n"
    )
    (tests / "test_gate.py").write_text(
        "import pytest\n\nfrom automix_bench.room.gate import opened, turned\n\n\n"
        "@pytest.fixture(scope='module')\n"
        "def edges():\n    return opened(70), opened(71)\n\n\n"
        "def test_there_are_two(edges):\n    assert len(edges) == 2\n\n\n"
        "def test_opened(edges):\n    assert edges == (False, True)\n\n\n"
        "def test_turned():\n    assert turned(0) == 0\n"
    )
    monkeypatch.setattr(mutate, "ROOT", tmp_path)
    return tmp_path


def test_errors_that_a_test_notices_and_those_that_none_does(checkout, tmp_path, capsys):
    out = tmp_path / "out.json"
    arguments = ["room/gate.py", "--count", "40", "--out", str(out), "--least", "0.8"]
    assert mutate.main(arguments) == 0
    outcomes = {
        o["mutation"]["after"]: o["noticed_by"] for o in json.loads(out.read_text())["outcomes"]
    }
    opened = "tests/room/test_gate.py::test_opened"
    assert outcomes == {
        "return level > 69": opened,
        "return level > 71": opened,
        "return (level >= 70)": opened,
        "return (level < 70)": opened,
        "return level": "",
    }
    printed = capsys.readouterr().out
    assert mutate.main(arguments) == 0
    again = capsys.readouterr().out
    assert again.count("SURVIVED") == 1
    assert "noticed by" not in again  # those of the first run are taken over
    assert "4 of 5 noticed (80.0%)" in again
    assert "automix_bench/room/gate.py:6 [sign dropped] return -level → return level" in printed
    assert "4 of 5 noticed (80.0%)" in printed
    assert (checkout / "automix_bench/room/gate.py").read_text().count("level > 70") == 1


def test_an_error_that_no_file_can_be_imported_with_is_noticed(checkout, capsys):
    gate = checkout / "automix_bench" / "room" / "gate.py"
    gate.write_text(f"{gate.read_text()}\n\nHALF = 'a' + 'b'\n")
    mutate.main(["room/gate.py", "--count", "40", "--jobs", "2"])
    printed = capsys.readouterr().out
    assert "HALF = ('a' - 'b'): noticed by tests/room/test_gate.py" in printed


def test_what_an_earlier_test_left_in_a_cache_is_called_again(checkout, capsys):
    gate = checkout / "automix_bench" / "room" / "gate.py"
    gate.write_text("from functools import cache\n\n\n@cache\ndef level():\n    return 3\n")
    (checkout / "tests" / "room" / "test_gate.py").write_text(
        "from automix_bench.room.gate import level\n\n\n"
        "def test_it_is_called():\n    level()\n\n\n"
        "def test_it_is_three():\n    assert level() == 3\n"
    )
    assert mutate.main(["room/gate.py", "--count", "40"]) == 0
    printed = capsys.readouterr().out
    assert "return 4: noticed by tests/room/test_gate.py::test_it_is_three" in printed


def test_outcomes_of_other_code_are_not_taken_over(checkout, tmp_path, capsys):
    arguments = ["room/gate.py", "--count", "40", "--out", str(tmp_path / "out.json")]
    mutate.main(arguments)
    (checkout / "automix_bench/room/__init__.py").write_text("OTHER = 1\n")
    capsys.readouterr()
    mutate.main(arguments)
    assert capsys.readouterr().out.count("noticed by") == 4


def test_too_many_survivors_are_an_exit_code(monkeypatch, capsys):
    def outcomes(runner, errors, jobs):
        return [mutate.Outcome(error, "a test" if n else "", 1.0) for n, error in enumerate(errors)]

    monkeypatch.setattr(mutate.Runner, "outcomes", outcomes)
    assert mutate.main(["dsp/loudness.py", "--count", "10"]) == 0
    assert "9 of 10 noticed (90.0%)" in capsys.readouterr().out
    assert mutate.main(["dsp/loudness.py", "--count", "9"]) == 1
    assert "1 survived:" in capsys.readouterr().out


def test_tests_that_fail_without_an_error_end_the_run(checkout):
    test = checkout / "tests" / "room" / "test_gate.py"
    test.write_text(test.read_text().replace("== 0\n", "== 1\n"))
    with pytest.raises(SystemExit, match="test_turned fails without an error"):
        mutate.main(["room/gate.py", "--count", "1"])


def test_slow_tests_are_left_out_and_counted(checkout, capsys):
    assert mutate.within({"a": 1.0, "b": 2.0, "c": 3.5}, 3.0) == {"a": 1.0, "b": 2.0}
    assert mutate.main(["room/gate.py", "--count", "40", "--longest", "0"]) == 1
    printed = capsys.readouterr().out
    assert printed.count("slow tests not run): SURVIVED") == 5
    assert "return level (1 slow tests not run)" in printed
