"""A package that is installed without what it requires."""

import sys
import zipfile

import pytest

from automix_bench.errors import MissingPart
from automix_bench.files import packages_alone
from automix_bench.files.packages_alone import fetch_alone, package_alone

NAME = "lonely_player"


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder of wheels in place of an index; the package requires one that does not exist."""
    info = f"{NAME}-1.0.dist-info"
    files = {
        f"{NAME}/__init__.py": "SOUND = 3\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n"
        "Requires-Dist: no-such-driver\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / f"{NAME}-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(name, text)
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setattr(packages_alone, "VERSIONS", {NAME: "1.0"})
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield wheels
    sys.modules.pop(NAME, None)


def test_it_is_fetched_once_into_the_cache_and_found_there(index):
    with pytest.raises(MissingPart, match=f"pip install --no-deps {NAME}"):
        package_alone(NAME, "playing")
    lines = []
    fetch_alone(NAME, "playing", lines.append)
    fetch_alone(NAME, "playing", lines.append)
    assert len(lines) == 1
    assert "without its requirements into" in lines[0]
    assert package_alone(NAME, "playing").SOUND == 3


def test_without_an_index_the_line_that_installs_it_is_named(index):
    for wheel in index.iterdir():
        wheel.unlink()
    with pytest.raises(MissingPart, match=f"playing needs {NAME}.*pip install --no-deps {NAME}"):
        fetch_alone(NAME, "playing", lambda line: None)


def test_what_is_installed_is_not_fetched(index, monkeypatch):
    monkeypatch.setattr(packages_alone, "VERSIONS", {"numpy": "0"})
    fetch_alone("numpy", "counting", pytest.fail)
    assert package_alone("numpy", "counting").__name__ == "numpy"
