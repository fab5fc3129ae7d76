"""Put small errors into the code that decides a board, one at a time, and see which tests notice.

    python tests/mutate.py                                 200 errors over everything that decides
    python tests/mutate.py statistics dsp/loudness.py      over a room and a file
    python tests/mutate.py --count 50 --seed 3 --jobs 2 --out mutants.json

Each error goes into a copy of the checkout, never into the checkout itself. The tests that name the
changed module run until one fails: first those of the module's own room, then the others, the quick
ones first. An error that all of them pass has survived, and is printed as `file:line before →
after`. The exit code is 1 if fewer than `--least` of the errors were noticed.

Of the known programs for this, mutmut 3 leaves out functions with decorators and constants of
modules, which is where gates and thresholds are; cosmic-ray has one test command for all modules.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import queue
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.support.mutations import Mutation, mutations

ROOT = Path(__file__).parent.parent
PACKAGE = "automix_bench"
DECISIVE = """evaluation statistics scorecard.py listening_tests consoles music/duplicates.py
music/fingerprint.py dsp/loudness.py dsp/severity.py making/cut.py making/render.py
making/gain_search.py making/audible_draw.py""".split()
"""What decides a board; the metrics that rank are added by `ranking_files`."""
LEAST = 0.9
SLOWEST_S = 90.0
"""The least time that the tests of one file may take before they count as hanging."""
_WEIGHTS = {"constant moved": 3, "default changed": 3}
_COPIED = ("automix_bench", "recipes", "tests", "docs", "leaderboards", "data_cards", "speed")


@dataclass(frozen=True)
class Outcome:
    """What became of one error.

    Attributes:
        noticed_by: the test file that failed; empty if the error survived.
        seconds: how long the tests took.
    """

    mutation: Mutation
    noticed_by: str
    seconds: float


class Checkout:
    """A copy of the checkout, in which errors are made and tests are run."""

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        self.folder, self.root = folder, root
        ignored = shutil.ignore_patterns("*.pyc", ".hypothesis")
        for name in _COPIED:
            if (root / name).is_dir():
                shutil.copytree(root / name, folder / name, ignore=ignored)
        for path in root.iterdir():
            if path.is_file() and path.suffix in (".toml", ".md", ".py", ".txt", ".cff", ""):
                shutil.copy2(path, folder / path.name)

    def fails(self, tests: Sequence[str], limit_s: float, fresh_kernels: bool = False) -> bool:
        """Whether a test in these files fails, or they do not end in time.

        Raises:
            RuntimeError: the tests could not be run at all.
        """
        with tempfile.TemporaryDirectory() as cache:
            environment = {
                **os.environ,
                "PYTHONPATH": str(self.folder),
                "PYTHONDONTWRITEBYTECODE": "1",
                "AUTOMIX_BENCH_CACHE": f"{cache}/cache",
                **({"NUMBA_CACHE_DIR": f"{cache}/numba"} if fresh_kernels else {}),
            }
            command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
            command += ["-p", "no:xdist", "--hypothesis-seed=0", *tests]
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
            try:
                output, _ = process.communicate(timeout=limit_s)
            except subprocess.TimeoutExpired:
                return True
            finally:
                _end(process)
        if process.returncode in (0, 5):  # 5: every test of these files is marked slow
            return False
        if process.returncode in (1, 2):
            return True
        if process.returncode < 0:
            return True
        raise RuntimeError(f"pytest {' '.join(tests)}: exit code {process.returncode}:\n{output}")

    @contextmanager
    def changed_by(self, error: Mutation) -> Iterator[None]:
        """While it lasts, the error is in the copy."""
        path, original = self.folder / error.file, self.root / error.file
        path.write_bytes(error.applied(original.read_bytes()))
        try:
            yield
        finally:
            shutil.copy2(original, path)


def _end(process: subprocess.Popen[str]) -> None:
    """End a test run with all that it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def ranking_files() -> list[str]:
    """The files of the metrics that rank a task, and of the spectra and families they are made of,
    as paths in the package."""
    files: list[str] = []
    for task in sorted((ROOT / PACKAGE / "tasks").glob("[a-z]*.py")):
        found = re.search(r"metrics=\(\s*(\w+)", task.read_text(encoding="utf-8"))
        if found and (ROOT / PACKAGE / "metrics" / f"{found[1]}.py").is_file():
            files.append(f"metrics/{found[1]}.py")
    for file in list(files):
        text = (ROOT / PACKAGE / file).read_text(encoding="utf-8")
        names = re.findall(rf"from {PACKAGE}\.(dsp\.(?:spectra|families|hearing)\.\w+)", text)
        files += [f"{name.replace('.', '/')}.py" for name in names]
    return list(dict.fromkeys(files))


def sources(places: Iterable[str]) -> list[str]:
    """The files of rooms and files of the package, as paths in the checkout.

    Raises:
        SystemExit: there is no such room or file.
    """
    files: list[Path] = []
    for place in places:
        path = ROOT / PACKAGE / place.removeprefix(f"{PACKAGE}/")
        if not path.exists():
            raise SystemExit(f"{place}: expected a room or a file of {PACKAGE}/, got no such path")
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [str(path.relative_to(ROOT)) for path in dict.fromkeys(files)]


def chosen(files: Iterable[str], count: int, seed: int) -> list[Mutation]:
    """So many errors, one file after another in turn and each kind alike but constants three times as often. A smaller count gives the
    first of a larger one."""
    draw = random.Random(seed)
    points = {file: mutations((ROOT / file).read_bytes(), file) for file in files}
    by_kind: dict[str, dict[str, list[Mutation]]] = {}
    for file, of in points.items():
        for mutation in draw.sample(of, len(of)):
            by_kind.setdefault(file, {}).setdefault(mutation.operator, []).append(mutation)
    errors: list[Mutation] = []
    while by_kind and len(errors) < count:
        for file in draw.sample(sorted(by_kind), len(by_kind)):
            kinds = sorted(by_kind[file])
            (kind,) = draw.choices(kinds, [_WEIGHTS.get(kind, 1) for kind in kinds])
            errors.append(by_kind[file][kind].pop())
            by_kind[file] = {name: rest for name, rest in by_kind[file].items() if rest}
        by_kind = {file: kinds for file, kinds in by_kind.items() if kinds}
    return errors[:count]


def tests_of(file: str) -> list[str]:
    """The test files for a source: those of its own room, and those that name its module or, of a
    plug-in, its name in quotes."""
    parts = Path(file).relative_to(PACKAGE).with_suffix("").parts
    room, name = (parts[0] if len(parts) > 1 else ""), parts[-1]
    dotted = ".".join((PACKAGE, *parts))
    by_name = room in ("metrics", "tasks", "models")
    own, others = [], []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        test = str(path.relative_to(ROOT))
        is_named = dotted in _imported(text) or (by_name and f'"{name}"' in text)
        if room and path.parent.name == room:
            own.append((not is_named, test))
        elif is_named:
            others.append(test)
    return [test for _, test in sorted(own)] + others


def _imported(text: str) -> set[str]:
    """The dotted names that a test file imports, of modules and of what is in them."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


class Runner:
    """Runs errors against tests, in one copy of the checkout a job.

    Attributes:
        seconds: how long each test file took when it passed, as far as that is known.
    """

    def __init__(self, folder: Path, jobs: int, own_room_only: bool) -> None:
        self.seconds: dict[str, float] = {}
        self._own_room_only = own_room_only
        self._checkouts: queue.SimpleQueue[Checkout] = queue.SimpleQueue()
        for job in range(jobs):
            self._checkouts.put(Checkout(folder / str(job)))
        self._passing, self._one_at_a_time = Checkout(folder / "unchanged"), threading.Lock()

    def outcomes(self, errors: Sequence[Mutation], jobs: int) -> Iterator[Outcome]:
        """Every error with what became of it, in order, as they end."""
        with ThreadPoolExecutor(jobs) as threads:
            yield from threads.map(self._outcome, errors)

    def _outcome(self, error: Mutation) -> Outcome:
        checkout, begun = self._checkouts.get(), time.monotonic()
        try:
            # Kernels that numba stored were compiled from the right source.
            compiled = b"dsp.compiled" in (ROOT / error.file).read_bytes()
            with checkout.changed_by(error):
                for test in self._plan(error.file):
                    limit_s = max(SLOWEST_S, 4.0 * self.seconds.get(test, SLOWEST_S))
                    start = time.monotonic()
                    if checkout.fails([test], limit_s, fresh_kernels=compiled):
                        self._demand_passing(test)
                        return Outcome(error, test, time.monotonic() - begun)
                    self.seconds[test] = time.monotonic() - start
        finally:
            self._checkouts.put(checkout)
        return Outcome(error, "", time.monotonic() - begun)

    def _plan(self, file: str) -> list[str]:
        """The test files for a source: its own room first, then the others; those that name it
        first, then the quick ones."""
        parts = Path(file).relative_to(PACKAGE).parts
        dotted = ".".join((PACKAGE, *Path(*parts).with_suffix("").parts))

        def rank(test: str) -> tuple[bool, bool, float]:
            text = (ROOT / test).read_text(encoding="utf-8")
            unknown = text.count("\n") / 20.0
            is_elsewhere = Path(test).parent.name != parts[0]
            return is_elsewhere, dotted not in _imported(text), self.seconds.get(test, unknown)

        ordered = sorted(tests_of(file), key=rank)
        return [t for t in ordered if not (self._own_room_only and rank(t)[0])] or ordered

    def _demand_passing(self, test: str) -> None:
        """Raises SystemExit where a test fails without an error in the code too."""
        with self._one_at_a_time:
            if test in self.seconds:
                return
            start = time.monotonic()
            if self._passing.fails([test], 20.0 * SLOWEST_S):
                raise SystemExit(f"{test} fails without an error in the code: mend that first")
            self.seconds[test] = time.monotonic() - start


def table(outcomes: Sequence[Outcome]) -> str:
    """How many errors were made and noticed, by file and by kind, and the survivors."""
    lines = []
    for title, key in (
        ("file", lambda o: o.mutation.file),
        ("kind of error", lambda o: o.mutation.operator),
    ):
        made, noticed = (
            Counter(map(key, outcomes)),
            Counter(key(o) for o in outcomes if o.noticed_by),
        )
        lines += ["", f"{title:48} noticed  made"]
        lines += [f"{name:48} {noticed[name]:7} {made[name]:5}" for name in sorted(made)]
    survivors = [outcome.mutation for outcome in outcomes if not outcome.noticed_by]
    lines += ["", f"{len(survivors)} survived:", *map(str, survivors)]
    share = 1.0 - len(survivors) / len(outcomes)
    lines += ["", f"{len(outcomes) - len(survivors)} of {len(outcomes)} noticed ({share:.1%})"]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("places", nargs="*", help="rooms and files of the package")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--least", type=float, default=LEAST, help="share that must be noticed")
    parser.add_argument("--out", type=Path, help="a JSON file of all outcomes")
    parser.add_argument("--own-room", action="store_true", help="run no tests of other rooms")
    parser.add_argument("--list", action="store_true", help="print the errors, run nothing")
    given = parser.parse_args(arguments)
    errors = chosen(sources(given.places or [*DECISIVE, *ranking_files()]), given.count, given.seed)
    if given.list:
        print("\n".join(map(str, errors)))
        return 0
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        runner = Runner(Path(folder), given.jobs, given.own_room)
        for outcome in runner.outcomes(errors, given.jobs):
            outcomes.append(outcome)
            verdict = f"noticed by {outcome.noticed_by}" if outcome.noticed_by else "SURVIVED"
            number = f"{len(outcomes)}/{len(errors)}"
            print(f"{number} {outcome.seconds:.0f} s {outcome.mutation}: {verdict}", flush=True)
            if given.out:
                given.out.write_text(json.dumps([asdict(o) for o in outcomes], indent=1) + "\n")
    print(table(outcomes))
    noticed = sum(bool(outcome.noticed_by) for outcome in outcomes)
    return 0 if noticed >= given.least * len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
