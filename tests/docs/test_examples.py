"""The examples in the README and in the docs run as they stand there."""

import re
import shlex
from pathlib import Path

import click
import numpy as np
import pytest
import soundfile
from typer.main import get_command

import automix_bench as ab
from automix_bench import cli

ROOT = Path(__file__).parent.parent.parent
PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
IN_PYTHON = [
    *("README.md", "docs/getting-started.md", "docs/data-sets.md"),
    *("docs/your-own-model.md", "docs/training.md", "docs/check.md", "docs/boards.md"),
]


def blocks(page, language):
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


@pytest.fixture(scope="module")
def my_data(tmp_path_factory):
    """A data set of three songs with vocals, which the pages call `my_data`."""
    folder = tmp_path_factory.mktemp("docs")
    rng = np.random.default_rng(0)
    for number in range(3):
        song = folder / "songs" / f"artist {number}" / "song"
        song.mkdir(parents=True)
        vocals, bass = 0.1 * rng.standard_normal((2, 2 * 44_100, 2))
        sounds = {"vocals": vocals, "bass": bass, "mixture": 0.8 * vocals + 1.1 * bass}
        for name, sound in sounds.items():
            soundfile.write(song / f"{name}.wav", sound, 44_100, subtype="PCM_24")
    recipe = ab.recipe(
        "pseudo_multitrack",
        songs=folder / "songs",
        layout="stems",
        separator="as_recorded",
        license="CC0-1.0",
        seconds=1,
    )
    return ab.make(recipe, folder / "my_data").folder


@pytest.mark.parametrize("page", IN_PYTHON)
def test_python_examples_run_one_after_another(page, my_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_data").symlink_to(my_data)
    names = {"__name__": "page", "ab": ab}
    for block in blocks(page, "python"):
        exec(compile(block, page, "exec"), names)


def commands():
    """Every call of automix-bench on the pages, without what follows as a comment."""
    for page in PAGES:
        for block in (*blocks(page, "sh"), *blocks(page, "text")):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == ["automix-bench"]:
                    yield pytest.param(words[1:], id=f"{page}: {' '.join(words[1:])}")


@pytest.mark.parametrize("words", list(commands()))
def test_commands_and_their_options_exist(words):
    name, *arguments = words
    command = get_command(cli.app).get_command(None, name)
    assert command is not None, f"no command {name}"
    while isinstance(command, click.Group):
        name, *arguments = arguments
        command = command.get_command(None, name)
        assert command is not None, f"no command {name}"
    if any("…" in word or word.isupper() for word in arguments):  # a pattern, not a call
        arguments = [word.strip("…") or "x" for word in arguments]
    command.make_context(name, arguments)
