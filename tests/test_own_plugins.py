"""Plug-ins in files of the user's own, in data sets that others read."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from automix_bench import cli, errors, plugin
from automix_bench.consoles.console_json import Unavailable
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.verify import verify
from automix_bench.making.make import make
from automix_bench.recipe_parts.settings_from_text import recipe_from

ROOT = Path(__file__).parent.parent

EFFECT = '''
__all__ = ["Width"]
from dataclasses import dataclass
import numpy as np
from automix_bench.effect import Effect, knob

@dataclass(frozen=True)
class Width(Effect):
    """Wider."""
    width: float = knob(0.0, 4.0, "")
    irreversible = "a test"
    def __call__(self, audio):
        left, right = audio.samples
        mid, side = (left + right) / 2, self.width * (left - right) / 2
        return audio.with_samples(np.stack([mid + side, mid - side]))
    def inverse(self):
        return None
'''

RECIPE = '''
__all__ = ["own"]
from dataclasses import dataclass
from pathlib import Path
from automix_bench import plugin
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.effects.gain import Gain
from automix_bench.recipe import Recipe
from automix_bench.separators.as_recorded import AsRecorded
from tests.support.tone_source import Tones

Width = plugin.load("effects", str(Path(__file__).with_name("width.py")))

@dataclass(frozen=True)
class Halves:
    """A sampler."""
    most: float
    def sample(self, rng):
        return self.most / 2 if rng.random() < 0.5 else self.most

strip = RandomChain((Width.random(width=Halves(2.0)), Gain.random(gain_db=-6.0)))

own = Recipe("own", 1, 1, "Own.", Tones(count=2), AsRecorded(), RandomConsole(default=strip),
             excerpt_seconds=1.0)
'''


@pytest.fixture
def mine(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "width.py").write_text(EFFECT)
    (folder / "own.py").write_text(RECIPE)
    return folder


def test_the_same_code_in_another_folder_gives_the_same_bytes(mine, tmp_path):
    shutil.copytree(mine, tmp_path / "theirs")
    for name in ("mine", "theirs"):
        make(recipe_from(str(tmp_path / name / "own.py")), tmp_path / f"{name}-data")
    one, two = (tmp_path / f"{name}-data" for name in ("mine", "theirs"))
    assert (one / "SHA256SUMS").read_text() == (two / "SHA256SUMS").read_text()
    for path in one.glob("*.json"):
        assert str(tmp_path) not in path.read_text()
    assert verify(one, rerender=True) == []


def test_others_read_the_data_set_without_the_plug_in_and_render_it_with_it(mine, tmp_path):
    data = make(recipe_from(str(mine / "own.py")), tmp_path / "data").folder

    def verified(*options):
        code = "from automix_bench.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, "verify", str(data), *options],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )

    assert verified().returncode == 0
    without = verified("--rerender")
    assert without.returncode == 2
    assert without.stderr.startswith("automix-bench: no effect width@")
    assert verified("--rerender", "--effect", str(mine / "width.py")).returncode == 0


def test_every_command_that_renders_a_compact_data_set_takes_the_file_of_its_effect(
    mine, tmp_path, monkeypatch
):
    recipe = replace(recipe_from(str(mine / "own.py")), store="before")
    data = make(recipe, tmp_path / "data").folder
    answers = tmp_path / "answers"
    for words in (
        ("verify", data, "--rerender"),
        ("stats", data, "--out", tmp_path / "page.html"),
        ("export", data, tmp_path / "exported"),
        ("run", "equal_loudness", "mixing", data, answers),
        ("score", answers, data),
        ("evaluate", "mixing", data, "equal_loudness", "--runs", tmp_path / "runs"),
        ("traits", data),
    ):
        for own, code in (((), 2), (("--effect", mine / "width.py"), 0)):
            for name in [n for n in sys.modules if n.startswith("automix_bench_file_")]:
                monkeypatch.delitem(sys.modules, name)  # as in a process that has not loaded it
            result = CliRunner().invoke(cli.app, [*map(str, words), *map(str, own)])
            assert getattr(result.exception, "exit_code", result.exit_code) == code, (
                result.exception
            )
            assert code == 0 or "name its file with --effect" in str(result.exception)


def test_what_is_not_at_hand_is_kept_as_it_was_written(mine, tmp_path, noise):
    data = make(recipe_from(str(mine / "own.py")), tmp_path / "data").folder
    row = Dataset(data).rows[0]
    names = [n for n in sys.modules if n.startswith("automix_bench_file_")]
    modules = {name: sys.modules.pop(name) for name in names}
    try:
        example = Dataset(data)[0]
        effect = example.console.strips["bass"].effects[0]
        assert isinstance(effect, Unavailable)
        from automix_bench.consoles.console_json import console_to_json

        assert console_to_json(example.console) == row["console"]
        with pytest.raises(errors.UnknownPlugin, match=r"no effect width@.* here: install"):
            effect(noise())
    finally:
        sys.modules.update(modules)


def test_an_edited_effect_or_sampler_is_another_plan(mine, tmp_path):
    def made():
        code = "from automix_bench.cli import main; main()"
        command = [sys.executable, "-c", code, "make", str(mine / "own.py"), str(tmp_path / "data")]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)

    assert made().returncode == 0
    (mine / "width.py").write_text(EFFECT.replace("self.width *", "0.5 * self.width *"))
    assert "the recipe's console changed" in made().stderr
    (mine / "width.py").write_text(EFFECT)
    assert made().returncode == 0
    (mine / "own.py").write_text(RECIPE.replace("self.most / 2", "self.most / 4"))
    assert "the recipe's console changed" in made().stderr


def test_what_a_plan_cannot_name_is_refused(mine, tmp_path):
    loose = RECIPE.replace("@dataclass(frozen=True)\n", "").replace(
        "    most: float\n", "    def __init__(self, most):\n        self.most = most\n"
    )
    (mine / "own.py").write_text(loose)
    with pytest.raises(errors.UsageError, match="make Halves a frozen dataclass"):
        make(recipe_from(str(mine / "own.py")), tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_class_in_the_running_script_is_refused():
    class Flip:
        pass

    Flip.__module__ = "__main__"
    with pytest.raises(errors.BrokenPlugin, match="put it into a file of its own"):
        plugin.name_of("effects", Flip)
