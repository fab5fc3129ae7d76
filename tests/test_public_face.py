"""`import automix_bench as ab`: light, typed, and every name with an example that runs."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import automix_bench as ab

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def test_the_import_loads_nothing_that_is_heavy():
    code = (
        "import sys, automix_bench; dir(automix_bench); "
        "print({'torch', 'numpy', 'pandas', 'automix_bench.audio'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("name", ab.__all__)
def test_every_name_is_there(name):
    assert callable(getattr(ab, name))
    assert name in dir(ab)
    assert getattr(ab, name).__doc__


def test_types_are_declared_for_every_name():
    tree = ast.parse(Path(ab.__file__).read_text(encoding="utf-8"))
    (typed,) = (node for node in tree.body if isinstance(node, ast.If))
    declared = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in typed.body
        for alias in node.names
    }
    assert declared == {name: f"automix_bench.{place}" for name, place in ab._PLACES.items()}
    assert sorted(declared) == sorted(ab.__all__)


def test_a_module_does_not_take_the_place_of_a_function():

    assert ab.task("mixing").name == "mixing"
    assert ab.model is sys.modules["automix_bench.evaluation.entry"].model_named
    assert sys.modules["automix_bench.task"].Task is ab.Task


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'mixer'"):
        _ = ab.mixer


def test_the_examples_of_every_name_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sections = re.findall(r"^## ab\.(\w+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    assert sorted(name for name, _ in sections) == sorted(ab.__all__)
    names = {"__name__": "page"}
    for name, text in sections:
        (block,) = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
        assert f"ab.{name}" in block or name in {"read_scorecard"}, name
        exec(compile(block, f"docs/python.md, {name}", "exec"), names)
