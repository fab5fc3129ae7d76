"""Models in containers, with a stand-in for the runtime: no runtime is installed where tests run.

The stand-in checks the arguments and runs the model as a process of its own, as a runtime would.
"""

import json
import sys
import textwrap

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.errors import UsageError
from automix_bench.evaluation.entry import entry
from automix_bench.isolation import foreign_host
from automix_bench.isolation.box import OWN_PROCESS
from automix_bench.isolation.commands import read_command
from automix_bench.isolation.containers import Container
from automix_bench.isolation.live import LiveBrief
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.isolation.privileges import Limits
from automix_bench.model import Brief

DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"registry.example/mixers/half:1.0@{DIGEST}"
RNG = np.random.default_rng(0)
STEMS = {
    name: Audio((0.1 * RNG.standard_normal((2, 4_410))).astype(np.float32), 44_100)
    for name in ("bass", "drums-2", "vocals")
}
MIX = 0.5 * sum(stem.samples for stem in STEMS.values())
MODEL = """
    def answer(brief):
        return {"mix": 0.5 * sum(brief.stems.values())}

    def live(show):
        return lambda frame: 0.5 * sum(frame.values())
"""
STAND_IN = """#!{python}
import json, os, subprocess, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1] == "rm":
    sys.exit(0)
assert sys.argv[1] in ("run", "exec"), sys.argv
assert {expected!r} in sys.argv, "Unable to find image"
done = subprocess.run([{python!r}, {host!r}, {model!r}], env={{"PATH": "/usr/bin"}})
sys.exit(done.returncode)
"""
ASKED_OF_DOCKER = {
    "--rm",
    "--interactive",
    "--pull=never",
    "--network=none",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--user=65534:65534",
    "--ipc=none",
    "--log-driver=none",
    f"--memory={1 << 30}",
    f"--memory-swap={1 << 30}",
    "--pids-limit=1024",
}
ASKED_OF_APPTAINER = {
    "--containall",
    "--cleanenv",
    "--no-home",
    "--no-privs",
    "--net",
    "--network=none",
    f"--memory={1 << 30}",
}


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a stand-in; returns a reader of what it was called with."""

    def install(runtime, model=MODEL, expected=IMAGE):
        folder, log = tmp_path / "bin", tmp_path / "calls"
        folder.mkdir(exist_ok=True)
        (tmp_path / "in_image.py").write_text(textwrap.dedent(model))
        program = folder / runtime
        program.write_text(
            STAND_IN.format(
                python=sys.executable,
                log=str(log),
                expected=expected,
                host=foreign_host.__file__,
                model=str(tmp_path / "in_image.py"),
            )
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return lambda: [json.loads(line) for line in log.read_text().splitlines()]

    return install


def described(folder, **fields):
    folder.mkdir(exist_ok=True)
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in fields.items()]
    (folder / "model.toml").write_text("".join(lines))
    return folder / "model.toml"


@pytest.mark.parametrize("runtime", ["docker", "podman"])
@pytest.mark.parametrize("named", [True, False])
def test_a_container_answers_through_the_pipe_and_is_removed(tmp_path, installed, runtime, named):
    calls = installed(runtime)
    fields = {"runtime": runtime} if named else {}
    path = described(tmp_path / "mine", container=IMAGE, command=["mix", "--rm"], **fields)
    with ModelProcess(entry(str(path)).place, limits=Limits(memory=1 << 30)) as process:
        whole, live = process.ask(Brief(STEMS)), process.ask(LiveBrief(STEMS))
        assert process.state == OWN_PROCESS
        assert "socket" in process.lacking
    for reply in (whole, live):
        assert reply.failure == ""
        assert np.allclose(reply.answer.stems["mix"].samples, MIX, atol=1e-6)
        assert reply.cpu_seconds is None
        assert reply.peak_memory is None
    run, removed = calls()
    at = run.index(IMAGE)
    options, command = run[1:at], run[at + 1 :]
    assert run[0] == "run"
    assert set(options) >= ASKED_OF_DOCKER
    assert all(option.startswith("--") for option in options)
    assert not any(option.startswith(("--volume", "--mount", "--priv")) for option in options)
    assert command == ["mix", "--rm"]
    (name,) = [option.partition("=")[2] for option in options if option.startswith("--name=")]
    assert removed == ["rm", "--force", name]


@pytest.mark.parametrize("command", [[], ["mix"]])
def test_apptainer_runs_an_image_file_below_the_folder(tmp_path, installed, command):
    image = tmp_path / "mine" / "images" / "half.sif"
    image.parent.mkdir(parents=True)
    image.write_bytes(b"image 1")
    calls = installed("apptainer", expected=str(image))
    fields = {"container": "images/half.sif", "runtime": "apptainer"}
    path = described(tmp_path / "mine", **fields, **({"command": command} if command else {}))
    with ModelProcess(entry(str(path)).place, limits=Limits(memory=1 << 30)) as process:
        reply = process.ask(Brief(STEMS))
    assert np.allclose(reply.answer.stems["mix"].samples, MIX, atol=1e-6)
    (run,) = calls()
    at = run.index(str(image))
    assert run[0] == ("exec" if command else "run")
    assert set(run[1:at]) >= ASKED_OF_APPTAINER
    assert run[at + 1 :] == command
    first = entry(str(path)).key
    image.write_bytes(b"image 2")
    assert entry(str(path)).key != first


def test_a_crash_in_a_container_fails_its_item_and_leaves_none_behind(tmp_path, installed):
    calls = installed("docker", "import os\ndef answer(brief): os._exit(3)")
    path = described(tmp_path / "mine", container=IMAGE)
    with ModelProcess(entry(str(path)).place) as process:
        replies = [process.ask(Brief(STEMS)), process.ask(Brief(STEMS))]
    assert all("its process ended" in reply.failure for reply in replies)
    verbs = [call[0] for call in calls()]
    assert verbs == ["run", "rm", "run", "rm"]
    names = [next(word for word in call if "automix-bench-" in word) for call in calls()]
    assert len({name.removeprefix("--name=") for name in names}) == 2


def test_a_missing_image_is_told_when_the_model_is_loaded(tmp_path, installed):
    installed("docker", expected="another image")
    path = described(tmp_path / "mine", container=IMAGE)
    with (
        pytest.raises(UsageError, match="Unable to find image"),
        ModelProcess(entry(str(path)).place) as process,
    ):
        process.ask(Brief(STEMS))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"container": "half:latest"}, "expected an image by its digest"),
        ({"container": f"--privileged@{DIGEST}"}, "expected an image by its digest"),
        ({"container": f"-v/:/host@{DIGEST}"}, "expected an image by its digest"),
        ({"container": DIGEST[:-1]}, "expected an image by its digest"),
        ({"container": IMAGE, "runtime": "podman"}, "expected podman to be installed"),
        ({"container": IMAGE, "runtime": "rm"}, "runtime: expected one of docker, podman, appt"),
        ({"container": IMAGE, "exchange": "folder"}, "exchange: expected pipe for a container"),
        ({"container": IMAGE, "reads": ["x"]}, "reads: expected no such field beside container"),
        ({"container": IMAGE, "python": "p"}, "python: expected no such field beside container"),
        ({"command": ["sh"], "runtime": "docker"}, "runtime: expected beside container"),
    ],
)
def test_a_wrong_container_is_refused_by_its_field(tmp_path, installed, fields, reason):
    installed("docker")
    with pytest.raises(UsageError, match=reason) as caught:
        read_command(described(tmp_path / "mine", **fields))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("image", ["../half.sif", "/etc/passwd", "none.sif"])
def test_apptainer_runs_no_file_that_lies_elsewhere(tmp_path, installed, image):
    installed("apptainer")
    (tmp_path / "half.sif").write_bytes(b"x")
    with pytest.raises(UsageError, match="expected an image file below its folder"):
        read_command(described(tmp_path / "mine", container=image, runtime="apptainer"))


def test_without_a_runtime_the_line_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="expected docker, podman or apptainer to be installed"):
        read_command(described(tmp_path / "mine", container=IMAGE))


def test_a_program_of_the_stranger_s_folder_is_no_runtime(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    path = described(tmp_path / "mine", container=IMAGE, runtime="docker")
    (tmp_path / "mine" / "docker").write_text("#!/bin/sh\n")
    (tmp_path / "mine" / "docker").chmod(0o755)
    with pytest.raises(UsageError, match="expected docker to be installed, found none"):
        read_command(path)


def test_what_follows_the_image_is_no_option_of_the_runtime():
    container = Container("docker", "/usr/bin/docker", IMAGE, ("--privileged",))
    words = container.words(Limits(), "name")
    assert words.index("--privileged") > words.index(IMAGE)
