"""Imports point one way: a file imports what stands above it in `ROOMS`, or beside it."""

import ast
import graphlib
import re
from pathlib import Path

import pytest

from automix_bench import plugin

PACKAGE = Path(__file__).parent.parent / "automix_bench"

ROOMS = """
errors audio sampling distributions              what everything may use
settings plugin effect song console              the nouns of a mix
model metric normaliser licence executor separator source set_metric embedding   contracts
consoles answer_metrics                          consoles left to chance, and as JSON
dsp                                              signals
files                                            bytes
untrusted                                        what strangers wrote: bounded, checked, shown
statistics                                       intervals, tests, ranks
charts                                           charts as SVG, tables as HTML
recipe example task scorecard                    what is made, shown and scored
networks weights                                 torch modules; trained weights, shipped
hosting effects normalisers metrics              what changes a sound, what measures one
workers executors                                who does the work
agents                                           programs that cannot hear
isolation                                        models in processes and boxes of their own
mixing_rules                                     the rules of a knowledge-based mixer
separation separators                            stems
model_parts                                      what learned mixers share
task_parts embeddings models tasks               what is asked, and of whom
music sources                                    where songs come from
recipe_parts                                     what recipes share
dataset                                          a finished data set
making                                           from recipe to shards
training torch                                   data sets in torch, and the loop that trains
trainings                                        what is trained
publishing catalogue                             Parquet and the hub; what there is
evaluation                                       run, score, rank, compare
submissions                                      archives of answers, scored again
listening_tests pages                            what people heard; HTML and pictures
proofs checkup                                   metrics and models put to the test
cli                                              the command line
"""
ORDER = [name for line in ROOMS.split("\n") for name in line.partition("  ")[0].split()]
PLUG_INS = set(plugin.KINDS) - {"recipes"}
GPL = {"pedalboard", "matchering", "essentia", "peass"}
LONGEST = 400
HEAVY = """torch demucs musdb museval stempeg datasets pretty_midi mido tinysoundfont pyarrow pandas
pyloudnorm ray statsmodels submitit transformers"""
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")
each_file = pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))


def module(path):
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def room(path):
    return module(path).partition(".")[0]


MODULES = {module(path) for path in FILES}


def imports(path, top=False):
    """What a file imports, as dotted names; with `top` only what it does at once."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top else ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def ours(path):
    """Those of our own modules that a file imports."""
    for name in (n[len("automix_bench.") :] for n in imports(path) if "automix_bench." in n):
        yield name if name in MODULES else name.rpartition(".")[0]


def test_every_room_has_its_line():
    assert sorted(ORDER) == sorted({room(path) for path in FILES})


@each_file
def test_imports_point_up_the_list(path):
    for name in filter(None, ours(path)):
        other, own = name.partition(".")[0], room(path)
        rule = f"{module(path)} imports {name}, but {other} stands below {own} in ROOMS"
        assert ORDER.index(other) <= ORDER.index(own), rule
        sibling = own == other and own in PLUG_INS and path.stem != "__init__"
        assert not sibling, f"{module(path)} imports {name}: plug-ins do not import siblings"


def test_there_is_no_circle():
    graph = {module(path): set(ours(path)) - {module(path), ""} for path in FILES}
    graphlib.TopologicalSorter(graph).prepare()


@each_file
def test_packages_are_imported_where_they_may_be(path):
    at_once, ever = ({n.partition(".")[0] for n in imports(path, top)} for top in (True, False))
    assert not at_once & {*HEAVY.split(), *GPL}, f"{path}: import it where it is used, not on top"
    hosts = {"pedalboard", "matchering"} if room(path) == "hosting" else set()
    assert not ever & (GPL - hosts), f"{path}: GPL, which the core may not import"


def test_no_model_task_or_metric_knows_who_made_the_music():
    for path in (p for p in FILES if room(p) in {"models", "tasks", "task_parts", "metrics"}):
        known = {name.partition(".")[0] for name in ours(path)}
        assert not known & {"music", "recipe", "sources"}, path


def test_no_network_or_training_knows_the_engineer_whose_habits_it_learns():
    for path in (p for p in FILES if room(p) in {"networks", "training", "trainings", "weights"}):
        assert not any(f"{name}.".startswith("music.") for name in ours(path)), path


def test_a_plug_in_is_one_file_with_one_object():
    for path in (p for p in FILES if room(p) in PLUG_INS and p.stem != "__init__"):
        offered = re.findall(r"^__all__ = \[(.*)\]$", path.read_text(encoding="utf-8"), re.M)
        assert [names.count('"') for names in offered] == [2], path


def test_files_stay_short_and_the_root_small():
    texts = {path: path.read_text(encoding="utf-8").count("\n") for path in FILES}
    assert {str(path): lines for path, lines in texts.items() if lines > LONGEST} == {}
    root = [path.read_text(encoding="utf-8").count("\n") for path in PACKAGE.glob("*.py")]
    assert (len(root) <= 24, sum(root) < 3_000) == (True, True)
