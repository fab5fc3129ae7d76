"""Models in other languages, run from the text of the documentation."""

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.errors import UnknownPlugin, UsageError
from automix_bench.evaluation.entry import entry
from automix_bench.isolation.commands import read_command
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.isolation.privileges import Limits
from automix_bench.model import Brief

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = dict(BLOCK.findall((DOCS / "model-protocol.md").read_text(encoding="utf-8")))
RNG = np.random.default_rng(0)
STEMS = {
    name: Audio((0.1 * RNG.standard_normal((2, 4_410))).astype(np.float32), 44_100)
    for name in ("bass", "drums-2", "vocals")
}
MIX = 0.5 * sum(stem.samples for stem in STEMS.values())


def asked(path, brief, **limits):
    with ModelProcess(entry(str(path)).place, limits=Limits(**limits)) as process:
        replies = [process.ask(brief), process.ask(brief)]
    return replies


def written(folder, language, **values):
    for name, text in FILES.items():
        if name.startswith(f"{language}/"):
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            for key, value in values.items():
                text = text.replace(key, value)
            path.write_text(text)
    return folder / language / "model.toml"


def mixes_by_half(path, tolerance=1e-6):
    for reply in asked(path, Brief(STEMS)):
        assert reply.failure == "", reply.failure
        mix = reply.answer.stems["mix"]
        assert mix.rate == 44_100
        assert np.allclose(mix.samples, MIX, atol=tolerance)


@pytest.mark.skipif(not shutil.which("sox"), reason="SoX is not installed")
def test_a_shell_script(tmp_path):
    mixes_by_half(written(tmp_path, "shell"))


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
def test_javascript_through_the_pipe(tmp_path):
    mixes_by_half(written(tmp_path, "javascript"))


def test_another_python(tmp_path):
    """A virtual environment that has numpy and nothing else."""
    import venv

    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    packages = next((tmp_path / "venv").glob("lib/python*/site-packages"))
    for name in ("numpy", "numpy.libs"):
        source = Path(np.__file__).parent.parent / name
        if source.exists():
            (packages / name).symlink_to(source)
    python = tmp_path / "venv" / "bin" / "python"
    probe = [python, "-c", "import automix_bench"]
    done = subprocess.run(probe, capture_output=True, check=False, cwd=tmp_path)
    assert done.returncode != 0
    mixes_by_half(written(tmp_path, "other", PYTHON=str(python)))


def test_a_ten_line_python_model_from_the_docs(tmp_path):
    text = (DOCS / "your-own-model.md").read_text(encoding="utf-8")
    code = next(re.finditer(r"```python\n(.*?)```", text, re.DOTALL)).group(1)
    path = tmp_path / "my_model.py"
    path.write_text('__all__ = ["my_model"]\n' + code)
    mixes_by_half(path)


def script(folder, body, exchange="folder", **fields):
    folder.mkdir(exist_ok=True)
    (folder / "run.py").write_text(textwrap.dedent(body))
    lines = {"command": [sys.executable, "run.py"], "exchange": exchange, **fields}
    (folder / "model.toml").write_text("".join(f"{k} = {v!r}\n" for k, v in lines.items()))
    return folder / "model.toml"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import sys; sys.exit('no idea')", "exit code 1: no idea"),
        ("", ""),
        ("import sys; open(sys.argv[2] + '/mix.wav', 'w').write('x')", "mix.wav: "),
        ("import sys; open(sys.argv[2] + '/A B.wav', 'w').write('x')", "A B.wav: expected a name"),
        ("import sys; open(sys.argv[2] + '/answer.json', 'w').write('[')", "answer.json: expected"),
        ("import sys; open(sys.argv[2] + '/answer.json', 'w').write('[]')", "expected an object"),
    ],
)
def test_a_program_that_does_not_answer_fails_with_its_reason(tmp_path, body, reason):
    for reply in asked(script(tmp_path / "mine", body), Brief(STEMS)):
        if reason:
            assert reply.answer is None
            assert reason in reply.failure
        else:
            assert reply.answer.stems == {}


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"hello, world", "expected a message that begins with"),
        (b"ABM1\xff\xff\xff\xff", "expected a head of at most"),
        (b"ABM1\x02\x00\x00\x00[]", "expected a head that is an object"),
        (b'ABM1\x0c\x00\x00\x00{"type": "x"', "expected a head in JSON"),
        (b'ABM1\x0e\x00\x00\x00{"type": "no"}', "expected a message that it is ready"),
    ],
)
def test_what_is_no_message_ends_the_loading(tmp_path, sent, reason):
    path = script(
        tmp_path / "mine", f"import os, time\nos.write(1, {sent!r})\ntime.sleep(60)", "pipe"
    )
    with pytest.raises(UsageError, match=reason):
        asked(path, Brief(STEMS), load_seconds=20.0)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"sounds": 3}, "sounds: expected a list"),
        ({"sounds": [3]}, "expected objects"),
        ({"sounds": [{"name": "mix"}]}, "rate must be a whole number"),
        ({"sounds": [{"name": "m", "rate": 1, "channels": 64, "samples": 1 << 39}]}, "at most"),
        ({"sounds": [{"name": "m", "rate": 1, "channels": 1, "samples": 50_000_000}]}, "at most"),
        ({"sounds": [], "values": [1]}, "values: expected an object of numbers"),
        ({"sounds": [], "values": {"a": "b"}}, "values: expected finite numbers"),
        ({"sounds": [], "console": 3}, "console: expected an object"),
        ({"sounds": [], "console": {"strips": 1, "bus": []}}, "console: "),
        ({"sounds": [], "type": "brief"}, "expected a message of type answer"),
    ],
)
def test_a_wrong_answer_fails_that_brief_in_one_line(tmp_path, answer, reason):
    head = {"type": "answer", "values": {}, "console": None, **answer}
    body = f"""
        import json, struct, sys, time
        def send(head):
            content = json.dumps(head).encode()
            sys.stdout.buffer.write(struct.pack("<4sI", b"ABM1", len(content)) + content)
            sys.stdout.buffer.flush()
        send({{"type": "ready", "protocol": 1}})
        sys.stdin.buffer.read(8)
        send({head!r})
        time.sleep(60)
    """
    with ModelProcess(entry(str(script(tmp_path / "mine", body, "pipe"))).place) as process:
        reply = process.ask(Brief({"a": STEMS["bass"].excerpt(0, 10)}))
    assert reply.answer is None
    assert reason in reply.failure
    assert len(reply.failure.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title = 3", "title: expected a text"),
        ("", "expected either command, or python and model"),
        ('command = ["node", "x"]\npython = "p"', "expected either command, or python"),
        ('command = "node"', "command: expected a list of texts"),
        ("command = []", "command: expected a list of texts"),
        ('command = ["no-such-program-anywhere"]', "expected a program, found nothing"),
        ('command = ["sh"]\nexchange = "mail"', "exchange: expected one of pipe, folder"),
        ('command = ["sh"]\nreads = ["nothing here"]', "reads: expected a file or a folder"),
        ('command = ["sh"]\ncolour = "red"', "colour: expected one of the fields"),
        ('python = "sh"', "model: expected the file of a model"),
        ("= = =", "in TOML"),
    ],
)
def test_a_wrong_description_is_refused_by_its_field(tmp_path, text, reason):
    path = tmp_path / "model.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=reason) as caught:
        read_command(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_no_description_is_an_unknown_model(tmp_path):
    with pytest.raises(UnknownPlugin, match="no plug-in file at"):
        entry(str(tmp_path / "model.toml"))


def test_an_edited_file_beside_a_program_makes_another_model(tmp_path):
    path = script(tmp_path / "mine", "import helper")
    (tmp_path / "mine" / "helper.py").write_text("GAIN = 1")
    first = entry(str(path))
    (tmp_path / "mine" / "helper.py").write_text("GAIN = 2")
    assert entry(str(path)).key != first.key


@pytest.mark.parametrize("named", ["../songs", "."])
def test_a_program_reads_what_lies_below_its_folder_or_what_the_user_says(tmp_path, named):
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs" / "a.wav").write_text("x")
    path = script(tmp_path / "mine", "pass", reads=[named])
    with pytest.raises(UsageError, match=r"expected weights below the folder .* --model-reads"):
        entry(str(path))
    if named != ".":
        place = entry(str(path), reads=[tmp_path / "songs"]).place
        assert (tmp_path / "songs").resolve() in place.read


def test_neither_an_argument_nor_a_link_nor_a_forged_environment_opens_a_folder(tmp_path):
    songs = tmp_path / "songs"
    (songs / "bin").mkdir(parents=True)
    (songs / "a.wav").write_text("x")
    mine = tmp_path / "mine"
    path = script(mine, "pass")
    (mine / "link.wav").symlink_to(songs / "a.wav")
    (mine / "bin").mkdir()
    (mine / "bin" / "python").symlink_to(sys.executable)
    (mine / "pyvenv.cfg").write_text(f"home = {songs / 'bin'}\n")
    command = ["bin/python", "run.py", str(songs / "a.wav")]
    path.write_text(f"command = {command!r}\n")
    read = entry(str(path)).place.read
    assert not any(songs.is_relative_to(p) or p.resolve().is_relative_to(songs) for p in read)


def test_an_edited_program_is_another_model(tmp_path):
    path = script(tmp_path / "mine", "pass", title="mine")
    first = entry(str(path))
    assert first.title == "mine"
    (tmp_path / "mine" / "run.py").write_text("pass  # edited")
    assert entry(str(path)).key != first.key
