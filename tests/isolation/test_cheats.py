"""Models that look for the answer, or for a way out: each finds nothing, and the next brief is
answered as if nothing had been."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.isolation.box import BOXED, why_no_box
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.isolation.privileges import Limits
from automix_bench.isolation.process_tree import descendants
from automix_bench.isolation.running import ModelPlace
from automix_bench.model import Brief
from tests.isolation.hostile import CHEATS, HARM, model_file

boxed_only = pytest.mark.skipif(bool(why_no_box()), reason=why_no_box())
SHORT = Audio(np.full((2, 4_410), 0.25, np.float32), 44_100)
PLAIN = Brief({"a": SHORT, "b": SHORT})
NOW = Brief({"a": SHORT, "b": SHORT}, text="now")
LIMITS = Limits(
    memory=2 << 30, file_bytes=64 << 20, printed=8 << 20, processes=32, item_seconds=20.0
)


def process(path, **changed):
    limits = Limits(**{**vars(LIMITS), **changed})
    return ModelProcess(ModelPlace(str(path), path.name, (path,)), limits=limits)


@pytest.fixture(scope="module")
def cheats(tmp_path_factory):
    """What each cheat's error says, from one process for all of them."""
    folder = tmp_path_factory.mktemp("models")
    secret = tmp_path_factory.mktemp("data") / "SECRET.txt"
    secret.write_text("the answer")
    os.environ["AUTOMIX_SECRET"] = "SECRET"
    targets = {"SECRET": SHORT}
    failures = {}
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for name, body in CHEATS.items():
            values = {"secret": str(secret), "parent": os.getpid(), "port": port}
            with process(model_file(folder, name, body, **values)) as model:
                reply = model.ask(NOW)
                again = model.ask(PLAIN)
                failures[name] = (reply, again, model.state)
    del os.environ["AUTOMIX_SECRET"]
    assert targets
    return failures


@boxed_only
@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_finds_nothing(cheats, name):
    reply, again, state = cheats[name]
    assert state == BOXED
    assert "GOT IT" not in reply.failure
    if name not in ("callers_frames", "every_object"):
        assert reply.answer is None
        assert "Permission" in reply.failure, reply.failure
    assert np.array_equal(again.answer.stems["mix"].samples, 2 * SHORT.samples)


@pytest.fixture
def open_folder():
    """A folder that every user may read; the folders of pytest are for one user."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@boxed_only
def test_as_an_ordinary_user(open_folder):
    """The same from a harness without any right of root: none is needed to stop a cheat."""
    script = open_folder / "as_user.py"
    script.write_text(AS_USER)
    secret = open_folder / "data" / "SECRET.txt"
    secret.parent.mkdir(mode=0o755)
    secret.write_text("the answer")
    names = ("data_set_on_disk", "socket", "memory_of_the_parent", "kills_the_harness")
    values = {"secret": str(secret), "parent": os.getpid(), "port": 9}
    paths = [model_file(open_folder, f"cheat_{name}", CHEATS[name], **values) for name in names]
    other = {"user": 65534} if os.getuid() == 0 and _readable_by_all() else {}
    done = subprocess.run(
        [sys.executable, str(script), *map(str, paths)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        **other,
    )
    assert done.returncode == 0, done.stderr
    assert "GOT IT" not in done.stdout
    assert done.stdout.count("PermissionError:") == len(names), done.stdout


def _readable_by_all():
    """Whether another user can run this Python."""
    try:
        return subprocess.run([sys.executable, "-c", ""], user=65534).returncode == 0
    except PermissionError:
        return False


AS_USER = """
import platform
import sys
import numpy as np
from pathlib import Path
from automix_bench.audio import Audio
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.isolation.running import ModelPlace
from automix_bench.isolation.privileges import drop_capabilities
from automix_bench.model import Brief

drop_capabilities(platform.machine())
sound = Audio(np.full((2, 441), 0.25, np.float32), 44_100)
for name in sys.argv[1:]:
    with ModelProcess(ModelPlace(name, name, (Path(name),))) as model:
        print(model.ask(Brief({"a": sound}, text="now")).failure)
        assert model.state == "boxed", model.lacking
"""


WHY = {
    "crashes": "was ended by SIGSEGV",
    "exits": "ended with exit code 0",
    "sleeps": "took longer than 2 s",
    "takes_memory": "MemoryError",
    "touches_memory": "more than 1024 MiB of memory",
    "prints": "printed more than 8 MiB",
    "forks": "more than 32 processes",
    "leaves_a_daemon": "ended with exit code 3",
    "writes_a_file": "",
    "writes_many_files": "more than 64 MiB to its folder",
    "closes_everything": "",
    "talks_nonsense": "no answer of the protocol",
    "leaves_a_thread": "RuntimeError: done",
    "changes_folder": "RuntimeError: done",
    "closes_stdout": "RuntimeError: done",
    "raises_exit": "SystemExit: 0",
    "recurses": "RecursionError",
}


@pytest.mark.parametrize("name", HARM)
def test_harm_fails_one_brief(tmp_path, name):
    seconds = 2.0 if name in ("sleeps", "closes_everything") else 60.0
    memory = 1 << 30 if name == "touches_memory" else 4 << 30
    path = model_file(tmp_path, name, HARM[name])
    before = set(descendants(os.getpid()))
    with process(path, item_seconds=seconds, memory=memory) as model:
        reply = model.ask(NOW)
        assert reply.answer is None
        assert WHY[name] in reply.failure, reply.failure
        again = model.ask(PLAIN)
        assert np.array_equal(again.answer.stems["mix"].samples, 2 * SHORT.samples)
    assert set(descendants(os.getpid())) <= before
