"""One poisoned name through every output there is: it is shown as text in each."""

import ast
import csv
import io
import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from automix_bench import cli
from automix_bench.dataset.card import data_card
from automix_bench.dataset.croissant import croissant
from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import Rejected
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.stored_runs import stored_runs
from automix_bench.making.make import make
from automix_bench.model import Answer
from automix_bench.pages.dataset_page import dataset_report
from automix_bench.pages.report_page import report
from automix_bench.publishing.hub import Shipment
from automix_bench.publishing.parquet_card import export_card
from automix_bench.untrusted import shown
from automix_bench.workers.slurm.status import ArrayStatus
from tests.support.poison import (
    FILE_NAME,
    FORMULA,
    POISON,
    PoisonedTones,
    demand_harmless_html,
    demand_harmless_markdown,
    demand_harmless_text,
)

PACKAGE = Path(cli.__file__).parent.parent


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory):
    """A data set of poisoned songs; it is made once."""
    from automix_bench.recipe import Recipe
    from automix_bench.separators.as_recorded import AsRecorded
    from tests.conftest import BUS, STRIP, RandomConsole

    recipe = Recipe(
        name="poisoned",
        version=1,
        seed=7,
        description=POISON,
        source=PoisonedTones(count=3, seconds=1.0),
        separator=AsRecorded(),
        console=RandomConsole(default=STRIP, bus=BUS),
        excerpt_seconds=0.5,
    )
    return make(recipe, tmp_path_factory.mktemp("poisoned") / "data").folder


def renamed(folder):
    """The plan of the data set, as a stranger may have written it."""
    plan = read_plan(folder)
    return replace(plan, code=POISON, recipe={**plan.recipe, "name": POISON})


@pytest.fixture(scope="module")
def runs(poisoned, tmp_path_factory):
    """The folder of runs of a model with that name, which fails with that reason."""
    folder = tmp_path_factory.mktemp("runs")

    def fails(brief):
        raise ValueError(POISON)

    half = Entry(POISON, lambda brief: Answer({"mix": sum_of(brief)}))
    evaluate("mixing", Dataset(poisoned), [half, Entry(FORMULA, fails)], folder, any_data=True)
    return folder


def sum_of(brief):
    from automix_bench.audio import total

    return total(brief.stems.values()).scaled(0.5)


@pytest.fixture
def printed(monkeypatch, capfd):
    """Call the program; returns what it printed, and checks how it ended."""

    def call(*arguments, code=0):
        capfd.readouterr()
        monkeypatch.setattr("sys.argv", ["automix-bench", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        text = "".join(capfd.readouterr())
        assert ended.value.code == code, text
        return text

    return call


# Data sets.


def test_the_data_card(poisoned):
    plan, rows = renamed(poisoned), list(Dataset(poisoned).rows)
    rows[0] = {**rows[0], "song_notes": [POISON], "stems": [POISON], "split": POISON}
    card = data_card(plan, rows, [Rejected(POISON, POISON)])
    exported = export_card(plan, rows, [Rejected(POISON, POISON)], {}, {"train": 1})
    for text in (card, exported):
        _, head, body = text.split("---\n", 2)
        record = yaml.safe_load(head)
        assert record["pretty_name"] == shown.one_line(POISON)
        assert record["license"] == "other"
        demand_harmless_markdown(body)


def test_the_card_that_make_writes_and_the_credits(poisoned, printed):
    card = (poisoned / "README.md").read_text(encoding="utf-8")
    demand_harmless_markdown(card.split("---\n", 2)[2])
    demand_harmless_markdown(printed("credits", poisoned))
    demand_harmless_text(printed("card", poisoned))


def test_croissant(poisoned):
    dataset = Dataset(poisoned)
    files = {path.name: 1 for path in poisoned.glob("*.*")}
    text = croissant(renamed(poisoned), dataset.rows, dict.fromkeys(files, ""), files)
    demand_harmless_text(text)
    record = json.loads(text)
    assert record["name"] == POISON
    assert f"{POISON} 0" in [creator["name"] for creator in record["creator"]]
    assert "\\input" not in record["citeAs"]
    assert record["citeAs"].count("{") == record["citeAs"].count("}")


def test_the_page_about_a_data_set(poisoned, tmp_path):
    dataset_report(poisoned, tmp_path / "stats.html", examples_decoded=1, examples_heard=1)
    # Two sounds of the mix and of two stems, and the player.
    demand_harmless_html((tmp_path / "stats.html").read_text(encoding="utf-8"), scripts=7)


def test_the_page_to_listen_to(poisoned, runs, tmp_path):
    page = report(tmp_path / "page", stored_runs([runs], poisoned, tmp_path), items=1)
    demand_harmless_html(page.read_text(encoding="utf-8"), scripts=2)


def test_verify_names_damaged_files(poisoned, tmp_path, printed):
    copy = shutil.copytree(poisoned, tmp_path / "data")
    (copy / FILE_NAME).write_text("x")
    demand_harmless_text(printed("verify", copy, code=3))
    json.loads(printed("verify", copy, "--json", code=3))
    demand_harmless_text(printed("verify", copy, "--json", code=3))


def test_songs_that_make_leaves_out(tmp_path, printed):
    songs = tmp_path / "songs"
    songs.mkdir()
    (songs / f"{FILE_NAME}.wav").write_bytes(b"no sound")
    rng = np.random.default_rng(0)
    for number in range(2):
        name = songs / f"{number} {FILE_NAME}.flac"
        soundfile.write(name, 0.1 * rng.standard_normal((44_100, 2)), 44_100)
    settings = [f"--set={each}" for each in (f"songs={songs}", "seconds=0.5", "separator=whole")]
    for more in (("--dry-run",), ("--dry-run", "--json"), (), ("--json",)):
        made = printed("make", "pseudo_multitrack", tmp_path / "out", *settings, *more)
        demand_harmless_text(made, with_poison=more != ("--dry-run", "--json"))
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    demand_harmless_markdown(card.split("---\n", 2)[2])


def test_what_a_push_would_send():
    demand_harmless_text(str(Shipment(Path(), "a/b", {POISON: 1}, {"MIT": 1}, ("MIT",))))


# Benchmark.


@pytest.mark.parametrize("form", ["", "--markdown", "--latex", "--csv", "--json"])
def test_boards_of_a_run(runs, form, printed):
    cards = sorted(runs.glob("mixing/*.json"))
    text = printed("board", "mixing", *cards, *filter(None, [form]))
    if form == "--markdown":
        demand_harmless_markdown(text)
    demand_harmless_text(text)
    if form == "--csv":
        models = [row["model"] for row in csv.DictReader(io.StringIO(text))]
        assert shown.for_csv(FORMULA) in models
        assert not any(model.startswith("=") for model in models)


def test_commands_that_read_cards_and_answers(runs, poisoned, printed):
    cards = sorted(runs.glob("mixing/*.json"))
    named = [p for p in cards if json.loads(p.read_text())["model"] == POISON]
    failed = [p for p in cards if json.loads(p.read_text())["model"] == FORMULA]
    assert (len(named), len(failed)) == (1, 1)
    for form in ((), ("--json",)):
        demand_harmless_text(printed("compare", *named, *failed, *form))
        demand_harmless_text(printed("strata", *named, poisoned, "--by", "stem", *form))
        power = ("power", *named, "--metric", "audible_distance", "--difference", "1", *form)
        demand_harmless_text(printed(*power))
        score = printed("score", named[0].with_suffix(""), poisoned, *form)
        demand_harmless_text(score, with_poison=bool(form))


def test_a_model_file_with_that_name_that_fails_with_that_reason(poisoned, tmp_path, printed):
    name = "m[red]x[v2]\x1b[31m\u202e.py"
    (tmp_path / name).write_text(
        "from tests.support.poison import POISON\n"
        "__all__ = ['model']\n"
        "def model(brief):\n"
        "    raise ValueError(POISON.split(chr(13))[0])\n"
    )
    evaluated = printed(
        *("evaluate", "mixing", poisoned, tmp_path / name, "--split", "all", "--any-data"),
        *("--runs", tmp_path / "runs"),
        code=5,
    )
    demand_harmless_text(evaluated, with_poison=False)
    assert "m[red]x[v2]" in evaluated
    ran = ("run", tmp_path / name, "mixing", poisoned, tmp_path / "one", "--split", "all")
    ran = printed(*ran, "--any-data", code=5)
    demand_harmless_text(ran, with_poison=False)
    assert "ValueError: m[/x] [red]my[v2].py[/red] a|b\\u001b[31m" in ran


# Sounds and listening tests.


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_properties_of_a_sound(form, tmp_path, printed):
    good, bad = tmp_path / f"{FILE_NAME}.wav", tmp_path / f"bad {FILE_NAME}.wav"
    soundfile.write(good, np.zeros((8_000, 2)), 16_000)
    bad.write_bytes(b"RIFF")
    demand_harmless_text(printed("measure", good, bad, *form, code=3))
    demand_harmless_text(printed("artifacts", good, *form))


@pytest.mark.parametrize("form", [(), ("--json",), ("--analysis", "ranks")])
def test_ratings(form, tmp_path, printed):
    rng = np.random.default_rng(0)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("rater", "song", "system", "score"))
    for rater in range(6):
        for song in range(4):
            for number, system in enumerate((POISON, FORMULA, f"{POISON} b")):
                score = 30 + 20 * number + 4 * rng.standard_normal()
                writer.writerow((f"{POISON} {rater}", f"{POISON} {song}", system, f"{score:.1f}"))
            writer.writerow((f"{POISON} {rater}", f"training {POISON}", FORMULA, "50"))
    folder = tmp_path / "test"
    folder.mkdir()
    (folder / "ratings.csv").write_text(table.getvalue(), newline="", encoding="utf-8")
    (folder / f"{FILE_NAME}.csv").write_text("no table")
    demand_harmless_text(printed("ratings", folder, *form))


# Clusters, errors, and what no command prints by another way.


def test_the_state_of_a_cluster(tmp_path, capfd):
    from automix_bench.cli.output.slurm import show_failed_items, show_statuses
    from automix_bench.workers.slurm.status import Failure

    status = ArrayStatus(POISON, POISON, 1, 0, 0, 0, 0, 0.0)
    failure = Failure(POISON, POISON, POISON, POISON)
    for as_json in (False, True):
        show_statuses(Path(POISON), [status], as_json)
        show_failed_items(Path(POISON), [failure], as_json)
    text = capfd.readouterr().out
    demand_harmless_text(text)
    assert json.dumps(asdict(failure)["item"]) in text


def test_an_error_names_a_stranger_in_one_line(tmp_path, printed):
    for arguments in (
        ("verify", tmp_path / FILE_NAME),
        ("board", "mixing", tmp_path / FILE_NAME),
        ("evaluate", POISON, tmp_path),
        ("make", "pseudo_multitrack", tmp_path / "x", "--set", f"{POISON}=1"),
    ):
        text = printed(*arguments, code=3 if arguments[0] in ("verify", "board") else 2)
        demand_harmless_text(text)
        assert len(text.splitlines()) == 1


def test_commands_print_by_the_functions_that_escape():
    """`print`, `typer.echo` and rich's `Text` stand in `terminal.py` alone."""
    allowed = {("commands.py", "echo")}
    for path in sorted((PACKAGE / "cli").rglob("*.py")):
        if path.name == "terminal.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            function = node.func
            name = getattr(function, "id", getattr(function, "attr", ""))
            if name in ("echo", "secho", "Text", "from_markup") or (
                isinstance(function, ast.Name) and name == "print"
            ):
                assert (path.name, name) in allowed, f"{path}:{node.lineno} calls {name}"
