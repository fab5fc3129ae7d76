"""A training stops anywhere and goes on to the same weights; what it leaves is what it did."""

import copy
import hashlib
import importlib
import json
import math
import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch")

from automix_bench import cli, errors, plugin  # noqa: E402
from automix_bench.dataset.reader import Dataset  # noqa: E402
from automix_bench.executor import silent  # noqa: E402
from automix_bench.training import learner, prepared_examples  # noqa: E402
from automix_bench.training.batches import validated  # noqa: E402
from automix_bench.training.checkpoint import checkpoints, newest_state  # noqa: E402
from automix_bench.training.trainer import Diverged, TrainingRun, train  # noqa: E402
from automix_bench.training.training import Schedule  # noqa: E402
from automix_bench.training.training_identity import (  # noqa: E402
    DataIdentity,
    TrainingIdentity,
    sources_of,
)
from automix_bench.training.training_log import curve_sha256, read_log  # noqa: E402
from automix_bench.training.training_settings import settings_of, training_from  # noqa: E402
from automix_bench.weights.store import load_into, read  # noqa: E402
from automix_bench.workers.end_signals import EndedBySignal  # noqa: E402
from tests.support.killed_training import forked_until  # noqa: E402
from tests.training.conftest import TINY, made  # noqa: E402

ROOT = Path(__file__).parent.parent.parent
WEIGHTS = "weights.safetensors"
pytestmark = pytest.mark.usefixtures("handlers_of_python")


def outcome(out):
    """The bytes of the weights, and the log without its times."""
    return (out / WEIGHTS).read_bytes(), curve_sha256(out / "log.jsonl")


@pytest.fixture(scope="module")
def whole(tones, tmp_path_factory):
    """The folder of a training that nothing interrupted."""
    out = tmp_path_factory.mktemp("whole") / "out"
    train(training_from(TINY, ["dropout=0.2"]), tones, out)
    return out


def signalled(monkeypatch, number, at):
    """Send this process a signal in the middle of a step."""
    step = learner.Learner.step

    def with_signal(self, batch, n):
        if n == at:
            os.kill(os.getpid(), number)
        return step(self, batch, n)

    monkeypatch.setattr(learner.Learner, "step", with_signal)


def test_killed_at_three_moments_it_ends_with_equal_weights(tones, whole, tmp_path):
    out = tmp_path / "out"
    words = ["train", TINY, str(tones), str(out), "--set", "dropout=0.2"]
    words += ["--checkpoint-minutes", "0"]
    command = [sys.executable, "-m", "tests.support.killed_training", "step=7", *words]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    last_steps = [newest_state(out, print)["counts"]["step"]]
    second_validation = len(Dataset(tones, "valid")) + 2
    for moment in ("checkpoint=20", f"validation={second_validation}"):
        assert forked_until(moment, words) == -signal.SIGKILL
        last_steps.append(newest_state(out, print)["counts"]["step"])
    assert last_steps == [6, 19, 30]
    result = CliRunner().invoke(cli.app, [*words, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["step"] == 40
    assert outcome(out) == outcome(whole)
    assert not list(out.rglob("*.tmp"))


@pytest.mark.parametrize(("number", "at"), [("SIGINT", 1), ("SIGTERM", 10), ("SIGINT", 40)])
def test_a_signal_leaves_a_checkpoint_of_the_step_it_came_in(
    number, at, trained, whole, tmp_path, monkeypatch
):
    with monkeypatch.context() as patched:
        signalled(patched, signal.Signals[number], at)
        with pytest.raises(KeyboardInterrupt) as ended:
            trained(tmp_path / "out", "dropout=0.2")
    assert isinstance(ended.value, EndedBySignal) == (number == "SIGTERM")
    assert newest_state(tmp_path / "out", print)["counts"]["step"] == at
    assert not (tmp_path / "out" / WEIGHTS).exists()
    told = []
    trained(tmp_path / "out", "dropout=0.2", told=told)
    assert told[0] == f"going on after step {at}"
    assert outcome(tmp_path / "out") == outcome(whole)


def test_the_hours_end_it_and_it_goes_on(trained, whole, tmp_path):
    first = trained(tmp_path / "out", "dropout=0.2", hours=0.0)
    assert (first.step, first.ended, first.weights) == (0, "", None)
    assert trained(tmp_path / "out", "dropout=0.2").ended == "all steps are done"
    assert outcome(tmp_path / "out") == outcome(whole)
    before = {path: path.stat().st_mtime_ns for path in checkpoints(tmp_path / "out")}
    again = trained(tmp_path / "out", "dropout=0.2")
    assert (again.step, again.ended) == (40, "all steps are done")
    assert {p: p.stat().st_mtime_ns for p in checkpoints(tmp_path / "out")} == before


def test_the_best_weights_so_far_survive_an_interruption(trained, tmp_path, monkeypatch):
    worse = ("steps=20", "learning_rate=0.5", "warm_up=20", "ema=0", "validate_every=4")
    assert 0 < trained(tmp_path / "whole", *worse).best_step < 14
    with monkeypatch.context() as patched:
        signalled(patched, signal.SIGINT, 14)
        with pytest.raises(KeyboardInterrupt):
            trained(tmp_path / "out", *worse)
    trained(tmp_path / "out", *worse)
    assert outcome(tmp_path / "out") == outcome(tmp_path / "whole")


def test_another_seed_or_dropout_gives_others(trained, whole, tmp_path):
    for name, settings in (("seed", ["dropout=0.2", "seed=1"]), ("dropout", ["dropout=0.3"])):
        trained(tmp_path / name, *settings)
        one, other = (read(out / WEIGHTS)[0] for out in (tmp_path / name, whole))
        assert not any(torch.equal(tensor, other[key]) for key, tensor in one.items())


def test_threads_and_torch_are_as_before(trained, tmp_path):
    before = torch.get_num_threads(), torch.random.get_rng_state().tolist()
    trained(tmp_path / "out", "steps=2")
    assert not torch.are_deterministic_algorithms_enabled()
    assert (torch.get_num_threads(), torch.random.get_rng_state().tolist()) == before


def test_a_damaged_checkpoint_is_passed_over_with_a_line(trained, whole, tmp_path, monkeypatch):
    out = tmp_path / "out"
    with monkeypatch.context() as patched:
        signalled(patched, signal.SIGINT, 25)
        with pytest.raises(KeyboardInterrupt):
            trained(out, "dropout=0.2")
    newest, before = checkpoints(out)
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    told = []
    trained(out, "dropout=0.2", told=told)
    assert told[0].startswith(f"{newest}: damaged: its bytes are not those that were written")
    assert told[1] == "going on after step 20"
    assert outcome(out) == outcome(whole)
    for path in checkpoints(out):
        path.write_bytes(b"")
    with pytest.raises(errors.DatasetError, match=r"all checkpoints are damaged: take .* away"):
        trained(out, "dropout=0.2")
    assert before.name.startswith("step-000000020")


def test_what_is_another_training_is_refused_and_named(trained, whole, tones, tmp_path):
    for setting, line in (("dropout=0.1", "settings.dropout 0.2, here 0.1"),
                          ("steps=50", "settings.schedule.steps 40, here 50")):  # fmt: skip
        settings = dict(s.split("=") for s in ("dropout=0.2", setting))
        with pytest.raises(errors.DatasetError, match=f"holds another training: .*{line}"):
            trained(whole, *(f"{k}={v}" for k, v in settings.items()))
    other = made(tmp_path / "other", seed=8)
    with pytest.raises(errors.DatasetError, match=r"another training: data\.plan_root .*, here"):
        train(training_from(TINY, ["dropout=0.2"]), other, whole)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(errors.UsageError, match=r"holds thesis\.tex and no training"):
        trained(tmp_path / "mine")
    with pytest.raises(errors.DatasetError, match="lies in the data set itself"):
        trained(tones / "out")


def test_an_edited_training_is_another_one(tones, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(Path(TINY).read_text())
    train(training_from(str(file), ["steps=1"]), tones, tmp_path / "out")
    file.write_text(Path(TINY).read_text().replace("20.0 * network", "10.0 * network"))
    with pytest.raises(errors.DatasetError, match=r"another training: sources\.mine\.py"):
        train(training_from(str(file), ["steps=1"]), tones, tmp_path / "out")


def test_another_machine_is_told(trained, tmp_path):
    trained(tmp_path / "out", "steps=2")
    record = json.loads((tmp_path / "out" / "training.json").read_text())
    record["machine"]["torch"] = "1.0"
    (tmp_path / "out" / "training.json").write_text(json.dumps(record))
    told = []
    trained(tmp_path / "out", "steps=2", told=told)
    assert f"was begun with torch 1.0, here {torch.__version__.partition('+')[0]}" in told[0]


def test_data_without_a_split_valid_is_refused(tmp_path, trained):
    data = made(tmp_path / "data", splits=(1.0, 0.0, 0.0))
    with pytest.raises(errors.DatasetError, match="no examples in split valid, only in train"):
        trained(tmp_path / "out", data=data)
    assert not (tmp_path / "out").exists()


def test_data_whose_splits_share_a_song_is_refused(tmp_path, trained, monkeypatch):
    whole = Dataset.to_frame
    monkeypatch.setattr(Dataset, "to_frame", lambda self: whole(self).assign(song="one"))
    with pytest.raises(errors.DatasetError, match="the song one is in train and in valid"):
        trained(tmp_path / "out")


def test_it_stops_early_where_nothing_gets_better(trained, tmp_path):
    result = trained(tmp_path / "out", "patience=2", "learning_rate=1e-12")
    assert (result.step, result.best_step) == (20, 0)
    assert result.ended == "no better value in 2 validations"
    assert (tmp_path / "out" / WEIGHTS).is_file()


def test_steps_that_are_not_finite_are_skipped_and_counted(trained, tmp_path, monkeypatch):
    step = learner.Learner.step

    def broken(self, batch, n):
        if n in (5, 6, 30):
            batch = {**batch, "before": batch["before"] * math.nan}
        return step(self, batch, n)

    monkeypatch.setattr(learner.Learner, "step", broken)
    result = trained(tmp_path / "out")
    assert (result.skipped, result.ended) == (3, "all steps are done")
    lines = [line for line in read_log(tmp_path / "out" / "log.jsonl") if "skipped" in line]
    assert [(line["step"], line["loss"]) for line in lines] == [(5, None), (6, None), (30, None)]
    for tensor in read(tmp_path / "out" / WEIGHTS)[0].values():
        assert torch.isfinite(tensor).all()


def test_twenty_in_a_row_end_it_and_nothing_is_lost(trained, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(Diverged, match=r"the loss is not finite at 20 steps in a row, up to step"):
        trained(out, "steps=100", "explode_at=0.75")
    state = newest_state(out, print)
    last = state["counts"]["step"]
    assert last > 0
    assert state["counts"]["faults"] == 0
    assert float(state["learner"]["network"]["0.weight"].abs().max()) > 0.75
    assert max(line["step"] for line in read_log(out / "log.jsonl")) == last + 20
    with pytest.raises(Diverged, match=rf"those of step {last}, in .*step-0*{last}-"):
        trained(out, "steps=100", "explode_at=0.75")


def test_twenty_in_a_row_end_it_where_they_began_though_it_was_stopped_among_them(
    trained, tmp_path, monkeypatch
):
    settings = ("steps=100", "explode_at=0.75")
    with pytest.raises(Diverged):
        trained(tmp_path / "whole", *settings)
    began = newest_state(tmp_path / "whole", print)
    with monkeypatch.context() as patched:
        signalled(patched, signal.SIGINT, began["counts"]["step"] + 5)
        with pytest.raises(KeyboardInterrupt):
            trained(tmp_path / "out", *settings)
    assert newest_state(tmp_path / "out", print)["counts"]["faults"] > 0
    with pytest.raises(Diverged, match=f"those of step {began['counts']['step']}, in"):
        trained(tmp_path / "out", *settings)
    state = newest_state(tmp_path / "out", print)
    assert state["counts"]["step"] == began["counts"]["step"]
    assert state["counts"]["faults"] == 0
    assert state["log_size"] <= (tmp_path / "out" / "log.jsonl").stat().st_size


def test_a_validation_that_is_never_finite_ends_it_before_the_first_step(
    trained, tones, tmp_path, monkeypatch
):
    Tiny, first = plugin.load("trainings", TINY), Dataset(tones, "valid").rows[0]["song"]
    numbers = iter(range(100))
    monkeypatch.setattr(
        Tiny, "validation", lambda self, network, e: 1.0 if next(numbers) else math.nan
    )
    with pytest.raises(errors.BrokenPlugin, match=f"got nan of the song {first!r}: leave"):
        trained(tmp_path / "out")
    assert not (tmp_path / "out" / WEIGHTS).exists()


def test_a_validation_that_is_not_finite_later_is_not_the_best(trained, tmp_path, monkeypatch):
    Tiny = plugin.load("trainings", TINY)
    usual, numbers = Tiny.validation, iter(range(1000))
    monkeypatch.setattr(
        Tiny,
        "validation",
        lambda self, n, e: math.inf if next(numbers) >= 8 else usual(self, n, e),
    )
    result = trained(tmp_path / "out")
    assert result.ended == "all steps are done"
    assert result.best_step in (0, 10)
    assert "Infinity" not in (tmp_path / "out" / "log.jsonl").read_text()
    assert math.isfinite(result.best)


def test_a_batch_may_draw_from_torch_too(trained, tmp_path, monkeypatch):
    Tiny = plugin.load("trainings", TINY)
    batch = Tiny.batch

    def noisy(self, examples, rng):
        made = batch(self, examples, rng)
        return {**made, "before": made["before"] + torch.randn_like(made["before"])}

    monkeypatch.setattr(Tiny, "batch", noisy)
    trained(tmp_path / "whole", "steps=12")
    with monkeypatch.context() as patched:
        signalled(patched, signal.SIGINT, 6)
        with pytest.raises(KeyboardInterrupt):
            trained(tmp_path / "out", "steps=12")
    trained(tmp_path / "out", "steps=12")
    assert outcome(tmp_path / "out") == outcome(tmp_path / "whole")


@pytest.mark.parametrize(
    ("name", "note"), [("batch", "in the batch of step 1, of "), ("validation", "validation of ")]
)
def test_errors_of_a_training_name_the_example(name, note, trained, tones, tmp_path, monkeypatch):
    def fails(self, *given):
        raise IndexError("boom")

    monkeypatch.setattr(plugin.load("trainings", TINY), name, fails)
    with pytest.raises(IndexError, match="boom") as raised:
        trained(tmp_path / "out", "batch=1")
    split = "train" if name == "batch" else "valid"
    (line,) = raised.value.__notes__
    assert line.startswith("training stem_gains: in the ")
    assert any(line.endswith(f"{note}{row['id']}") for row in Dataset(tones, split).rows)


def test_a_device_that_is_not_the_cpu_is_validated_on_the_cpu(tones, shared):
    training = training_from(TINY)
    network = learner.new_network(training)
    one = learner.Learner(training, copy.deepcopy(network))
    other = learner.Learner(training, network)
    identity = TrainingIdentity.of(training, network, DataIdentity.of(tones), "cpu")
    examples = prepared_examples.prepare(
        training, tones, shared, identity.prepared_fingerprint, progress=silent
    )["valid"]
    values = validated(training, one, examples, lambda: True)
    other.device = "another"
    moved = []
    deepcopy = copy.deepcopy
    other.average = SimpleNamespace(
        __deepcopy__=lambda memo: SimpleNamespace(
            to=lambda device: moved.append(device) or deepcopy(one.average)
        )
    )
    assert validated(training, other, examples, lambda: True) == values
    assert moved == ["cpu"]


@pytest.mark.parametrize(("name", "value"), [("steps", 2.5), ("batch", True), ("seed", "1")])
def test_a_schedule_wants_whole_numbers(name, value):
    schedule = Schedule()
    object.__setattr__(schedule, name, value)  # past the types that tests check
    with pytest.raises(errors.UsageError, match=f"schedule: {name} must be a whole number, got"):
        schedule.__post_init__()


def test_two_own_files_of_one_name_are_both_of_the_code(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("one", "two"):
        (tmp_path / f"pack_{name}").mkdir()
        (tmp_path / f"pack_{name}" / "__init__.py").write_text("")
        (tmp_path / f"pack_{name}" / "blocks.py").write_text(
            f"from torch import nn\n\nclass {name.title()}(nn.Linear):\n    pass\n"
        )
    one, two = (importlib.import_module(f"pack_{name}.blocks") for name in ("one", "two"))
    network = torch.nn.Sequential(one.One(2, 8), two.Two(8, 2))
    hashes = sources_of(training_from(TINY), network)
    assert {"blocks.py", "pack_two/blocks.py"} <= hashes.keys()
    (tmp_path / "pack_two" / "blocks.py").write_text("# another\n")
    assert sources_of(training_from(TINY), network) != hashes


def test_the_command_on_the_card_is_the_command(trained, tones, tmp_path):
    code = (
        Path(TINY)
        .read_text()
        .replace(
            '    reject: str = ""\n', '    reject: str = ""\n    tags: tuple[str, ...] = ("a",)\n'
        )
    )
    own = tmp_path / "my training.py"
    own.write_text(code)
    settings = ["tags=b,c d", "reject=it's; rm", "steps=1"]
    training = training_from(str(own), settings)
    assert training.tags == ("b", "c d")
    train(training, tones, tmp_path / "out")
    card = (tmp_path / "out" / "weights.md").read_text()
    (line,) = re.findall(r"^automix-bench train.*$", card, re.M)
    words = shlex.split(line)
    assert words[:3] == ["automix-bench", "train", "my training.py"]
    again = [word for word, before in zip(words[1:], words, strict=False) if before == "--set"]
    assert sorted(again) == sorted(settings)
    assert training_from(str(own), again) == training


def test_the_log_has_every_step_and_every_song(whole, tones):
    lines = list(read_log(whole / "log.jsonl"))
    steps = [line for line in lines if "loss" in line]
    assert [line["step"] for line in steps] == list(range(1, 41))
    assert {*steps[0]} == {
        *("step", "loss", "learning_rate", "gradient_norm", "seconds", "examples_per_second")
    }
    validations = [line for line in lines if "validation" in line]
    assert [line["step"] for line in validations] == [0, 10, 20, 30, 40]
    songs = set(Dataset(tones, "valid").to_frame()["song"])
    for line in validations:
        assert line["songs"].keys() == songs
        assert line["validation"] == pytest.approx(np.mean([*line["songs"].values()]))
    assert validations[-1]["validation"] < validations[0]["validation"]


def test_the_weights_are_the_averaged_ones_of_the_best_validation(whole, tones, shared):
    training = training_from(TINY, ["dropout=0.2"])
    network = training.network().eval()
    metadata = load_into(network, whole / WEIGHTS)
    record = json.loads((whole / "training.json").read_text())
    assert metadata["training"] == record["fingerprint"]
    assert json.loads(metadata["settings"]) == settings_of(training) == record["settings"]
    assert metadata["data_valid"] == Dataset(tones, "valid").fingerprint
    assert metadata["curve_sha256"] == curve_sha256(whole / "log.jsonl")
    values = []
    for number in range(len(Dataset(tones, "valid"))):
        path = whole / "prepared" / "valid" / f"{number:06d}.safetensors"
        with torch.no_grad():
            values.append(training.validation(network, prepared_examples.mapped(path)))
    assert np.mean(values) == pytest.approx(float(metadata["validation"]), abs=1e-9)


def test_the_card_and_the_page_state_facts(whole):
    card = (whole / "weights.md").read_text()
    assert f"\nsha256: {hashlib.sha256((whole / WEIGHTS).read_bytes()).hexdigest()}\n" in card
    assert "automix-bench train tiny_training.py DATA OUT --set dropout=0.2\n" in card
    assert "* CC0-1.0: 10 songs" in card
    record = json.loads((whole / "training.json").read_text())
    assert record["machine"]["vectors"] == torch.backends.cpu.get_cpu_capability()
    machine = re.search(r"^\| machine \| (.*) \|$", card, re.M)[1]
    assert f", {record['machine']['vectors']}; cpu; torch " in machine
    assert "It is a test: it knows no song." in card
    page, curve = ((whole / name).read_text() for name in ("index.html", "curve.svg"))
    assert curve.count("<polyline") == 2
    assert curve.strip() in page
    assert "worst first" in page


def test_songs_that_are_rejected_are_told_and_counted(trained, tones, tmp_path):
    song = Dataset(tones, "train").to_frame()["song"].iloc[0]
    told = []
    trained(tmp_path / "out", "steps=1", f"reject={song}", told=told)
    assert told[0] == "1 of split train left out: its song is not wanted"
    assert (
        "* 1 of split train left out: its song is not wanted"
        in (tmp_path / "out" / "weights.md").read_text()
    )


def test_the_learning_rate_rises_and_falls():
    schedule = Schedule(steps=110, warm_up=10, learning_rate=2.0, final=0.1)
    rates = [learner.learning_rate(schedule, step) for step in range(1, 111)]
    assert rates[:10] == pytest.approx(np.linspace(0.2, 2.0, 10))
    assert rates[59] == pytest.approx(1.1)
    assert rates[-1] == pytest.approx(0.2)
    assert rates[9:] == sorted(rates[9:], reverse=True)


def test_settings_of_the_schedule_keep_the_training_s_own_defaults():
    schedule = training_from(TINY, ["steps=7"]).schedule
    assert schedule == replace(training_from(TINY).schedule, steps=7)
    assert (schedule.learning_rate, Schedule().learning_rate) == (0.05, 1e-3)
    with pytest.raises(errors.UsageError, match="no setting 'stepz', did you mean 'steps'"):
        training_from(TINY, ["stepz=7"])
    with pytest.raises(errors.UsageError, match=r"ema must lie in 0\.0 to 0\.999999, got 2\.0"):
        training_from(TINY, ["ema=2"])


def test_every_example_comes_once_in_a_pass(trained, tmp_path, monkeypatch):
    seen = []
    get = prepared_examples.PreparedExamples.__getitem__

    def watched(self, number):
        seen.append((self.items[number].split, number))
        return get(self, number)

    monkeypatch.setattr(prepared_examples.PreparedExamples, "__getitem__", watched)
    trained(tmp_path / "out", "steps=6", "batch=3", "validate_every=100")
    numbers = [number for split, number in seen if split == "train"]
    count = len(set(numbers))
    assert len(numbers) == 18
    assert sorted(numbers[:count]) == list(range(count))


def test_tensorboard_is_an_extra(trained, tmp_path, monkeypatch):
    name = "torch.utils.tensorboard"
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(errors.MissingPart, match=r"pip install \"automix-bench\[tensorboard\]\""):
        trained(tmp_path / "out", tensorboard=True)

    class Writer:
        def __init__(self, folder):
            Path(folder).mkdir(exist_ok=True)
            self.scalars = written

        def add_scalar(self, name, value, step):
            self.scalars.append((name, step))

        def close(self):
            self.scalars.append("closed")

    written = []
    module = type(sys)(name)
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, name, module)
    trained(tmp_path / "out", "steps=1", tensorboard=True)
    assert {("validation", 0), ("loss", 1), ("validation", 1)} <= set(written)
    assert written[-1] == "closed"
    trained(tmp_path / "out", "steps=1", tensorboard=True)


def test_without_torch_a_line_says_what_to_install(tones, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    result = CliRunner().invoke(cli.app, ["train", TINY, str(tones), str(tmp_path / "out")])
    assert isinstance(result.exception, errors.MissingPart)
    assert "train needs torch, which is not installed: run `pip install" in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_two_at_once_are_refused(trained, tones, tmp_path):
    from automix_bench.files.locks import work_alone

    (tmp_path / "out").mkdir()
    with (
        work_alone(tmp_path / "out", "a test"),
        pytest.raises(errors.DatasetError, match="another training is at work there"),
    ):
        trained(tmp_path / "out")


def test_workers_prepare_the_same(whole, tones, tmp_path):
    from automix_bench.executors.local import Local

    training = training_from(TINY, ["dropout=0.2"])
    train(training, tones, tmp_path / "out", TrainingRun(executor=Local(1)))
    assert outcome(tmp_path / "out") == outcome(whole)
    for path in (whole / "prepared").rglob("*.safetensors"):
        other = tmp_path / "out" / path.relative_to(whole)
        assert other.read_bytes() == path.read_bytes()


def test_the_code_of_a_training_is_what_it_imports_of_networks_and_parts(tmp_path):
    from automix_bench.training.training_identity import sources_of

    file = tmp_path / "mine.py"
    head = "from automix_bench.networks.audible_distance import AudibleDistance\n"
    future = "from __future__ import annotations\n"
    file.write_text(Path(TINY).read_text().replace(future, future + head))
    training = training_from(str(file))
    used = sources_of(training, training.network())
    assert set(used) == {"networks/audible_distance.py", "mine.py"}
