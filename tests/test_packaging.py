"""What the package asks to be installed; slow: the wheel in a clean environment runs the demo."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
import types
import zipfile
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
GPL = {"pedalboard", "matchering", "ffmpeg"}
COMPILED = {"visqol"}


def name_of(requirement):
    return re.match(r"[A-Za-z0-9_.-]+", requirement)[0].lower().replace("_", "-")


def every_requirement():
    return [*PROJECT["dependencies"], *chain.from_iterable(EXTRAS.values())]


def own_extras(requirement):
    found = re.fullmatch(r"automix-bench\[(.*)\]", requirement)
    return set(found[1].split(",")) if found else set()


def test_users_extras_pin_no_exact_version():
    for extra in EXTRAS.keys() - {"test"}:
        assert not [r for r in (*PROJECT["dependencies"], *EXTRAS[extra]) if "==" in r], extra


def test_the_pinned_versions_satisfy_the_bounds():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {
        name_of(line): line.partition("==")[2] for line in lines if re.match(r"[\w.-]+==", line)
    }
    for requirement in every_requirement():
        name, _, lowest = requirement.partition(">=")
        if lowest and name_of(name) in pinned:
            parts = [
                [int(n) for n in re.findall(r"\d+", v)] for v in (pinned[name_of(name)], lowest)
            ]
            assert parts[0] >= parts[1], requirement


def test_all_is_everything_that_licences_and_machines_allow():
    (requirement,) = EXTRAS["all"]
    assert own_extras(requirement) == EXTRAS.keys() - GPL - COMPILED - {"all", "docs", "test"}


def test_no_user_needs_a_package_that_must_be_installed_alone():
    text = (ROOT / "start.py").read_text(encoding="utf-8")
    alone = set(re.findall(r'"([a-z]+)"', re.search(r"ALONE = \((.*)\)", text)[1]))
    assert alone
    asked = {name_of(r) for r in every_requirement()}
    assert not alone & asked


def test_pythons_are_named_that_the_package_takes():
    pythons = [c for c in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", c)]
    lowest = PROJECT["requires-python"].removeprefix(">=")
    assert f"Programming Language :: Python :: {lowest}" in pythons


@pytest.fixture
def urls(monkeypatch):
    """The hook of the build that knows the project's addresses; hatchling is not installed."""
    interface = types.ModuleType("hatchling.metadata.plugin.interface")
    interface.MetadataHookInterface = object
    for name in ("hatchling", "hatchling.metadata", "hatchling.metadata.plugin"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("git@github.com:someone/automix_bench.git", "https://github.com/someone/automix_bench"),
        ("https://github.com/someone/automix_bench", "https://github.com/someone/automix_bench"),
        ("https://me:secret@example.org/a/b.git", "https://example.org/a/b"),
        ("ssh://git@example.org:2222/a/b.git", "https://example.org/a/b"),
        *(("/srv/automix_bench", ""), ("../main", ""), ("", ""), ("file:///srv/x", "")),
    ],
)
def test_project_addresses_are_those_of_the_repository(urls, remote, address):
    assert urls.repository({}, remote) == address
    here = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b"}
    assert urls.repository(here, remote) == "https://github.com/a/b"


def test_pages_that_project_addresses_name_exist(urls):
    for page in urls.PAGES.values():
        _, blob, path = page.partition("/blob/main/")
        assert not blob or (ROOT / path).is_file()
    assert "urls" in PROJECT["dynamic"]


def test_the_changelog_has_the_package_s_version():
    from automix_bench import __version__

    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(.*?)\]", text, re.M)
    assert versions[0] == "Unreleased"
    assert versions[1] == __version__


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT]
    subprocess.run(command, check=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_its_data_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {n for n in names if n.startswith("automix_bench/")}
    assert all(n in package or ".dist-info/" in n for n in names)
    tracked = subprocess.run(
        ["git", "ls-files", "automix_bench", "recipes"], cwd=ROOT, capture_output=True, text=True
    ).stdout.split()
    expected = {n if n.startswith("automix_bench/") else f"automix_bench/{n}" for n in tracked}
    assert package == expected
    assert any(n.endswith("licenses/LICENSE") for n in names)


@pytest.mark.slow
def test_the_wheel_in_a_clean_environment_runs_the_demo(wheel, tmp_path):
    """Equal hashes as the demo of the checkout, with the same versions of packages."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    place = tmp_path / "venv" / "bin"
    constraints = ("-c", ROOT / "constraints.txt")
    install = [place / "python", "-m", "pip", "install", "-q", *constraints, f"{wheel}[demo]"]
    subprocess.run(install, check=True, cwd=tmp_path)
    program = "from automix_bench.cli import main; main()"
    for name, python in (("wheel", place / "python"), ("checkout", Path(sys.executable))):
        environment = {
            "PATH": f"{python.parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(tmp_path / "home"),
            "AUTOMIX_BENCH_CACHE": str(tmp_path / f"cache-{name}"),
        }
        subprocess.run(
            [python, "-c", program, "demo", "--out", tmp_path / name],
            check=True,
            cwd=tmp_path if name == "wheel" else ROOT,
            env=environment,
        )
    sums = [(tmp_path / n / "data" / "SHA256SUMS").read_bytes() for n in ("wheel", "checkout")]
    assert sums[0] == sums[1]
