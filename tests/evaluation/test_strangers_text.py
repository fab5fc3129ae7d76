"""A stranger's name goes through every output of boards and comparisons, and is shown as text."""

import csv
import html.parser
import io
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from automix_bench import cli, plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.cli.output.progress_bars import Bars
from automix_bench.evaluation.board_cells import csv_cell
from automix_bench.evaluation.leaderboard import board
from automix_bench.scorecard import Score, Scorecard
from automix_bench.untrusted import shown

DISTANCE = plugin.load("metrics", "audible_distance")
MIXING = replace(task_named("mixing"), metrics=(DISTANCE,))
POISON = (
    "m[/x] [red]my[v2].py[/red] a|b\x1b[31m\x1b]0;title\x07\u202e\x9b2J\r\n# forged\n"
    "| 1 | me | 0 | <script>alert(1)</script> [x](javascript:y) `c` _i_ *b* $m$ \\def{%#&~^} =1+1"
)
NAMES = ["m[/x]", "my[v2].py", "a|b", "=cmd|' /C calc'!A0", "[bold]", "\x1b[2J", "<b>", POISON]
TEXT = st.text(max_size=60)


def card(model, value, song="a"):
    scores = tuple(
        Score(f"{song}{n}", f"{song}{n}", song, "audible_distance", value + n) for n in range(6)
    )
    cost = {"audio_seconds": 30.0, "work_seconds": 0.5}
    return Scorecard("mixing", task_named("mixing").version, "d" * 64, model, scores, cost, {})


def output_of(tmp_path, poison, *command):
    cards = [card(m, v, poison) for m, v in (("plain_sum", 4.0), ("oracle", 0.0), (poison, 2.0))]
    paths = []
    for number, of in enumerate(cards):
        of.write(tmp_path / f"{number}.json")
        paths.append(str(tmp_path / f"{number}.json"))
    name, *options = command
    arguments = {
        "board": ["mixing", *paths],
        "compare": paths[1:],
        "power": [*paths[1:], "--metric", "audible_distance", "--difference", "1"],
    }[name]
    done = CliRunner().invoke(cli.app, [name, *arguments, *options])
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.stdout


COMMANDS = [
    *(("board", *form) for form in ((), ("--markdown",), ("--latex",), ("--csv",), ("--json",))),
    *(("compare", *form) for form in ((), ("--by", "stem"), ("--json",))),
    *(("power", *form) for form in ((), ("--json",))),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("poison", [NAMES[0], POISON], ids=["short", "poison"])
def test_no_escape_sequence_and_no_traceback_comes_out_of_any_output(command, poison, tmp_path):
    text = output_of(tmp_path, poison, *command)
    odd = [c for c in text if c != "\n" and not c.isprintable()]
    assert odd == []
    assert "\n# forged" not in text
    assert "\n| 1 | me |" not in text
    assert "m[/x]" in text.replace("\\[", "[").replace("\\]", "]")


@pytest.mark.parametrize("name", NAMES)
def test_the_board_on_the_terminal_shows_the_name_whole(name, tmp_path):
    text = output_of(tmp_path, name, "board")
    letters = re.sub(r"[\s│┃]", "", text)
    start = re.sub(r"\s", "", shown.for_terminal(name))[:12]
    assert start in letters


@pytest.mark.parametrize("name", NAMES)
def test_a_markdown_table_keeps_its_columns_and_a_latex_table_too(name):
    cards = [card("plain_sum", 4.0), card("oracle", 0.0), replace(card("m", 2.0), model=name)]
    made = board(MIXING, cards)
    table, _, below = made.to_markdown().partition("\n\n")
    assert not any(line.startswith(("|", "#", "=")) for line in below.splitlines())
    markdown = table.splitlines()
    assert len(markdown) == 5
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in markdown} == {8}
    latex = made.to_latex().splitlines()
    rows = [line for line in latex if line.endswith(r"\\")]
    assert len(rows) == 4
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {6}
    assert not re.search(r"(?<!\\)[%#]", "".join(rows))
    assert made.to_latex().count("{") == made.to_latex().count("}")


@pytest.mark.parametrize("name", NAMES)
def test_a_csv_cell_is_no_formula_and_comes_back(name):
    cards = [card("plain_sum", 4.0), card("oracle", 0.0), replace(card("m", 2.0), model=name)]
    rows = list(csv.DictReader(io.StringIO(board(MIXING, cards).to_csv())))
    assert len(rows) == 3
    assert shown.for_csv(name) in [row["model"] for row in rows]
    assert not any(row["model"].startswith(("=", "+", "-", "@", "\t")) for row in rows)
    assert float(rows[0]["audible_distance"]) == 2.5
    assert rows[0]["rank"] == ""


@settings(deadline=None, max_examples=60)
@given(TEXT)
def test_every_medium_gives_one_printable_line(text):
    for show in (shown.for_terminal, shown.for_markdown, shown.for_html, shown.for_latex):
        line = show(text)
        assert len(line.splitlines()) <= 1
        assert all(c.isprintable() or c in "\u200c\u200d" for c in line)
        line.encode()
    assert not shown.for_csv(text).startswith(("=", "+", "-", "@", "\t", "\r"))


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.tags = "", []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, attributes))

    def handle_data(self, data):
        self.text += data


@settings(deadline=None, max_examples=60)
@given(st.one_of(TEXT, st.sampled_from(NAMES)))
def test_html_gives_the_text_back_between_tags_and_in_an_attribute(text):
    reader = Reader()
    line = shown.for_html(text)
    reader.feed(f'<p title="{line}">{line}</p>')
    reader.close()
    assert reader.tags == [("p", [("title", shown.one_line(text))])]
    assert reader.text == shown.one_line(text)


@settings(deadline=None, max_examples=60)
@given(st.one_of(TEXT, st.sampled_from(NAMES)))
def test_markdown_gives_the_text_back(text):
    """By another implementation of CommonMark, with GitHub's tables and crossed-out text."""
    markdown_it = pytest.importorskip("markdown_it")
    parser = markdown_it.MarkdownIt("gfm-like", {"linkify": False})
    table = parser.parse(f"| a | b |\n|---|---|\n| x | {shown.for_markdown(text)} |\n")
    cells = [token for token in table if token.type == "inline"]
    assert len(cells) == 4
    parts = cells[3].children or []
    assert {part.type for part in parts} <= {"text", "text_special"}
    assert "".join(part.content for part in parts) == shown.one_line(text).strip()


@settings(deadline=None, max_examples=60)
@given(st.recursive(TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)))
def test_json_for_the_terminal_is_the_same_json(value):
    plain = json.dumps(value, ensure_ascii=False, indent=1)
    safe = shown.for_json(plain)
    assert json.loads(safe) == json.loads(plain)
    assert all(c == "\n" or c.isprintable() or c in "\u200c\u200d" for c in safe)


def test_names_that_do_no_harm_stay_as_they_are():
    for name in ("plain_sum", "my_model.py", "Größe 5", "日本語", "é", "a-b", "50 (floor)"):
        for show in (shown.for_terminal, shown.for_markdown, shown.for_html, shown.for_csv):
            assert show(name) == name
    assert shown.for_latex("plain_sum 5%") == r"plain\_sum 5\%"
    assert shown.for_terminal("\x1b[31m\u202e") == r"\u001b[31m\u202e"
    assert shown.for_csv("=1+1") == "'=1+1"
    assert shown.for_html('<a href="x">') == "&lt;a href=&quot;x&quot;&gt;"


def test_a_progress_bar_with_a_name_in_markup(capsys):
    terminal = Console(force_terminal=True, file=io.StringIO())
    with Bars(terminal) as bars:
        bars("running m[/x]\x1b[2J", 1, 2, "examples")
    assert "m[/x]" in terminal.file.getvalue()
    assert "\x1b[2J\x1b" not in terminal.file.getvalue()


def test_an_error_that_names_a_stranger_is_one_line_without_escapes(tmp_path, capsys, monkeypatch):
    of = replace(card("m", 2.0), model="m\x1b[2J\nautomix-bench: all is well", task="odd\x1b[2J")
    of.write(tmp_path / "card.json")
    monkeypatch.setattr("sys.argv", ["automix-bench", "board", "mixing", f"{tmp_path}/card.json"])
    with pytest.raises(SystemExit):
        cli.main()
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("value", "cell"), [(None, ""), (float("nan"), ""), (3.5, 3.5), (0, 0), (True, True)]
)
def test_a_missing_number_is_an_empty_cell_and_others_stay(value, cell):
    assert csv_cell(value) == cell
