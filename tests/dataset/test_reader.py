"""A data set as data frames, and the name by which it is imported."""

import doctest
import math
import subprocess
import sys

import pandas
import pytest

from automix_bench import errors
from automix_bench.dataset import reader
from automix_bench.dataset.manifest import ExampleRow, ManifestRow, knobs
from automix_bench.dataset.reader import Dataset


def test_a_frame_has_a_row_per_example_and_the_columns_of_the_manifest(dataset):
    frame = dataset.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert set(frame.columns) == set(ManifestRow.__annotations__) | set(ExampleRow.__annotations__)
    assert frame["id"].tolist() == [row["id"] for row in dataset.rows]
    for name in ("song", "split", "rate", "gain_db", "before_lufs", "mix_severity_db", "offset"):
        assert frame[name].tolist() == [row[name] for row in dataset.rows], name
    assert [list(stems) for stems in frame["stems"]] == [row["stems"] for row in dataset.rows]
    assert frame["length"].dtype.kind == "i"


def test_a_frame_of_knobs_has_a_row_per_setting_of_each_console(dataset):
    frame = dataset.knobs_frame()
    expected = [{"id": row["id"], **knob} for row in dataset.rows for knob in knobs(row["console"])]
    assert len(expected) > 12
    assert list(frame.columns) == list(expected[0])
    for record, knob in zip(frame.to_dict("records"), expected, strict=True):
        if knob["value"] is None:
            assert math.isnan(record.pop("value"))
            assert knob.pop("value") is None
        elif knob["text"] is None:
            assert pandas.isna(record.pop("text"))
            assert knob.pop("text") is None
        assert record == knob


def test_frames_are_of_the_split(dataset):
    (split,) = {row["split"] for row in dataset.rows[:1]}
    part = Dataset(dataset.folder, split)
    ids = [row["id"] for row in part.rows]
    assert 0 < len(ids) <= len(dataset.rows)
    assert part.to_frame()["id"].tolist() == ids
    assert part.knobs_frame()["id"].unique().tolist() == ids
    for frame in ("to_frame", "knobs_frame"):
        with pytest.raises(errors.DatasetError, match="no examples in split nowhere"):
            getattr(Dataset(dataset.folder, "nowhere"), frame)()


def test_the_examples_in_docstrings_run(dataset):
    names = {"Dataset": Dataset, "folder": dataset.folder}
    tests = doctest.DocTestFinder().find(Dataset, "Dataset", reader, globs=names)
    results = [doctest.DocTestRunner().run(test) for test in tests]
    assert sum(result.attempted for result in results) >= 4
    assert not any(result.failed for result in results)


LAZY = """
import sys
import automix_bench.dataset as package
assert "automix_bench.dataset.reader" not in sys.modules
from automix_bench.dataset import Dataset
assert Dataset is sys.modules["automix_bench.dataset.reader"].Dataset
assert package.__all__ == ["Dataset"]
try:
    package.Nothing
except AttributeError as error:
    assert "Nothing" in str(error)
else:
    raise SystemExit("no error")
"""


def test_the_name_is_imported_from_the_package_and_only_when_asked_for():
    subprocess.run([sys.executable, "-c", LAZY], check=True)
