"""What a user sees in a terminal of 80 columns: tables, help, progress, guesses, completion."""

import contextlib
import io
import itertools
import json
from dataclasses import dataclass, replace

import pytest
import typer
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from automix_bench import cli, errors, plugin
from automix_bench.audio import Audio
from automix_bench.catalogue.tasks import task_named
from automix_bench.cli import commands
from automix_bench.cli.output.boards import show_board
from automix_bench.cli.output.comparisons import show_comparison, show_strata
from automix_bench.cli.output.plugins import show_names
from automix_bench.cli.output.progress_bars import Bars
from automix_bench.cli.output.sounds import show_properties
from automix_bench.cli.output.tables import TableRow, columns, print_blocks, print_table
from automix_bench.cli.output.terminal import OutputOptions, message, set_options, warning
from automix_bench.evaluation.compare import compare
from automix_bench.evaluation.leaderboard import board
from automix_bench.evaluation.sound_properties import Property
from automix_bench.evaluation.strata import strata
from automix_bench.making.make import make
from automix_bench.scorecard import Score, Scorecard
from automix_bench.separation import demucs_batches, spleeter_network
from automix_bench.workers.steps import listening_to_shares, report_share
from tests.support.tone_source import Tones

MIXING = task_named("mixing")
PROGRAM = typer.main.get_command(cli.app)
LONG = "differentiable_mixing_console"


class Terminal(io.StringIO):
    def isatty(self):
        return True

    @property
    def lines(self):
        return [line.rstrip() for line in self.getvalue().splitlines()]


@pytest.fixture(autouse=True)
def _default_options():
    yield
    set_options(OutputOptions())


@pytest.fixture
def terminal(monkeypatch):
    """Makes standard output a terminal of 80 columns without colours: `with terminal() as out`."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    return lambda: contextlib.redirect_stdout(Terminal())


def card(model, level, failed=False):
    """A card of three songs that are scored by all metrics of the task mixing."""
    scores = [
        Score(f"s{n}-0", f"s{n}", "mix", metric.name, metric.perfect + metric.sign * -level * n)
        for metric in MIXING.metrics
        for n in range(1, 4)
    ]
    if failed:
        scores = [
            replace(s, status="failed", value=MIXING.metrics[0].worst) if s.song == "s1" else s
            for s in scores
            if s.metric == MIXING.metrics[0].name
        ] + [s for s in scores if s.metric != MIXING.metrics[0].name]
    cost = {"audio_seconds": 30.0, "work_seconds": 0.5}
    return Scorecard("mixing", MIXING.version, "d" * 64, model, tuple(scores), cost, {})


MODELS = ("plain_sum", "oracle", LONG, "my_model.py", "equal_loudness", "broken.py")


@pytest.fixture(scope="module")
def cards():
    levels = (0.05, 0.0, 0.01, 0.02, 0.03, 0.04)
    return [
        card(model, level, failed=model == "broken.py")
        for model, level in zip(MODELS, levels, strict=True)
    ]


def widest(lines):
    return max(map(cell_len, lines))


def test_a_board_at_80_columns_has_whole_names_and_a_line_for_each_row(cards, terminal):
    with terminal() as out:
        show_board(board(MIXING, cards))
    assert widest(out.lines) <= 80
    ranking = out.lines[: out.lines.index("the other metrics")]
    for model in MODELS:
        (line,) = [line for line in ranking if f" {model} " in f"{line} "]
        assert "[" in line  # its interval, in the same line
    (failed,) = [line for line in ranking if " broken.py " in line]
    assert failed.split().count("failed") == 2  # in place of its rank, and of what it has covered
    assert "-" not in failed
    others = out.lines[len(ranking) :]
    for metric in MIXING.metrics[1:]:
        rows = [line.split() for line in others if line.startswith(f"  {metric.name} ")]
        values = [value for row in rows for value in row[1:] if value[0] in "-0123456789"]
        assert len(values) == len(MODELS), metric.name
    text = " ".join(out.lines)
    assert "Not shown at this width: better than the floor by" in text
    assert "--wide shows all" in text


@pytest.mark.parametrize("wide", [True, False], ids=["wide", "piped"])
def test_a_wide_board_and_one_in_a_file_have_all_columns_unfolded(
    cards, terminal, monkeypatch, wide
):
    if wide:
        set_options(OutputOptions(wide=True))
    else:
        monkeypatch.setattr(Terminal, "isatty", lambda self: False)
    with terminal() as out:
        show_board(board(MIXING, cards))
    text = out.getvalue()
    for head in ("better than", "covered", "answered", "× real"):
        assert head in text
    assert "Not shown" not in text
    heads = [line for line in out.lines if line.startswith("  metric")]
    assert len(heads) == 1
    assert all(model in heads[0] for model in MODELS)
    for metric in MIXING.metrics[1:]:
        (row,) = [line for line in out.lines if line.startswith(f"  {metric.name} ")]
        assert row.count("[") == len(MODELS)


def test_other_tables_fit_too(cards, terminal):
    scored = [one for one in cards if one.model in (LONG, "equal_loudness")]
    values = (Property("lufs", -20.0, "LUFS"), Property("channels", 2.0, ""))
    sounds = {f"a/rather/long/path/of/a/sound/{n}.wav": values for n in range(4)}
    with terminal() as out:
        show_comparison(compare(scored, MIXING.metrics), False)
        show_strata(LONG, "stem", strata(cards[2], MIXING.metrics, lambda score: "drums"), False)
        show_properties(sounds, {}, False)
    assert widest(out.lines) <= 80
    assert "…" not in out.getvalue()
    assert sum(line.startswith("  lufs ") for line in out.lines) == 4
    for name in sounds:
        assert any(line.endswith(name) for line in out.lines)


def test_columns_go_in_their_order_and_those_that_are_needed_stay(terminal):
    heads = columns("name", "first", "second", right=("second",), spare=("first", "second"))
    with terminal() as out:
        print_table(heads, [TableRow(("n" * 50, "f" * 20, "s" * 20))])
    assert "s" * 20 in out.getvalue()
    assert "f" * 20 not in out.getvalue()
    assert "Not shown at this width: first." in out.getvalue()
    with terminal() as out:
        print_blocks(heads, [TableRow(("n" * 90, "1", "2"))], repeated=1)
    assert any(line.strip().startswith("n" * 90) for line in out.lines)


def test_no_name_in_a_list_is_cut(terminal):
    names = plugin.names("metrics")
    with terminal() as out:
        show_names({"metrics": names, "tasks": ["mixing"]}, False)
    assert widest(out.lines) <= 80
    shown = " ".join(out.lines).replace(",", "").split()
    assert set(names) <= set(shown)


def test_every_command_has_json_quiet_and_a_short_help():
    every = dict(PROGRAM.commands)
    for names in commands.NESTED.values():
        for name in names:
            every |= {f"{name} {one}": below for one, below in every.pop(name).commands.items()}
    for name, command in every.items():
        options = {option for one in command.params for option in one.opts}
        assert {"--json", "--quiet", "-q"} <= options, name
        words = name.split()
        long, short = (CliRunner().invoke(cli.app, [*words, how]) for how in ("--help", "-h"))
        assert long.exit_code == short.exit_code == 0
        assert long.output == short.output
        assert f"Usage: automix-bench {name}" in long.output.replace("root", "automix-bench")
    assert CliRunner().invoke(cli.app, ["-h"]).output.count("Usage:") == 1


def test_help_at_80_columns_is_not_wider(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for arguments in (["-h"], ["make", "dereverberation", "-h"], ["evaluate", "-h"]):
        assert widest(CliRunner().invoke(cli.app, arguments).output.splitlines()) <= 80


RECIPE = '''
import automix_bench as ab
__all__ = ["wider"]
def wider(songs: str, width: float = 2.5) -> ab.Recipe:
    """Wider.

    Args:
        width: how wide it gets.
    """
'''


def test_the_help_of_make_shows_the_settings_of_the_recipe_that_is_named(tmp_path):
    path = tmp_path / "wider.py"
    path.write_text(RECIPE)

    def shown(*arguments):
        return " ".join(
            CliRunner().invoke(cli.app, [*map(str, arguments), "--help"]).output.split()
        )

    plain = shown("make")
    assert "Settings of" not in plain
    assert "responses_license" in shown("make", "dereverberation", "out", "--set", "seed=3")
    assert "Settings of its music" in shown("show", "dereverberation")
    assert "Settings of its music" not in shown("make", "quickstart")
    own = shown("make", path)
    assert "width Number: how wide it gets. [default: 2.5]" in own
    assert "songs text [required]" in own
    assert "width Number" in shown("rebuild", "some-id", "data", path)
    missing = CliRunner().invoke(cli.app, ["make", "dereverberatoin", "--help"])
    assert "Usage:" in missing.output
    assert isinstance(missing.exception, errors.UnknownPlugin)


def completions(line, monkeypatch):
    """What bash is offered for the last word of a line."""
    words = line.split(" ")
    environment = {
        "_AUTOMIX_BENCH_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    result = CliRunner().invoke(cli.app, [], prog_name="automix-bench", env=environment)
    return result.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("automix-bench evalu", ["evaluate"]),
        ("automix-bench make quick", ["quickstart"]),
        ("automix-bench make remix out --set sep", ["separator=", "separator=none"]),
        ("automix-bench make remix out --set mod", ["model=", "model=htdemucs"]),
        ("automix-bench make nowhere out --set sep", []),
        ("automix-bench evaluate mixing_t", ["mixing_to_sum"]),
        ("automix-bench evaluate mixing data equal", ["equal_loudness"]),
        ("automix-bench evaluate mixing data --split t", ["train", "test"]),
        ("automix-bench score a b --metrics sdr,bark", ["sdr,bark_distance"]),
        ("automix-bench metric third_oct", ["third_octave_distance"]),
        ("automix-bench card effects graphic", ["graphic_eq"]),
        ("automix-bench list norm", ["normalisers"]),
    ],
)
def test_names_are_completed(line, offered, monkeypatch):
    assert completions(line, monkeypatch) == offered


def test_completion_is_offered_to_be_installed():
    options = {option for one in PROGRAM.params for option in one.opts}
    assert {"--install-completion", "--show-completion"} <= options


def test_an_unknown_name_gets_the_nearest_few_and_the_command_that_lists_all():
    known = plugin.names("metrics")
    assert len(known) > 50
    for wrong, near in (("loudnes_error", "loudness_error"), ("SI_SDR", "si_sdr")):
        with pytest.raises(errors.UnknownPlugin) as caught:
            plugin.load("metrics", wrong)
        line = str(caught.value)
        assert f"did you mean '{near}'?" in line
        assert "all of them: automix-bench list metrics" in line
        assert sum(name in line for name in known if len(name) > 6) < 8
    with pytest.raises(errors.UnknownPlugin, match=r"no 'zzzzz' in metrics; all of them: "):
        plugin.load("metrics", "zzzzz")


def test_a_guess_among_few_names_them_all_and_among_many_some():
    assert plugin.did_you_mean("tset", ["train", "test"]).startswith(", did you mean 'test'?")
    assert plugin.did_you_mean("x", ["train", "test"]) == "; there are train, test"
    assert plugin.did_you_mean("x", []) == "; there are none"
    many = [f"knob{n}" for n in range(40)]
    assert (
        plugin.did_you_mean("x", many)
        == "; there are 40, such as knob0, knob1, knob2, knob3, knob4"
    )
    assert "near it: " in plugin.did_you_mean("knob", many, "a command")


def test_a_split_that_is_not_there_gets_a_guess(dataset):
    command = ["evaluate", "mixing", str(dataset.folder), "--any-data", "--split", "tran"]
    caught = CliRunner().invoke(cli.app, command).exception
    assert "no examples in split tran, did you mean 'train'? there are " in str(caught)


def test_a_wrong_setting_of_a_recipe_names_the_help_that_lists_all():
    command = ["show", "dereverberation", "--set", "responces=x"]
    caught = CliRunner().invoke(cli.app, command).exception
    assert "no setting 'responces', did you mean 'responses'?" in str(caught)
    assert str(caught).endswith("all of them: automix-bench make dereverberation --help")


def test_quiet_drops_notes_and_progress_and_keeps_failures_and_results(capsys, tmp_path):
    message("a note")
    set_options(OutputOptions(quiet=True))
    message("another note")
    warning("a failure")
    assert capsys.readouterr().err == "a note\na failure\n"
    made = CliRunner().invoke(cli.app, ["measure", str(tmp_path / "none.wav"), "--quiet"])
    assert "none.wav" in made.stderr
    listed = CliRunner().invoke(cli.app, ["list", "tasks", "-q", "--json"])
    assert "mixing" in json.loads(listed.stdout)["tasks"]


@pytest.mark.parametrize("quiet", [False, True])
def test_a_bar_at_80_columns_is_one_line_with_elapsed_time(quiet):
    terminal = Terminal()
    console = Console(file=terminal, width=80, force_terminal=True, color_system=None)
    with Bars(console, quiet) as progress:
        progress("decoding and separating", 3.25, 12, "songs")
        progress("rendering", 1230.0, 3600.0, "s of audio")
    if quiet:
        assert terminal.getvalue() == ""
        return
    last = terminal.getvalue().rpartition("decoding")[2]
    first, second = (line for line in f"decoding{last}".splitlines()[:2])
    assert "3.2/12 songs" in first
    assert "1230/3600 s of audio" in second
    assert "0:00:0" in first
    assert max(cell_len(first), cell_len(second.partition("\x1b")[0])) <= 80


@dataclass(frozen=True)
class Slow:
    """A separator that reports how far it is."""

    license: str = ""

    def __call__(self, song):
        for share in (0.0, 0.5):
            report_share(share)
        return song

    def fingerprint(self):
        return {"separator": "slow"}


def test_the_bar_of_make_moves_within_a_song(recipe, tmp_path, monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr("automix_bench.workers.steps.monotonic", lambda: next(clock))
    steps = []
    one = recipe(source=Tones(count=2), separator=Slow())
    make(one, tmp_path / "data", progress=lambda *step: steps.append(step))
    songs = [done for what, done, _, _ in steps if what == "decoding and separating"]
    assert songs == sorted(songs)
    assert {0.0, 0.5, 1.0, 1.5, 2.0} <= set(songs)


def test_shares_are_rare_and_between_0_and_1():
    heard = []
    with listening_to_shares(heard.append, least_seconds=60.0):
        for share in (-1.0, 0.5):
            report_share(share)
    assert heard == [0.0]
    report_share(0.5)  # where nobody listens nothing happens


def test_networks_report_how_far_they_are(noise):
    pytest.importorskip("torch")
    heard = []
    sound: Audio = noise(seconds=30.0)
    with listening_to_shares(heard.append, least_seconds=0.0):
        spleeter_network.separate(sound.samples)
    assert heard[0] == 0.0
    assert heard == sorted(heard)
    assert len(heard) == 3
    assert demucs_batches.Batches(2).size == 2
