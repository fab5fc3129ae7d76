"""Which examples are scored, whether their recipe fits the task, and what boards say of both."""

import json
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest
from typer.testing import CliRunner

from automix_bench import cli, plugin
from automix_bench.dataset.plan import read_plan
from automix_bench.dataset.plan_recipe import RecipeOfData, recipe_of
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation import scored_data
from automix_bench.evaluation.entry import entry
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.leaderboard import board
from automix_bench.evaluation.run import run
from automix_bench.evaluation.score import score
from automix_bench.evaluation.scored_data import examples_to_score, facts_of
from automix_bench.making.make import make
from automix_bench.making.planning import plan
from automix_bench.scorecard import read_scorecard
from automix_bench.task import Task
from tests.support.tone_source import Tones

MIXING = replace(plugin.load("tasks", "mixing"), metrics=(plugin.load("metrics", "sdr"),))
REMOVAL = plugin.load("tasks", "effect_removal")
BUILT_IN = plugin.names("recipes")
TASKS = [plugin.load("tasks", name) for name in plugin.names("tasks")]


@pytest.fixture
def made_by(recipe, tmp_path):
    """A maker of a small data set by a recipe of some name."""

    def data(name, **changed):
        fields = {"source": Tones(count=1), "splits": (0.0, 0.0, 1.0), **changed}
        return Dataset(make(recipe(name=name, **fields), tmp_path / name).folder)

    return data


@pytest.fixture
def planned_by(recipe, tmp_path):
    """A data set of which only the plan was written, by a recipe of some name."""

    def data(name, **changed):
        folder = tmp_path / name
        folder.mkdir()
        plan(recipe(name=name, source=Tones(count=1), **changed)).write(folder)
        return Dataset(folder, "test")

    return data


@pytest.fixture
def divided(recipe, tmp_path):
    """Six songs, two in each split."""
    fields = {"source": Tones(count=6, seconds=1.0), "splits": (0.5, 0.3, 0.2)}
    return make(recipe(**fields), tmp_path / "divided").folder


def command(*arguments, code=0):
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_built_in_task_names_built_in_recipes(task):
    assert task.recipes
    assert set(task.recipes) <= set(BUILT_IN)
    assert len(set(task.recipes)) == len(task.recipes)


def test_every_built_in_recipe_is_read_by_a_task():
    assert set(BUILT_IN) == {recipe for task in TASKS for recipe in task.recipes}


@pytest.mark.parametrize("name", sorted({*BUILT_IN} - {*MIXING.recipes}))
def test_mixing_refuses_data_whose_mix_is_not_a_released_one(planned_by, name):
    data = planned_by(name)
    with pytest.raises(UsageError) as refused:
        facts_of(MIXING, data)
    message = str(refused.value)
    assert f"mixing does not read data of recipe {name}: it reads data of quickstart" in message
    readers = ", ".join(task.name for task in TASKS if name in task.recipes)
    assert (f"{name} is for {readers}: " if readers else f"no task reads {name}: ") in message
    assert "--any-data" in message


@pytest.mark.parametrize("name", MIXING.recipes)
def test_mixing_reads_its_recipes_without_a_word(planned_by, name):
    facts = facts_of(MIXING, planned_by(name))
    assert (facts.recipe, facts.split, facts.note) == (name, "test", "")


def test_nothing_is_run_or_written_on_data_that_does_not_fit(planned_by, tmp_path):
    data, asked = planned_by("remix"), []
    runs = tmp_path / "runs"
    with pytest.raises(UsageError, match="does not read data of recipe remix"):
        evaluate(MIXING, data, [asked.append], runs)
    with pytest.raises(UsageError, match="does not read data of recipe remix"):
        run(entry("plain_sum"), MIXING, data, runs)
    assert (asked, runs.exists()) == ([], False)


def test_any_data_is_scored_on_request_and_every_card_notes_it(made_by, tmp_path):
    data = made_by("remix")
    evaluated = evaluate(MIXING, data, [], tmp_path / "runs", any_data=True)
    note = "mixing does not read data of remix, and was made to by --any-data"
    whole = f"{note}; 3 of 3 examples do not say whether their mix was released"
    assert {read_scorecard(path).note for path in evaluated.cards} == {whole}
    assert evaluated.board.note == whole
    assert f"Note: {whole}." in evaluated.board.to_markdown()


def test_an_unknown_recipe_is_scored_and_noted(made_by, tmp_path):
    data = made_by("wider")
    assert facts_of(MIXING, data).note == "recipe wider does not say that it is for mixing"
    card = read_scorecard(evaluate(MIXING, data, [], tmp_path / "runs").cards[0])
    unknown = "3 of 3 examples do not say whether their mix was released"
    assert (card.recipe, card.note) == ("wider", f"{facts_of(MIXING, data).note}; {unknown}")


def test_a_recipe_says_which_tasks_it_is_for(planned_by):
    data = planned_by("wider", tasks=("mixing", "panning"))
    assert facts_of(MIXING, data).note == ""
    with pytest.raises(UsageError, match=r"recipe wider: .*wider is for mixing, panning"):
        facts_of(REMOVAL, data)
    own = replace(MIXING, name="panning", recipes=())
    assert facts_of(own, data).note == ""
    with pytest.raises(UsageError, match="is for mixing, panning"):
        facts_of(replace(own, name="another"), data)


def test_tasks_are_names_and_not_one_text(recipe):
    unchecked = recipe()  # tests check types before the recipe does; users' programs do not
    object.__setattr__(unchecked, "tasks", "mixing")
    with pytest.raises(UsageError, match="tasks must be a tuple of the names of tasks, got mixing"):
        unchecked.__post_init__()


def test_a_recipe_that_another_package_publishes_is_not_one_of_ours(planned_by, monkeypatch):
    published = [EntryPoint("published", "somewhere:recipe", "automix_bench.recipes")]
    every = [*plugin.names("recipes"), "published"]
    monkeypatch.setattr(plugin, "names", lambda kind: every)
    monkeypatch.setattr(scored_data, "entry_points", lambda group: published)
    note = "recipe published does not say that it is for mixing"
    assert facts_of(MIXING, planned_by("published")).note == note


def test_a_task_that_names_no_recipe_reads_all_data(planned_by):
    assert facts_of(replace(MIXING, recipes=()), planned_by("remix")).note == ""
    assert Task.__dataclass_fields__["recipes"].default == ()


def test_a_recipe_that_is_for_no_task_in_particular_plans_what_it_did(recipe):
    assert "tasks" not in plan(recipe()).recipe
    assert plan(recipe(tasks=("mixing",))).recipe["tasks"] == ["mixing"]
    assert plan(recipe(tasks=("mixing",))).root != plan(recipe()).root


def test_the_recipe_is_read_from_its_line_and_from_any_layout(planned_by):
    folder = planned_by("remix", tasks=("one", "two")).folder
    known = RecipeOfData("remix", ("one", "two"))
    assert recipe_of(folder) == known
    path = folder / "plan.json"
    whole = json.loads(path.read_text())
    path.write_text(json.dumps(whole, indent=1))
    assert read_plan(folder).recipe["name"] == "remix"
    assert recipe_of(folder) == known
    path.unlink()
    assert recipe_of(folder) == RecipeOfData("", ())
    assert "names no recipe" in facts_of(MIXING, Dataset(folder, "test")).note


@pytest.mark.parametrize(
    "recipe_line",
    [
        '"../x"',
        r'{"name": "a\u001b[31m"}',
        '{"name": 3}',
        '{"name": "a", "tasks": "b c"}',
        '{"name": "a", "tasks": "b"}',
        "[" * 99_999,
    ],
    ids=["a text", "an escape", "a number", "a bad task", "no list", "deep"],
)
def test_a_recipe_that_a_stranger_forged_is_refused_by_name(planned_by, recipe_line):
    folder = planned_by("mine").folder
    path = folder / "plan.json"
    lines = path.read_text().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.startswith('"recipe":'))
    lines[at] = f'"recipe":{recipe_line},\n'
    path.write_text("".join(lines))
    with pytest.raises(
        DatasetError, match=r"plan\.json: (expected a recipe's name|damaged|changed)"
    ):
        recipe_of(folder)


def test_the_split_test_is_scored_unless_another_is_named(divided):
    assert examples_to_score(divided).split == "test"
    assert {row["split"] for row in examples_to_score(divided).rows} == {"test"}
    for split in ("train", "valid", "test"):
        assert {row["split"] for row in examples_to_score(divided, split).rows} == {split}
    assert len(examples_to_score(divided, "all")) == 6
    with pytest.raises(DatasetError, match="no examples in split tset"):
        len(examples_to_score(divided, "tset"))


def test_evaluate_scores_the_test_split_of_a_folder_and_all_of_a_data_set(divided, tmp_path):
    tested = evaluate(MIXING, divided, [], tmp_path / "runs").board
    assert (tested.recipe, tested.split) == ("tones", "test")
    assert tested.songs == 2
    whole = evaluate(MIXING, Dataset(divided), [], tmp_path / "runs").board
    assert (whole.split, whole.songs) == ("all", 6)
    assert "all splits are scored (" in whole.note
    assert tested.dataset != whole.dataset


def test_where_no_example_is_in_test_all_are_scored_and_it_is_said(recipe, tmp_path):
    source = Tones(count=2, seconds=1.0)
    folder = make(recipe(source=source, splits=(1.0, 0.0, 0.0)), tmp_path / "d").folder
    assert examples_to_score(folder).split is None
    made = command("evaluate", "mixing", folder, "--json", "--runs", tmp_path / "runs")
    said = "no example is in the split test: all are scored (2 train)"
    assert said in " ".join(made.stderr.split())
    shown = json.loads(made.stdout)
    assert (shown["split"], shown["songs"], shown["recipe"]) == ("all", 2, "tones")
    assert said in shown["note"]
    table = command("evaluate", "mixing", folder, "--runs", tmp_path / "runs").stdout
    assert said in " ".join(table.split())


def test_the_commands_score_test_and_carry_split_recipe_and_songs(divided, tmp_path):
    runs, answers = tmp_path / "runs", tmp_path / "answers"
    shown = json.loads(command("evaluate", "mixing", divided, "--json", "--runs", runs).stdout)
    assert (shown["split"], shown["recipe"], shown["songs"]) == ("test", "tones", 2)
    command("run", "plain_sum", "mixing", divided, answers)
    scored = json.loads(command("score", answers, divided, "--json").stdout)
    assert (scored["split"], scored["recipe"], scored["songs"]) == ("test", "tones", 2)
    assert (scored["weights"], scored["note"]) == (
        "none",
        f"{facts_of(MIXING, Dataset(divided, 'test')).note}; "
        "2 of 2 examples do not say whether their mix was released",
    )
    card = read_scorecard(tmp_path / "answers.json")
    assert (card.split, card.recipe, card.songs) == ("test", "tones", 2)
    assert card.dataset == Dataset(divided, "test").fingerprint
    every = command("evaluate", "mixing", divided, "--split", "all", "--runs", runs).stdout
    assert "Recipe tones, split all, 6 songs, data" in " ".join(every.split())
    command("run", "plain_sum", "mixing", divided, tmp_path / "trained", "--split", "train")
    assert json.loads((tmp_path / "trained" / "run.json").read_text())["split"] == "train"


def test_a_refusal_on_the_command_line_is_one_line_and_any_data_lifts_it(made_by, tmp_path):
    folder = made_by("loudness_balance").folder
    refused = CliRunner().invoke(cli.app, ["evaluate", "mixing", str(folder)])
    assert isinstance(refused.exception, UsageError)
    assert "\n" not in str(refused.exception)
    runs = tmp_path / "runs"
    command("evaluate", "mixing", folder, "--any-data", "--runs", runs)
    answers = tmp_path / "answers"
    refused = CliRunner().invoke(cli.app, ["run", "oracle", "mixing", str(folder), str(answers)])
    assert isinstance(refused.exception, UsageError)
    command("run", "oracle", "mixing", folder, answers, "--any-data")
    assert "--any-data" in score(MIXING, Dataset(folder, "test"), answers).note


def test_cards_of_earlier_versions_are_still_ranked(divided, tmp_path):
    cards = evaluate(MIXING, divided, [], tmp_path / "runs").cards
    for path in cards:
        content = json.loads(path.read_text())
        for key in ("recipe", "split", "songs", "weights", "note"):
            del content[key]
        path.write_text(json.dumps(content))
    old = [read_scorecard(path) for path in cards]
    assert {(card.recipe, card.split, card.weights) for card in old} == {("", "", "unknown")}
    shown = board(MIXING, old)
    assert shown.songs > 0
    assert shown.about()[0].startswith("Recipe not recorded, split not recorded, ")
    assert "Weights unknown" in shown.to_markdown()


def test_a_run_of_an_earlier_version_goes_on(divided, tmp_path):
    data, folder = examples_to_score(divided), tmp_path / "run"
    run(entry("plain_sum"), MIXING, data, folder)
    record = json.loads((folder / "run.json").read_text())
    for key in ("weights", "recipe", "note"):
        del record[key]
    (folder / "run.json").write_text(json.dumps(record))
    assert run(entry("plain_sum"), MIXING, data, folder).reused == len(data)
    card = score(MIXING, data, folder)
    assert (card.recipe, card.weights, card.split) == ("", "unknown", "test")
