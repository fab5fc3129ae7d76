"""Plug-ins by name, path, reference and entry point, and the messages if there is none."""

import sys

import pytest

from automix_bench import errors, plugin
from automix_bench.consoles.console_json import chain_from_json, chain_to_json
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.recipe_parts.settings_from_text import recipe_from

CLIP = """
__all__ = ["FoldBack"]
from dataclasses import dataclass
import numpy as np
from automix_bench.effect import Effect, knob

@dataclass(frozen=True)
class FoldBack(Effect):
    ceiling: float = knob(0.01, 1.0, "")
    irreversible = "what was above the ceiling is lost"
    def __call__(self, audio):
        return audio.with_samples(np.clip(audio.samples, -self.ceiling, self.ceiling))
    def inverse(self):
        return None
"""


@pytest.mark.parametrize("kind", plugin.KINDS)
def test_every_built_in_loads_by_its_name(kind):
    names = plugin.names(kind)
    assert names == sorted(names)
    assert names or kind == "trainings"
    for name in names:
        assert plugin.load(kind, name) is not None


def test_a_name_that_is_nearly_right_gets_a_guess_and_the_list():
    with pytest.raises(errors.UnknownPlugin, match=r"no 'gian' in effects, did you mean 'gain'\?"):
        plugin.load("effects", "gian")
    with pytest.raises(errors.UnknownPlugin, match="did you mean 'metrics'"):
        plugin.names("metric")


def test_by_reference():
    assert plugin.load("effects", "automix_bench.effects.gain:Gain") is Gain
    with pytest.raises(errors.UnknownPlugin, match=r"no 'Gian' in automix_bench\.effects\.gain"):
        plugin.load("effects", "automix_bench.effects.gain:Gian")
    with pytest.raises(errors.UnknownPlugin, match="install the package that holds it"):
        plugin.load("effects", "no_such_package:Gain")


def test_from_a_file_and_back_from_json(tmp_path, noise):
    path = tmp_path / "hard clip é.py"
    path.write_text(CLIP)
    chain = Chain((plugin.load("effects", str(path))(ceiling=0.05),))
    again = chain_from_json(chain_to_json(chain))
    assert abs(again(noise()).samples).max() == pytest.approx(0.05)
    assert again == chain


def test_from_an_installed_package(tmp_path, monkeypatch):
    (tmp_path / "my_clip.py").write_text(CLIP)
    info = tmp_path / "my_clip-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-clip\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[automix_bench.effects]\nfold_back = my_clip:FoldBack\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "fold_back" in plugin.names("effects")
    assert plugin.load("effects", "fold_back")(ceiling=0.5).ceiling == 0.5
    sys.modules.pop("my_clip")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def broken(:\n", "mine.py, line 1: invalid syntax"),
        ("x = 1\ny = 1 / 0\n", "mine.py, line 2: ZeroDivisionError: division by zero"),
        ("x = 1\n", "must list one object in __all__"),
        ('__all__ = ["a", "b"]\na = b = 1\n', "must list one object in __all__"),
        ('__all__ = ["gone"]\n', "must list one object in __all__"),
        ("import no_such_thing\n", "mine.py, line 1: ModuleNotFoundError"),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path, text, message):
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(errors.BrokenPlugin, match=message):
        plugin.load("models", str(tmp_path / "mine.py"))


def test_a_missing_file_is_named():
    with pytest.raises(errors.UnknownPlugin, match=r"no plug-in file at nowhere/mine\.py"):
        plugin.load("models", "nowhere/mine.py")


RECIPE = """
__all__ = ["small"]
from pathlib import Path
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.recipe import Recipe
from automix_bench.separators.as_recorded import AsRecorded
from tests.support.tone_source import Tones

def small(songs: Path, count: int = 2, loud: bool = False, seconds: float | None = 1.0) -> Recipe:
    source = Tones(count=count, level=2.0 if loud else 1.0)
    return Recipe("small", 1, 1, str(songs), source, AsRecorded(), RandomConsole(),
                  excerpt_seconds=seconds or 2.0)
"""


def test_a_recipe_with_settings(tmp_path):
    path = tmp_path / "small.py"
    path.write_text(RECIPE)
    recipe = recipe_from(str(path), ["songs=a b", "count=3", "loud=yes", "seconds=none"])
    assert (recipe.description, recipe.source.count, recipe.source.level) == ("a b", 3, 2.0)
    assert recipe.excerpt_seconds == 2.0
    for settings, message in {
        (): "songs must be given: --set songs=",
        ("songs=a", "cuont=3"): "no setting 'cuont', did you mean 'count'",
        ("songs=a", "count=three"): "count must be of type int, got 'three'",
        ("songs=a", "loud=perhaps"): "loud must be true or false",
        ("songs=a", "songs=b"): "songs is set twice",
        ("songs",): "a setting must be name=value",
    }.items():
        with pytest.raises(errors.UsageError, match=message):
            recipe_from(str(path), settings)
