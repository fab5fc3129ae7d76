"""Imports point one way. The order below is the reading order of the package, bottom first."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "automix_bench"
LAYERS = [
    # what everything may use
    {
        "compiled",
        "rounding",
        "errors",
        "audio",
        "sampling",
        "distributions",
        "joint",
        "progress",
        "environment",
    },
    {
        "sharing",
        "canonical",
        "plugin",
        "licence",
        "flac",
        "flac_bits",
        "flac_checksum",
        "flac_head",
        "flac_frames",
        "soundfont",
        "sampler",
        "decoding",
    },
    {"by_name", "cache", "settings", "executor", "ranged", "packing", "shard_index", "stages"},
    # the nouns: a song, what changes one, what measures one, how sure we are
    {
        "song",
        "effect",
        "metric",
        "statistics",
        "composer",
        "impulse_responses",
        "set_metric",
        "embedding",
        "frechet",
    },
    {"normaliser", "dsp", "loudness", "hosting", "worker", "ray_worker", "slurm_jobs"},
    {
        "strip",
        "severity",
        "curves",
        "traits",
        "executors",
        "audio_fingerprint",
        "charts",
        "artifacts",
        "embedding_networks",
    },
    {"console", "perception", "settings_metric"},
    {
        "effects",
        "metrics",
        "embeddings",
        "source",
        "separator",
        "model",
        "example",
        "scorecard",
        "ratings",
        "screening",
    },
    {"normalise", "random_console", "rooms", "degradations", "compact"},
    # how songs come in: rooms that sources and separators share, then these
    {"song_files", "separation", "engineer", "tracker", "lmms_project", "played_by", "duplicates"},
    {
        "sources",
        "separators",
        "models",
        "task",
        "recipe",
        "shards",
        "shard_reading",
        "removal",
        "comparison",
        "sample_size",
        "rating_analysis",
        "agreement",
    },
    {
        "tasks",
        "plan",
        "dataset",
        "leaderboard",
        "recipe_settings",
        "material",
        "showing",
        "rendering",
    },
    # what reads, what is said of a data set, what shows a recipe
    {
        "answers",
        "strata",
        "data_card",
        "dataset_folder",
        "appending",
        "bench",
        "run_folder",
        "scoring",
        "listening",
        "picture",
        "corpus_traits",
        "many_consoles",
        "separating",
    },
    {
        "croissant",
        "export_card",
        "training_data",
        "shard_rows",
        "publishing",
        "closing",
        "set_distances",
    },
    # what does the work
    {"making", "evaluating", "torch", "exporting", "attribution", "dataset_measures"},
    {"catalogue", "rebuilding", "dry_run", "dataset_report"},
    {
        "verifying",
        "findings",
        "demo",
        "cards",
        "report",
        "proof_songs",
        "proofs",
        "sensitivity",
        "measuring",
        "sound_report",
        "proof_report",
        "set_report",
    },
    {"cli"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
PLUG_INS = {
    "effects",
    "embeddings",
    "executors",
    "metrics",
    "models",
    "normalise",
    "separators",
    "sources",
    "tasks",
}
# Rooms inside which files build on each other; plug-ins and single files have no such licence.
ROOMS = {
    "artifacts",
    "cli",
    "composer",
    "decoding",
    "dsp",
    "engineer",
    "embedding_networks",
    "hosting",
    "lmms_project",
    "perception",
    "separation",
    "slurm_jobs",
    "song_files",
    "statistics",
    "tracker",
}
HEAVY = {
    "torch",
    "demucs",
    "musdb",
    "museval",
    "stempeg",
    "datasets",
    "pretty_midi",
    "mido",
    "tinysoundfont",
    "pyarrow",
    "pandas",
    "pyloudnorm",
    "ray",
    "statsmodels",
    "transformers",
}
GPL = {"pedalboard", "matchering", "essentia", "peass"}

FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def own_place(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    """The modules of the package that a file imports, without `automix_bench.`; lazily or not."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE.name:
            inside = (node.module or "").split(".")[1:]
            names = [alias.name for alias in node.names]
            yield from [".".join(inside)] if inside else [n for n in names if n[:2] != "__"]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            yield from (n.split(".", 1)[1] for n in names if n.startswith(f"{PACKAGE.name}."))


def top_level_imports(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def test_every_file_has_a_layer_and_every_layer_is_there():
    assert {own_place(path) for path in FILES} == set(LEVEL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    own = own_place(path)
    for name in imported(path):
        other = name.split(".")[0]
        inside = other == own and own in ROOMS
        assert inside or LEVEL[other] < LEVEL[own] or _below(own, other), f"{path} imports {name}"


def _below(own, other):
    """Within a layer a single file may use one that does not use it in turn."""
    if own == other or LEVEL[own] != LEVEL[other] or {own, other} & PLUG_INS:
        return False
    return own not in _reached(other)


def _reached(place):
    found, new = set(), {place}
    while new:
        found |= new
        files = [path for path in FILES if own_place(path) in new]
        new = {name.split(".")[0] for path in files for name in imported(path)} - found
    return found


def test_plug_ins_do_not_import_their_siblings():
    for path in FILES:
        if own_place(path) in PLUG_INS and path.stem != "__init__":
            siblings = [n for n in imported(path) if n.split(".")[0] == own_place(path)]
            assert siblings == [], path


def test_no_model_and_no_task_knows_the_engineer_or_the_composer():
    for path in FILES:
        if own_place(path) in {"models", "tasks", "metrics"}:
            known = {name.split(".")[0] for name in imported(path)}
            assert not known & {"engineer", "composer", "recipe", "sources"}, path


def test_heavy_packages_are_imported_where_they_are_used():
    for path in FILES:
        assert not set(top_level_imports(path)) & HEAVY, path


def test_gpl_is_imported_by_nobody_but_the_host_of_pedalboard_and_there_inside_functions():
    for path in FILES:
        allowed = {"pedalboard"} if own_place(path) == "hosting" else set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not {alias.name.split(".")[0] for alias in node.names} & GPL - allowed, path
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in GPL - allowed, path
        assert not set(top_level_imports(path)) & GPL, path


def test_a_plug_in_is_one_file_with_one_object():
    for path in FILES:
        if own_place(path) in PLUG_INS and path.stem != "__init__":
            offered = re.findall(r"^__all__ = \[(.*)\]$", path.read_text(encoding="utf-8"), re.M)
            assert len(offered) == 1, path
            assert offered[0].count('"') == 2, path


def test_files_stay_short():
    long = {str(p): n for p in FILES if (n := len(p.read_text("utf-8").splitlines())) > 300}
    assert long == {}
