"""What a newcomer meets on a code host: workflows, forms, hooks; files that they name exist."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from automix_bench import cli

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("[!c]*.yml")) + sorted(
    (GITHUB / "ISSUE_TEMPLATE").glob("c[!o]*.yml")
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FIELDS = {"markdown", "input", "textarea", "dropdown", "checkboxes"}


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_there_are_workflows_for_tests_docs_and_submissions():
    assert {path.stem for path in WORKFLOWS} == {
        *("tests", "docs", "submission-check", "submission-comment")
    }


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_scripts_that_workflows_run_are_in_the_repository(path):
    steps = [step for job in load(path)["jobs"].values() for step in job["steps"]]
    runs = [step["run"] for step in steps if "run" in step]
    assert runs
    for script in runs:
        for name in re.findall(r"[\w/]+\.py\b", script):
            assert (ROOT / name.removeprefix("base/")).is_file(), name


@pytest.mark.parametrize("name", ["tests", "docs"])
def test_what_strangers_can_start_may_only_read(name):
    assert load(GITHUB / "workflows" / f"{name}.yml")["permissions"] == {"contents": "read"}


def test_steps_of_start_py_are_steps():
    text = (ROOT / "start.py").read_text(encoding="utf-8")
    steps = set(re.findall(r'"(\w+)": \w+', re.search(r"steps = \{(.*)\}", text)[1]))
    assert {"demo", "test", "docs"} <= steps
    places = [*WORKFLOWS, *(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / ".ci" / "run"]
    for path in places:
        for step in re.findall(r"(?<!\w)start\.py (\w+)", path.read_text(encoding="utf-8")):
            assert step in steps, path


def test_tests_run_on_every_python_that_is_claimed():
    claimed = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
    matrix = load(GITHUB / "workflows" / "tests.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == claimed
    assert claimed[0] == PROJECT["requires-python"].removeprefix(">=")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_has_what_github_asks_of_one(path):
    form = load(path)
    assert form["name"]
    assert form["description"]
    ids = [one["id"] for one in form["body"] if one["type"] != "markdown"]
    assert len(ids) == len(set(ids)) >= 3
    for one in form["body"]:
        assert one["type"] in FIELDS
        assert one["attributes"].get("label") or one["type"] == "markdown"
        assert one["type"] != "dropdown" or len(one["attributes"]["options"]) > 1


def test_there_are_forms_for_bugs_submissions_and_proposals():
    assert {path.stem for path in FORMS} == {"bug", "submission", "proposal"}


def test_commands_and_files_that_forms_name_exist():
    paths = [*FORMS, GITHUB / "PULL_REQUEST_TEMPLATE.md"]
    root = get_command(cli.app)
    count = 0
    for path in paths:
        text = path.read_text(encoding="utf-8")
        for command in re.findall(r"`automix-bench ([^`]*)`", text):
            words = shlex.split(command)
            count += 1
            if words[0] == "--version":
                continue
            group = root.commands[words[0]]
            if hasattr(group, "commands"):
                assert words[1] in group.commands, command
        for name in re.findall(r"\b(?:docs/[\w-]+\.md|CHANGELOG\.md|CONTRIBUTING\.md)", text):
            assert (ROOT / name).is_file(), name
    assert count >= 3


def test_hooks_are_pinned_and_the_own_ones_are_those_of_the_tests():
    config = load(ROOT / ".pre-commit-config.yaml")
    local = {h["id"]: h for r in config["repos"] if r["repo"] == "local" for h in r["hooks"]}
    assert {"ruff-check", "ruff-format", "mypy"} == set(local)
    assert all(h["entry"].startswith(".venv/bin/") for h in local.values())
    for other in (r for r in config["repos"] if r["repo"] != "local"):
        assert re.fullmatch(r"v\d+\.\d+\.\d+", other["rev"])
        assert {"end-of-file-fixer", "check-added-large-files"} <= {h["id"] for h in other["hooks"]}


def test_no_file_is_larger_than_the_hook_allows():
    config = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    most = 1024 * int(re.search(r"--maxkb=(\d+)", config)[1])
    rooms = ("automix_bench", "docs", "leaderboards", "data_cards", "recipes", "tests", "notebooks")
    files = [p for room in rooms for p in (ROOT / room).rglob("*") if p.is_file()]
    assert max(p.stat().st_size for p in files if "__pycache__" not in p.parts) <= most
