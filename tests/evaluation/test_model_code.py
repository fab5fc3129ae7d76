"""A model is its code, the modules of its own and its weights; answers of other ones are no use."""

import json
import pickle
import sys

import numpy as np
import pytest

import automix_bench as ab
from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import BrokenPlugin, DatasetError, UsageError
from automix_bench.evaluation.entry import Entry, as_entry, entry, model_named
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.leaderboard import board
from automix_bench.evaluation.model_code import NONE, UNKNOWN, code_files
from automix_bench.evaluation.model_processes import ModelProcesses, process_of
from automix_bench.evaluation.run import run
from automix_bench.evaluation.run_folder import read_answer
from automix_bench.executors.local import Local
from automix_bench.files.atomic import file_sha256
from automix_bench.files.weights import content_sha256
from automix_bench.isolation.box import why_no_box
from automix_bench.isolation.privileges import Limits
from automix_bench.making.make import make
from automix_bench.models.plain_sum import PlainSum
from automix_bench.scorecard import read_scorecard
from automix_bench.task import Task
from tests.support.tone_source import Tones

MIXING = task_named("mixing")
TASK = Task("gain", 1, "", MIXING.brief, MIXING.wanted, (ab.metric("sdr"),), "plain_sum", "oracle")

BRIEF = ab.Brief(stems={"a": Audio(np.ones((1, 8), np.float32), 44_100)})
HEAD = """
import numpy as np
import automix_bench as ab
from automix_bench.audio import total

__all__ = ["mine"]

def summed(brief, gain):
    return ab.Answer(stems={"mix": total(brief.stems.values()).scaled(float(gain))})

"""
FUNCTION = """
PATH = ab.weights("net.txt")

def mine(brief):
    return summed(brief, PATH.read_text())
"""
CACHED = """
import functools
PATH = ab.weights("net.txt")

@functools.cache
def gain():
    return PATH.read_text()

def mine(brief):
    return summed(brief, gain())
"""
CLASS = """
class mine:
    def __init__(self):
        self.gain = ab.weights("net.txt").read_text()

    def __call__(self, brief):
        return summed(brief, self.gain)
"""
FOLDER = """
PATH = ab.weights("net")

def mine(brief):
    return summed(brief, (PATH / "deep" / "net.txt").read_text())
"""
STATED = """
from pathlib import Path
PATH = Path(__file__).with_name("net.txt")

class mine:
    def fingerprint(self):
        return PATH.read_text()

    def __call__(self, brief):
        return summed(brief, PATH.read_text())
"""
STATED_ON_A_FUNCTION = """
from pathlib import Path
PATH = Path(__file__).with_name("net.txt")

def mine(brief):
    return summed(brief, PATH.read_text())

mine.fingerprint = PATH.read_text
"""
BESIDE = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent))
from named_beside import PATH

def mine(brief):
    return summed(brief, PATH.read_text())
"""
NAMED_BESIDE = 'import automix_bench as ab\nPATH = ab.weights("net.txt")\n'


@pytest.fixture
def data(recipe, tmp_path):
    return Dataset(make(recipe(source=Tones(count=1, seconds=1.0)), tmp_path / "data").folder)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder for a model; what it adds to `sys.path` and imports is forgotten after the test."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def gains(place, data):
    """The gain that the model in `mine.py` applied, as its stored answer tells."""
    evaluated = evaluate(TASK, data, [place / "mine.py"], place / "runs")
    assert evaluated.failures == {}
    answer = read_answer(evaluated.runs["mine.py"], data.rows[0]["id"]).stems["mix"]
    plain = PlainSum()(ab.Brief(stems=data[0].after.stems)).stems["mix"]
    gain = np.abs(answer.samples).max() / np.abs(plain.samples).max()
    weights = {row.model: row.weights for row in evaluated.board.rows}["mine.py"]
    return pytest.approx(gain, abs=1e-4), evaluated.reused.get("mine.py", 0), weights


def weigh(place, text):
    for path in (place / "net.txt", place / "net" / "deep" / "net.txt"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize(
    "text",
    [FUNCTION, CACHED, CLASS, FOLDER, STATED, STATED_ON_A_FUNCTION, BESIDE],
    ids=["function", "cached", "class", "folder", "stated", "stated on a function", "beside"],
)
def test_new_weights_under_an_old_file_are_another_model(place, data, text):
    (place / "mine.py").write_text(HEAD + text)
    (place / "named_beside.py").write_text(NAMED_BESIDE)
    weigh(place, "0.5")
    gain, reused, first = gains(place, data)
    assert (gain, reused) == (0.5, 0)
    assert gains(place, data) == (0.5, 1, first)
    weigh(place, "0.25")
    gain, reused, second = gains(place, data)
    assert (gain, reused) == (0.25, 0)
    assert len({first, second, UNKNOWN, NONE}) == 4
    weigh(place, "0.5")
    assert gains(place, data) == (0.5, 1, first)


def test_workers_load_the_same_weights(place, data):
    (place / "mine.py").write_text(HEAD + FUNCTION)
    weigh(place, "0.5")
    before = entry(str(place / "mine.py"))
    weigh(place, "0.25")
    after = entry(str(place / "mine.py"))
    ran = run(after, TASK, data, place / "run", executor=Local(1))
    assert (ran.failures, ran.reused) == ((), 0)
    sent = pickle.loads(pickle.dumps(after))
    assert before.weights != sent.weights == after.weights
    with pytest.raises(DatasetError, match="holds the run of another weights"):
        run(before, TASK, data, place / "run")


def test_the_name_of_a_folder_of_weights_means_nothing_and_its_files_mean_all(place):
    one, two = place / "one" / "net", place / "two" / "net"
    for folder in (one, two):
        folder.mkdir(parents=True)
        (folder / "a").write_text("1")
    assert content_sha256(one) == content_sha256(two)
    (two / "a").rename(two / "b")
    assert content_sha256(one) != content_sha256(two)


@pytest.mark.parametrize("name", ["nothing.pt", "empty"])
def test_weights_that_are_not_there_are_refused_by_name(place, name):
    (place / "empty").mkdir()
    with pytest.raises(UsageError, match=f"weights .*{name}: expected a file, or a folder"):
        ab.weights(place / name)


def test_weights_that_are_named_while_the_model_answers_come_too_late(place, data):
    (place / "mine.py").write_text(
        HEAD + "def mine(brief):\n    return summed(brief, ab.weights('net.txt').read_text())\n"
    )
    weigh(place, "0.5")
    (line, *_) = evaluate(TASK, data, [place / "mine.py"], place / "runs").failures["mine.py"]
    assert "named for the first time while the model answers: call ab.weights where" in line


def test_weights_that_change_while_the_model_answers_are_noticed(place, data):
    text = "PATH = ab.weights('net.txt')\ndef mine(brief):\n    PATH.write_text('0.1')\n"
    text += "    return summed(brief, ab.weights('net.txt').read_text())\n"
    (place / "mine.py").write_text(HEAD + text)
    weigh(place, "0.5")
    (line, *_) = evaluate(TASK, data, [place / "mine.py"], place / "runs").failures["mine.py"]
    if not why_no_box():
        assert "PermissionError: [Errno 13] Permission denied" in line
    here = Entry("mine", plugin.load("models", str(place / "mine.py")))
    (line, *_) = evaluate(TASK, data, [here], place / "runs").failures["mine"]
    assert "changed while the model answers: start again" in line


def test_unknown_weights_are_said_on_the_board_and_the_card(place, data):
    (place / "mine.py").write_text(HEAD + "def mine(brief):\n    return summed(brief, 0.5)\n")
    evaluated = evaluate(TASK, data, [place / "mine.py", "equal_loudness"], place / "runs")
    weights = {row.model: row.weights for row in evaluated.board.rows}
    assert weights == {
        "mine.py": UNKNOWN,
        "equal_loudness": NONE,
        "plain_sum": NONE,
        "oracle": NONE,
    }
    assert evaluated.board.about()[-1] == "Weights unknown: mine.py."
    cards = {card.model: card for card in map(read_scorecard, evaluated.cards)}
    assert {name: card.weights for name, card in cards.items()} == weights
    told = [row["weights"] for row in evaluated.board.to_json()["rows"]]
    assert sorted(told) == sorted(weights.values())
    (place / "mine.py").write_text(
        HEAD + "def mine(brief):\n    return summed(brief, 0.5)\nmine.fingerprint = 'none'\n"
    )
    again = evaluate(TASK, data, [place / "mine.py"], place / "runs")
    assert "Weights unknown" not in again.board.to_markdown()
    assert board(TASK, [*cards.values()]).about()[-1] == "Weights unknown: mine.py."


def test_a_function_object_may_say_its_fingerprint():
    def mine(brief):
        return PlainSum()(brief)

    assert as_entry(mine).weights == UNKNOWN
    mine.fingerprint = "one"
    one = as_entry(mine)
    mine.fingerprint = lambda: "two"
    two = Entry("mine", mine, "code")
    assert len({one.weights, two.weights, UNKNOWN}) == 3
    assert two.key != Entry("mine", PlainSum(), "code").key == "code"


@pytest.mark.parametrize("said", ["", 3, b"bytes", ["list"]], ids=repr)
def test_a_fingerprint_is_a_text(said):
    def mine(brief):
        return PlainSum()(brief)

    mine.fingerprint = said
    with pytest.raises(UsageError, match="model mine: expected fingerprint to be a text"):
        as_entry(mine)
    mine.fingerprint = lambda: 1 / 0
    with pytest.raises(UsageError, match="its fingerprint fails: ZeroDivisionError"):
        as_entry(mine)


PATHS = "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).parent))\n"
GAIN = "def gain():\n    return 0.5\n"


@pytest.mark.parametrize(
    ("statement", "file"),
    [
        ("from helper_a import gain", "helper_a.py"),
        ("import helper_b as h\ngain = h.gain", "helper_b.py"),
        ("from package_a import gain", "package_a/__init__.py"),
        ("from package_b.layers.first import gain", "package_b/layers/first.py"),
        ("from package_c.layers import first\ngain = first.gain", "package_c/layers/first.py"),
        ("def gain():\n    from late import gain\n    return gain()", "late.py"),
        (
            "import importlib\ngain = importlib.import_module('by_text').gain",
            "by_text.py",
        ),
    ],
    ids=["from", "import", "package", "deep", "module of a package", "late", "import_module"],
)
def test_an_edited_module_of_its_own_is_another_model(place, data, statement, file):
    (place / "mine.py").write_text(
        HEAD + PATHS + statement + "\ndef mine(brief):\n    return summed(brief, gain())\n"
    )
    path = place / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(GAIN)
    assert gains(place, data)[:2] == (0.5, 0)
    assert gains(place, data)[:2] == (0.5, 1)
    path.write_text(GAIN.replace("0.5", "0.125"))
    assert gains(place, data)[:2] == (0.125, 0)


def test_the_modules_behind_a_module_count_and_relative_ones_too(place):
    package = place / "chain"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text("from .first import gain\n")
    (package / "first.py").write_text("from .deep.second import gain\n")
    (package / "deep" / "second.py").write_text("from ..third import gain\nfrom . import fourth\n")
    (package / "deep" / "fourth.py").write_text("import numpy, json, automix_bench.audio\n")
    (package / "third.py").write_text(GAIN)
    (package / "unused.py").write_text(GAIN)
    (place / "mine.py").write_text("from chain import gain\nimport numpy\n")
    names = {path.relative_to(place).as_posix() for path in code_files(place / "mine.py")}
    assert names == {
        *("mine.py", "chain/__init__.py", "chain/first.py", "chain/third.py"),
        *("chain/deep/second.py", "chain/deep/fourth.py"),
    }


def test_installed_packages_and_ours_are_not_a_model_s_own(place):
    (place / "mine.py").write_text("import scipy.signal, pytest, automix_bench\nimport broken\n")
    (place / "broken.py").write_text("def (\n")
    assert [path.name for path in code_files(place / "mine.py")] == ["broken.py", "mine.py"]


def test_a_model_of_one_file_keeps_the_hash_that_it_had(place):
    (place / "mine.py").write_text(HEAD + "def mine(brief):\n    return summed(brief, 1)\n")
    one = entry(str(place / "mine.py"))
    assert one.code == file_sha256(place / "mine.py")
    assert one.key == one.code[:8]


def test_a_model_of_a_package_is_known_by_its_package(place, monkeypatch):
    package = place / "packaged"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "net.py").write_text(GAIN)
    (package / "model.py").write_text(
        HEAD + "from packaged.net import gain\ndef mine(brief):\n    return summed(brief, gain())\n"
    )
    monkeypatch.syspath_prepend(str(place))
    first = entry("packaged.model:mine")
    (package / "net.py").write_text(GAIN.replace("0.5", "0.25"))
    second = entry("packaged.model:mine")
    assert first.code != second.code
    assert "packaged.net" not in sys.modules  # the harness runs nothing of it
    assert model_named("packaged.model:mine")(BRIEF).stems["mix"].samples.max() == 0.25
    (package / "net.py").write_text(GAIN)
    assert model_named("packaged.model:mine")(BRIEF).stems["mix"].samples.max() == 0.5


def test_a_worker_that_finds_other_weights_stops(place):
    (place / "mine.py").write_text(HEAD + FUNCTION)
    weigh(place, "0.5")
    one = entry(str(place / "mine.py"))
    sent = pickle.loads(pickle.dumps(one))
    assert sent == one
    with ModelProcesses():
        assert process_of(sent, (), Limits()).state
    weigh(place, "0.25")
    with ModelProcesses(), pytest.raises(BrokenPlugin, match="was changed while it was in use"):
        process_of(sent, (), Limits())
    weigh(place, "0.5")
    (place / "mine.py").write_text(HEAD + FUNCTION + "# edited\n")
    with ModelProcesses(), pytest.raises(BrokenPlugin, match="was changed while it was in use"):
        process_of(sent, (), Limits())


def test_a_model_that_a_worker_makes_again_is_the_same(place):
    (place / "mine.py").write_text(HEAD + FUNCTION)
    weigh(place, "0.5")
    path = str(place / "mine.py")
    here = Entry("mine", model_named(path), entry(path).code, path)
    assert pickle.loads(pickle.dumps(here)).weights == here.weights
    weigh(place, "0.25")
    with pytest.raises(BrokenPlugin, match="was changed while it was in use"):
        pickle.loads(pickle.dumps(here))


def test_a_script_that_evaluates_a_model_does_not_own_its_weights(place):
    (place / "mine.py").write_text(HEAD + FUNCTION)
    weigh(place, "0.5")

    def plain(brief):
        return PlainSum()(brief)

    assert entry(str(place / "mine.py")).weights != UNKNOWN
    assert as_entry(plain).weights == UNKNOWN


def test_weights_that_an_edited_model_names_no_more_do_not_count(place):
    mine = place / "mine.py"
    mine.write_text(HEAD + FUNCTION)
    weigh(place, "0.5")
    assert entry(str(mine)).weights != UNKNOWN
    mine.write_text(HEAD + "def mine(brief):\n    return summed(brief, 1)\n")
    (place / "net.txt").unlink()
    assert entry(str(mine)).weights == UNKNOWN
    mine.write_text(HEAD + FUNCTION)
    with pytest.raises(UsageError, match=r"weights .*net\.txt: expected a file, or a folder"):
        entry(str(mine))


def test_runs_record_the_weights(place, data):
    (place / "mine.py").write_text(HEAD + FUNCTION)
    weigh(place, "0.5")
    evaluated = evaluate(TASK, data, [place / "mine.py"], place / "runs")
    record = json.loads((evaluated.runs["mine.py"] / "run.json").read_text())
    assert record["weights"] == entry(str(place / "mine.py")).weights


def test_a_model_of_this_package_with_other_weights_is_another_one(tmp_path):
    pytest.importorskip("torch")
    from automix_bench.models.learned.mixing_console import MixingConsole
    from automix_bench.weights.store import packed, read, shipped

    tensors, texts = read(shipped("mixing_console"))
    paths = [tmp_path / f"{name}.safetensors" for name in ("one", "two")]
    for number, path in enumerate(paths):
        moved = {name: tensor + 0.01 * number for name, tensor in tensors.items()}
        path.write_bytes(packed(moved, {**texts, "of": str(number)}))
    hashes = [as_entry(MixingConsole(str(path))).weights for path in paths]
    assert len({*hashes, NONE}) == 3
    assert as_entry(MixingConsole()).weights == as_entry(PlainSum()).weights == NONE
    paths[0].write_bytes(paths[1].read_bytes())
    assert as_entry(MixingConsole(str(paths[0]))).weights == hashes[1]
