"""The command line: its commands, its help, its speed, its messages and exit codes."""

import json
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from automix_bench import cli, errors, plugin
from automix_bench.cli import commands
from automix_bench.making.make import make

ROOT = Path(__file__).parent.parent.parent


def call(*arguments, **options):
    """Run the program as a user does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from automix_bench.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        **options,
    )


def test_the_package_and_the_help_are_light():
    probe = (
        "import sys, {module}; heavy = {{'torch', 'numba', 'scipy', 'pandas', 'pyarrow', "
        "'pyloudnorm', 'demucs', 'datasets', 'musdb', 'museval', 'soundfile'}}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    for module in ("automix_bench", "automix_bench.cli"):
        found = subprocess.run(
            [sys.executable, "-c", probe.format(module=module)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert found.stdout.strip() == "[]"


def test_help_comes_soon():
    # A generous bound for a busy machine; what it is meant to catch is a heavy import.
    times = [_seconds("--help") for _ in range(3)]
    assert min(elapsed for elapsed, _ in times) < 1.5
    assert min(computed for _, computed in times) < 0.5


def _seconds(*arguments):
    """How long a call takes: of the clock, and of the processor."""
    begun, used = time.perf_counter(), _processor_seconds()
    assert call(*arguments).returncode == 0
    return time.perf_counter() - begun, _processor_seconds() - used


def _processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def test_the_help_names_every_command_and_exit_code():
    shown = CliRunner().invoke(cli.app, ["--help"]).output
    names = (
        *("demo", "make", "verify", "traits", "run", "score", "cache", "status", "failed"),
        *("evaluate", "board", "list", "show", "card"),
    )
    for name in names:
        assert f"│ {name} " in shown
    for code in (0, 1, 2, 3, 4, 5, 130):
        assert f"{code} " in shown


def test_the_help_shows_every_command_once_in_its_group_and_in_one_line(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = CliRunner().invoke(cli.app, ["--help"]).output
    groups = re.findall(r"^╭─ (.+?) ─+╮$", shown, re.MULTILINE)
    assert groups == ["Options", *commands.GROUPS, *commands.NESTED]
    rows = re.findall(r"^│ ([a-z ]{11})  (.+?) *│$", shown.partition("Start here")[2], re.MULTILINE)
    names = [name.strip() for name, _ in rows]
    assert names[:5] == ["demo", "list", "make", "evaluate", "compare"]
    assert (
        len(names)
        == len(set(names))
        == sum(map(len, (*commands.GROUPS.values(), *commands.NESTED.values())))
    )
    assert all(text.endswith(".") for _, text in rows)


def test_every_argument_and_option_is_explained():
    program = typer.main.get_command(cli.app)
    every = dict(program.commands)
    for names in commands.NESTED.values():
        for name in names:
            below = every.pop(name)
            every |= {f"{name} {one}": command for one, command in below.commands.items()}
    parameters = {(name, one.name): one for name, c in every.items() for one in c.params}
    assert {("make", "workers"), ("make", "executor"), ("run", "executor_set")} <= set(parameters)
    unexplained = [where for where, one in parameters.items() if not (one.help or "").endswith(".")]
    # Lists of examples may end in dots.
    assert [where for where in unexplained if not parameters[where].help.endswith("…")] == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("make", "qickstart", "out"), 2, "no 'qickstart' in recipes, did you mean 'quickstart'?"),
        (
            ("make", "pseudo_multitrack", "out", "--set", "layout=musdb"),
            2,
            "layout musdb: give the folder of songs: --set songs=",
        ),
        (("verify", "nowhere"), 3, "nowhere: no finished data set here"),
        (("evaluate", "mixng", "nowhere"), 2, "no 'mixng' in tasks, did you mean 'mixing'?"),
        (("evaluate", "mixing", "nowhere"), 3, "nowhere: no finished data set here"),
        (("list", "metric"), 2, "no kind of plug-in 'metric', did you mean 'metrics'?"),
        (("list", "tasks", "--knobs"), 2, "list tasks: only effects and normalisers have knobs"),
        (("show", "remx"), 2, "no 'remx' in recipes, did you mean 'remix'?"),
        (("show", "remix", "--plot", "x.gif"), 2, "a picture's name ends in .png, .svg, .pdf"),
        (("card", "metrics"), 2, "card metrics: say which: "),
        (("card", "nowhere"), 2, "card nowhere: no folder and no kind"),
        (("board", "mixing", "nowhere.json"), 3, "nowhere.json: no scorecard there"),
        (("score", "nowhere", "nowhere"), 3, "nowhere: no run here; `run` makes one"),
    ],
)
def test_an_error_of_the_users_is_one_line(arguments, code, message):
    found = call(*arguments)
    assert found.returncode == code
    assert found.stderr.startswith(f"automix-bench: {message}")
    assert found.stderr.count("\n") == 1
    assert found.stdout == ""


def test_a_recipe_with_a_syntax_error_is_named_with_its_line(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("from automix_bench.recipe import Recipe\nrecipe = Recipe(\n")
    found = call("make", path, tmp_path / "out")
    assert found.returncode == 2
    assert found.stderr == f"automix-bench: {path}, line 2: '(' was never closed\n"
    assert not (tmp_path / "out").exists()


def test_an_error_of_ours_keeps_its_traceback(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "__all__ = ['mine']\nclass mine:\n    def __call__(self, brief):\n        return brief\n"
    )
    code = (
        "from automix_bench import cli, plugin\n"
        "def broken(kind): raise KeyError('a bug')\n"
        "plugin.names = broken\n"
        "cli.main()"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, "list", "models"], capture_output=True, text=True
    )
    assert found.returncode == 1
    assert "Traceback" in found.stderr
    assert "KeyError: 'a bug'" in found.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(28, "No space left on device", "x.tar"), 4),
        (PermissionError(13, "Permission denied", "/x"), 2),
        (errors.DiskFull("no room"), 4),
        (KeyboardInterrupt(), 130),
    ],
)
def test_exit_codes(monkeypatch, capsys, error, code):
    def stopped():
        raise error

    monkeypatch.setattr("automix_bench.cli.commands.app", stopped)
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == code
    assert capsys.readouterr().err.count("\n") == 1


def test_make_verify_run_score_evaluate_board_card(tmp_path):
    recipe = tmp_path / "small.py"
    recipe.write_text(SMALL)
    data, mine = tmp_path / "data", tmp_path / "mine.py"
    mine.write_text(MODEL)
    runner = CliRunner()

    def said(*arguments, code=0):
        result = runner.invoke(cli.app, [str(argument) for argument in arguments])
        assert result.exit_code == code, result.output
        return result.stdout

    made = json.loads(said("make", recipe, data, "--set", "count=3", "--json"))
    assert (made["examples"], made["shards_rendered"]) == (9, 1)
    assert json.loads(said("verify", data, "--rerender", "--json")) == []
    assert said("verify", data).endswith(": no problems\n")
    evaluated = json.loads(said("evaluate", "mixing", data, mine, "equal_loudness", "--json"))
    assert [row["part"] for row in evaluated["rows"]].count("entry") == 2
    assert (tmp_path / "data-runs" / "mixing").is_dir()
    table = said("evaluate", "mixing", data, mine, "--label", "mine.py=Ours")
    assert "Ours" in table
    assert "mine.py" not in table
    runs = sorted((tmp_path / "data-runs" / "mixing").iterdir())
    refused = runner.invoke(cli.app, ["evaluate", "mixing", str(data), "--label", "gone.py=Ours"])
    assert "no model gone.py; there is plain_sum, oracle" in str(refused.exception)
    assert sorted((tmp_path / "data-runs" / "mixing").iterdir()) == runs
    assert "oracle (ceiling)" in table
    said("run", "plain_sum", "mixing", data, tmp_path / "run")
    scored = said("score", tmp_path / "run", data, "--out", tmp_path / "plain.json", "--json")
    assert json.loads(scored)["coverage"] == 1.0
    said("run", "oracle", "mixing", data, tmp_path / "best-0.5")
    said("score", tmp_path / "best-0.5", data)  # beside it, and not where best-0.7 has its own
    markdown = said(
        "board", "mixing", tmp_path / "plain.json", tmp_path / "best-0.5.json", "--markdown"
    )
    assert markdown.startswith("| rank | model | audible_distance")
    assert "# tones, version 1" in said("card", data)
    assert json.loads(said("card", data, "--json"))["examples"] == 9
    roles = json.loads(said("traits", data))["roles"]
    assert roles["every"]["stems"] == sum(r["stems"] for n, r in roles.items() if n != "every")
    (data / "00000.tar").write_bytes(b"")
    assert "00000.tar: differs" in said("verify", data, code=3)


def test_a_model_that_fails_is_said_and_told_by_the_exit_code(recipe, tmp_path):
    data = make(recipe(), tmp_path / "data").folder
    mine = tmp_path / "mine.py"
    mine.write_text(
        "__all__ = ['mine']\ndef mine(brief):\n    raise MemoryError('out of memory')\n"
    )
    found = call("evaluate", "mixing", data, mine)
    assert found.returncode == 5
    assert "mine.py failed on tones-0_0000: MemoryError: out of memory" in found.stderr
    assert f'  File "{mine}", line 3, in mine\n' in found.stderr
    assert "the same on 11 more examples" in found.stderr


@pytest.mark.parametrize("kind", plugin.KINDS)
def test_every_plug_in_has_a_card(kind):
    runner = CliRunner()
    for name in json.loads(runner.invoke(cli.app, ["list", kind, "--json"]).stdout)[kind]:
        shown = runner.invoke(cli.app, ["card", kind, name, "--json"])
        assert shown.exit_code == 0, shown.output
        facts = json.loads(shown.stdout)
        assert len(facts["description"]) > 40, f"{kind}/{name} needs a docstring"


def told(*arguments):
    result = CliRunner().invoke(cli.app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_demo_is_wired_to_the_demo(monkeypatch, tmp_path):
    def full(out, songs, **_):
        raise errors.DiskFull(f"no room for {songs} in {out}")

    monkeypatch.setattr("automix_bench.cli.demo_run.demo", full)
    ended = CliRunner().invoke(cli.app, ["demo", "music", "--out", str(tmp_path)]).exception
    assert str(ended) == f"no room for music in {tmp_path}"


def test_every_setting_of_every_effect_and_normaliser_is_listed_with_its_range_and_unit():
    for kind in ("effects", "normalisers"):
        text, facts = (
            told("list", kind, "--knobs"),
            json.loads(told("list", kind, "--knobs", "--json")),
        )
        assert max(map(len, text.splitlines())) <= 100
        assert list(facts[kind]) == plugin.names(kind)
        lines = [" ".join(line.split()) for line in text.splitlines()]
        for name, known in facts[kind].items():
            offered = plugin.load(kind, name)
            assert {**known["knobs"], **known["options"]}.keys() == offered.settings().keys()
            for knob, spec in offered.knobs().items():
                assert known["knobs"][knob]["low"] == spec.low
                assert known["knobs"][knob]["unit"] == spec.unit
                assert any(
                    line.startswith(f"{knob} ") and line.endswith(spec.unit) for line in lines
                )


def test_what_an_effect_claims_is_listed_with_its_knobs():
    known = json.loads(told("list", "effects", "--knobs", "--json"))["effects"]
    assert known["gain"]["neutral"] == {"gain_db": 0.0}
    assert known["gain"]["linear"]
    assert (known["compressor"]["inverse_db"], known["compressor"]["irreversible"]) == (90.0, "")
    assert known["mp3"]["inverse_db"] is None
    assert known["mp3"]["irreversible"]
    assert known["pan"]["options"]["law"]["words"][0] == "constant_power"
    assert known["pan"]["stereo_only"]
    assert known["graphic_eq"]["knobs"]["gains_db"]["count"] == 31
    text = " ".join(told("list", "effects", "--knobs").split())
    assert "gain A constant factor. linear; changes nothing at gain_db 0 inverse: yes" in text
    assert "constant_power | linear | minus_4_5_db; constant_power if not given" in text


def test_recipes_are_listed_with_their_own_settings_and_the_shared_ones_once():
    known = json.loads(told("list", "recipes", "--json"))
    assert list(known["recipes"]) == plugin.names("recipes")
    assert known["material"]["songs"]["kind"] == "path"
    assert known["material"]["seconds"]["meaning"] == "length of an excerpt."
    remix = known["recipes"]["remix"]
    assert remix["summary"].startswith("Mixtures, and the same with some")
    assert (list(remix["settings"]), remix["takes_material"]) == (["seed"], True)
    assert "songs" in known["recipes"]["quickstart"]["settings"]
    text = told("list", "recipes")
    assert text.count("song_seconds") == 1
    for name, recipe in known["recipes"].items():
        assert f"{name}\n" in text
        assert recipe["summary"].endswith((".", "?"))


def test_a_recipe_is_shown_as_text_as_json_and_as_a_picture(tmp_path):
    text = told("show", "remix", "--set", "seed=5")
    assert text.startswith("remix, version ")
    assert ", seed 5\n" in text
    shown = json.loads(told("show", "remix", "--set", "seed=5", "--json"))
    assert (shown["recipe"], shown["seed"]) == ("remix", 5)
    assert {"setting": "gain_db", "unit": "dB"}.items() <= shown["draws"][1].items()
    path = tmp_path / "remix.png"
    assert told("show", "remix", "--plot", str(path)).startswith("remix, version ")
    assert path.read_bytes()[:4] == b"\x89PNG"


SMALL = """
__all__ = ["small"]
from automix_bench.recipe import Recipe
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.consoles.random_console import RandomConsole
from tests.conftest import BUS, STRIP
from tests.support.tone_source import Tones

def small(count: int = 2) -> Recipe:
    return Recipe("tones", 1, 1, "Tones.", Tones(count=count), AsRecorded(),
                  RandomConsole(default=STRIP, bus=BUS), excerpt_seconds=1.0)
"""

MODEL = """
__all__ = ["Quiet"]
from automix_bench.audio import total
from automix_bench.model import Answer

class Quiet:
    def __call__(self, brief):
        return Answer({"mix": total(brief.stems.values()).scaled(0.1)})
"""
