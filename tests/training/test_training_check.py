"""`train --check` passes what is well, and fails exactly the line of what is not."""

import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch")

from automix_bench import cli, errors, plugin  # noqa: E402
from automix_bench.dataset.reader import Dataset  # noqa: E402
from automix_bench.training import learner  # noqa: E402
from automix_bench.training.training_check import _has_fallen, check_training  # noqa: E402
from automix_bench.training.training_settings import training_from  # noqa: E402
from tests.training.conftest import TINY  # noqa: E402


@pytest.fixture
def failing(tones, shared):
    """The names of the lines that fail."""

    def run(training):
        return [line.name for line in check_training(training, tones, shared) if not line.holds]

    return run


def test_the_tiny_training_passes_with_dropout(failing):
    assert failing(training_from(TINY, ["batch=2", "dropout=0.3"])) == []


def test_a_parameter_that_nothing_uses_fails_its_line_alone(tones, shared):
    lines = check_training(training_from(TINY, ["batch=2", "dead=true"]), tones, shared)
    (line,) = [line for line in lines if not line.holds]
    assert line.name == "gradients reach every parameter"
    assert line.figure == "none reaches unused"


def test_what_cannot_learn_fails_its_line_alone(failing):
    assert failing(training_from(TINY, ["batch=2", "learning_rate=1e-9"])) == [
        "one batch is overfitted"
    ]


def test_state_that_is_kept_between_steps_fails_its_line_alone(failing, monkeypatch):
    Tiny, calls = plugin.load("trainings", TINY), [0]
    loss = Tiny.loss

    def counting(self, network, batch):
        calls[0] += 1
        return loss(self, network, batch) * (1.0 + 0.001 * calls[0])

    monkeypatch.setattr(Tiny, "loss", counting)
    assert failing(training_from(TINY, ["batch=2"])) == ["resuming is exact"]


def test_validation_by_chance_fails_its_line_alone(failing, monkeypatch):
    Tiny = plugin.load("trainings", TINY)
    monkeypatch.setattr(Tiny, "validation", lambda self, n, e: float(torch.rand(())))
    assert failing(training_from(TINY, ["batch=2"])) == ["validation repeats"]


def test_only_as_many_are_prepared_as_a_batch_has(tones, tmp_path):
    check_training(training_from(TINY), tones, tmp_path / "p")
    assert len(list((tmp_path / "p" / "train").iterdir())) == 4
    assert len(list((tmp_path / "p" / "valid").iterdir())) == 1


@pytest.mark.parametrize(("dead", "code"), [("false", 0), ("true", 3)])
def test_the_command_prints_a_table(dead, code, tones, shared, tmp_path):
    words = ["train", TINY, str(tones), str(tmp_path / "out"), "--check", "--set", f"dead={dead}"]
    words += ["--set", "batch=2", "--prepared", str(shared)]
    shown = CliRunner().invoke(cli.app, words)
    assert shown.exit_code == code
    assert shown.stdout.count("pass") == 4 - (code > 0)
    assert ("FAILS" in shown.stdout) == (code > 0)
    facts = json.loads(CliRunner().invoke(cli.app, [*words, "--json"]).stdout)
    assert [line["holds"] for line in facts["lines"]].count(False) == (code > 0)
    assert not (tmp_path / "out").exists()


def test_the_help_and_the_card_name_the_settings(tmp_path):
    runner = CliRunner()
    shown = runner.invoke(cli.app, ["train", TINY, "--help"]).stdout
    for word in ("bins", "the number of stretches", "patience", "0.05"):
        assert word in shown
    card = json.loads(runner.invoke(cli.app, ["card", "trainings", TINY, "--json"]).stdout)
    assert card["settings"]["steps"]["default"] == "40"
    assert card["settings"]["clip"]["meaning"].startswith("the largest norm of the gradient")
    assert card["limits"] == "It is a test: it knows no song."
    assert runner.invoke(cli.app, ["list", "trainings"]).exit_code == 0


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("mine = 3", "must be a frozen dataclass, got 3"),
        ("class mine: pass", "must be a frozen dataclass"),
        (
            "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass mine:\n    a: int = 1",
            "mine has no name, version, network, prepared, batch, loss, validation",
        ),
        (
            Path(TINY).read_text().replace('"stem_gains"', '"Stem gains/.."')
            + "\nmine = StemGains",
            "wanted class attributes: name, of small letters",
        ),
        (
            Path(TINY).read_text().replace("Schedule(\n", "dict(\n") + "\nmine = StemGains",
            "cannot be used|must be a Schedule|mutable default",
        ),
    ],
)
def test_what_is_no_training_is_refused_in_a_line(code, line, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(code.replace('__all__ = ["StemGains"]', "") + '\n__all__ = ["mine"]\n')
    with pytest.raises(errors.UsageError, match=line):
        training_from(str(file))


def test_a_loss_that_stays_below_zero_is_not_overfitted(failing, monkeypatch):
    Tiny = plugin.load("trainings", TINY)
    loss = Tiny.loss
    monkeypatch.setattr(Tiny, "loss", lambda self, n, batch: 0.0 * loss(self, n, batch) - 5.0)
    assert "one batch is overfitted" in failing(training_from(TINY, ["batch=2"]))


@pytest.mark.parametrize(
    ("losses", "fallen"),
    [
        ([3.0, 1.1], False),
        ([3.0, 0.9, 2.0], True),
        ([-3.0, -4.9], False),
        ([-3.0, -5.1], True),
        ([0.0, 0.0], False),
        ([0.0, -0.1], True),
        ([math.nan, math.nan], False),
    ],
)
def test_how_far_a_loss_must_fall(losses, fallen):
    assert _has_fallen(losses) is fallen


def test_nothing_is_prepared_inside_the_data_set(tones):
    with pytest.raises(errors.DatasetError, match="lies in the data set itself"):
        check_training(training_from(TINY), tones, tones / "prep")
    assert not (tones / "prep").exists()


def test_an_error_while_an_example_is_prepared_names_it(tones, tmp_path, monkeypatch):
    def fails(self, example):
        raise IndexError("boom")

    monkeypatch.setattr(plugin.load("trainings", TINY), "prepared", fails)
    with pytest.raises(IndexError) as raised:
        check_training(training_from(TINY), tones, tmp_path)
    assert raised.value.__notes__ == [f"while {Dataset(tones, 'train').rows[0]['id']} was prepared"]


def test_validation_is_tried_on_the_cpu_whatever_the_device(failing, monkeypatch):
    asked, move = [], learner.Learner.average_on_cpu
    monkeypatch.setattr(
        learner.Learner, "average_on_cpu", lambda self: asked.append(self) or move(self)
    )
    assert failing(training_from(TINY, ["batch=2"])) == []
    assert asked
