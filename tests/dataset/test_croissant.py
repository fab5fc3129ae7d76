"""The data set described for machines: mlcroissant validates it, and reads records by it."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from automix_bench.dataset.croissant import CROISSANT, FIELDS, croissant_of
from automix_bench.files import flac
from automix_bench.files.atomic import file_sha256
from automix_bench.files.quantise import integers
from automix_bench.making.make import make

READ = """
import pickle, sys
import mlcroissant
data = mlcroissant.Dataset(jsonld=sys.argv[1])
issues = data.metadata.ctx.issues
said = {
    "errors": sorted(issues.errors),
    "warnings": sorted(issues.warnings),
    "conforms_to": data.metadata.ctx.conforms_to.value,
    **{name: list(data.records(record_set=name)) for name in ("splits", "examples", "sounds")},
}
pickle.dump(said, sys.stdout.buffer)
"""


def test_mlcroissant_validates_it_and_reads_rows_and_sounds(dataset, tmp_path, monkeypatch):
    """In a process of its own, as it leaves files open and warns, and with a cache of its own, as
    it tells archives apart by name only."""
    pytest.importorskip("mlcroissant")
    monkeypatch.setenv("CROISSANT_CACHE", str(tmp_path / "cache"))
    (dataset.folder / CROISSANT).write_text(croissant_of(dataset.folder))
    command = [sys.executable, "-c", READ, str(dataset.folder / CROISSANT)]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    read = pickle.loads(done.stdout)
    assert read["errors"] == []
    assert [said for said in read["warnings"] if "datePublished" not in said] == []
    assert read["conforms_to"].endswith("croissant/1.1")
    assert {r["splits/name"] for r in read["splits"]} == {row["split"] for row in dataset.rows}
    assert len(read["examples"]) == 12
    for record, row in zip(read["examples"], dataset.rows, strict=True):
        for name, kind, _ in FIELDS:
            value = record[f"examples/{name}"]
            value = value.decode() if kind == "sc:Text" else value.item()
            assert value == (json.dumps(row[name]) if name == "console" else row[name]), name
    sounds = {record["sounds/file"].decode(): record["sounds/audio"] for record in read["sounds"]}
    assert len(sounds) == 12 * 2 * 4
    example = dataset[5]
    samples, _ = flac.decode_integers(sounds[f"{example.id}.after.bass.flac"])
    assert np.array_equal(samples, integers(example.after.stems["bass"]))


def test_every_shard_and_the_manifest_stand_there_with_their_hashes(dataset, recipe, tmp_path):
    said = json.loads(croissant_of(dataset.folder))
    files = {f["contentUrl"]: f for f in said["distribution"] if f["@type"] == "cr:FileObject"}
    assert sorted(files) == ["00000.tar", "00001.tar", "manifest.parquet"]
    for name, file in files.items():
        assert file["sha256"] == file_sha256(dataset.folder / name)
        assert file["contentSize"] == f"{(dataset.folder / name).stat().st_size} B"
    assert said["license"] == "CC0-1.0"
    assert [c["name"] for c in said["creator"]] == ["A. Tester", "automix_bench"]
    other = make(recipe(), tmp_path / "other").folder
    assert croissant_of(other) == croissant_of(dataset.folder)
    assert str(tmp_path) not in croissant_of(dataset.folder)
    assert croissant_of(make(recipe(seed=8), tmp_path / "8").folder) != croissant_of(other)
