"""Put small errors into the code that decides a board, one at a time, and see which tests notice.

    python tests/mutate.py                                 200 errors over everything that decides
    python tests/mutate.py statistics dsp/loudness.py      over a room and a file
    python tests/mutate.py --count 50 --seed 3 --jobs 2 --out mutants.json     goes on where it was

Each error goes into a copy of the checkout, never into the checkout itself. Those tests run that
call the changed function: first of the files of the module's own room that name the module, then of
files of other rooms that do; in each the quick tests first, until one fails or those that are left
would take longer than `--longest`. An error that all of them pass has survived, and is printed as
`file:line before → after`. The exit code is 1 if fewer
than `--least` of the errors were noticed. Errors that change no result are not made: see
`tests/support/equivalent_errors.py`.

Of the known programs for this, mutmut 3 leaves out functions with decorators, and cosmic-ray has
one test command for all modules.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
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
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.support.equivalent_errors import is_equivalent
from tests.support.mutations import Mutation, mutations

ROOT = Path(__file__).parent.parent
PACKAGE = "automix_bench"
DECISIVE = [
    "evaluation",
    "statistics",
    "scorecard.py",
    "untrusted/scorecard_record.py",
    "listening_tests",
    "consoles",
    "music/duplicates.py",
    "music/fingerprint.py",
    "dsp/loudness.py",
    "dsp/severity.py",
    "making/cut.py",
    "making/render.py",
    "making/gain_search.py",
    "making/audible_draw.py",
]
"""What decides a board; the metrics that rank are added by `ranking_files`."""
LEAST = 0.9
SLOWEST_S = 90.0
"""How long one test may take before it counts as hanging."""
_WEIGHTS = {"constant moved": 3, "default changed": 3}
_COPIED = (
    "automix_bench",
    "recipes",
    "tests",
    "docs",
    "leaderboards",
    "data_cards",
    "experiments",
    "notebooks",
    "runners",
    "speed",
    ".github",
)


@dataclass(frozen=True)
class Outcome:
    """What became of one error.

    Attributes:
        noticed_by: the test file that failed; empty if the error survived.
        seconds: how long the tests took.
        left_out: how many tests that call the function were not run, as they take too long.
    """

    mutation: Mutation
    noticed_by: str
    seconds: float
    left_out: int = 0


class Checkout:
    """A copy of the checkout, in which errors are made and tests are run."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder, self.root = folder, root
        ignored = shutil.ignore_patterns("*.pyc", ".hypothesis")
        for name in _COPIED:
            if (root / name).is_dir():
                shutil.copytree(root / name, folder / name, ignore=ignored)
        for path in root.iterdir():
            if path.is_file() and path.suffix in (".toml", ".md", ".py", ".txt", ".cff", ""):
                shutil.copy2(path, folder / path.name)

    def failure(
        self,
        tests: Sequence[str],
        limit_s: float,
        fresh_kernels: bool = False,
        record: Path | None = None,
    ) -> str:
        """The first of these tests (files, or ids) that fails; empty if all pass.

        Args:
            limit_s: tests that take longer hang, and count as failed.
            fresh_kernels: whether everything is compiled anew.
            record: a file for what each test calls.

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
                **({"AUTOMIX_BENCH_CALLS": f"{cache}/calls"} if record else {}),
            }
            command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
            command += ["-p", "no:xdist", "--hypothesis-seed=0", "-W", "ignore"]
            if not record:  # a test that hangs ends the process with exit code 1
                command += ["-o", f"faulthandler_timeout={SLOWEST_S:.0f}"]
                command += ["-o", "faulthandler_exit_on_timeout=true"]
            command += ["-p", "tests.support.call_recorder"] if record else []
            process = subprocess.Popen(
                [*command, *tests],
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
                return f"{tests[0]} … (no end in {limit_s:.0f} s)"
            finally:
                _end(process)
            if record and process.returncode in (0, 5):
                shutil.move(f"{cache}/calls", record)
        if process.returncode in (0, 5):  # 5: every test of these files is marked slow
            return ""
        # 4: a test is not found, as its file cannot be imported any more.
        gone = process.returncode == 4 and not record and "ERROR collecting" in output
        if gone or process.returncode in (1, 2) or process.returncode < 0:
            failed = re.search(r"^(?:FAILED|ERROR) (\S+)", output, re.M)
            return failed[1] if failed else tests[0]
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
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ranking_files(root: Path) -> list[str]:
    """The files of the metrics that rank a task, and of the spectra and families they are made of,
    as paths in the package."""
    files: list[str] = []
    for room in ("tasks", "task_parts"):
        for task in sorted((root / PACKAGE / room).glob("[a-z]*.py")):
            text = task.read_text(encoding="utf-8")
            found = re.search(r"(?:metrics=|METRICS[^=\n]*= )\(\s*(\w+)", text)
            if found and (root / PACKAGE / "metrics" / f"{found[1]}.py").is_file():
                files.append(f"metrics/{found[1]}.py")
    for file in files:  # which grows: what a spectrum is made of counts too
        text = (root / PACKAGE / file).read_text(encoding="utf-8")
        names = re.findall(rf"from {PACKAGE}\.(dsp\.(?:spectra|families|hearing)\.\w+)", text)
        files += [own for name in names if (own := f"{name.replace('.', '/')}.py") not in files]
    return list(dict.fromkeys(files))


def sources(places: Iterable[str], root: Path) -> list[str]:
    """The files of rooms and files of the package, as paths in the checkout.

    Raises:
        SystemExit: there is no such room or file.
    """
    files: list[Path] = []
    for place in places:
        path = root / PACKAGE / place.removeprefix(f"{PACKAGE}/")
        if not path.exists():
            raise SystemExit(f"{place}: expected a room or a file of {PACKAGE}/, got no such path")
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [str(path.relative_to(root)) for path in dict.fromkeys(files)]


def chosen(files: Iterable[str], count: int, seed: int, root: Path) -> list[Mutation]:
    """So many errors, one file after another in turn, and each kind alike but constants three times
    as often. A smaller count gives the first of a larger one."""
    draw = random.Random(seed)
    points = {
        file: [e for e in mutations((root / file).read_bytes(), file) if not is_equivalent(e)]
        for file in files
    }
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


def tests_of(file: str, root: Path) -> tuple[list[str], list[str]]:
    """The test files for a source: of its own room those that name its module, or all if none does,
    and those of everything in the room; and those of other rooms that name it. A plug-in is named
    by its name in quotes too."""
    parts = Path(file).relative_to(PACKAGE).with_suffix("").parts
    tests = [str(path.relative_to(root)) for path in sorted((root / "tests").rglob("test_*.py"))]
    room = [test for test in tests if len(parts) > 1 and test.split("/")[1] == parts[0]]
    named = [test for test in tests if _names(root / test, file)]
    of_all = [test for test in room if Path(test).name.startswith("test_every_")]
    own = [test for test in room if test in named] or room
    own = list(dict.fromkeys([*own, *of_all]))
    others = [test for test in named if test not in own]
    return (own, others) if own else (others, [])


@cache
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

    Args:
        unchanged: a copy that stays without an error; the others are made beside it.
        records: where it is kept which test calls what; the next run on the same code uses it.
        quick: whether tests of other rooms are left out.
        longest_s: the seconds of the tests that are run for an error, of its own room and of
            others each, as they took without it.

    Attributes:
        code: a digest of the package and of what its tests share.
    """

    def __init__(
        self, unchanged: Checkout, jobs: int, records: Path, quick: bool, longest_s: float
    ) -> None:
        self._records, self._quick, self._longest_s = records, quick, longest_s
        self._free: queue.SimpleQueue[Checkout] = queue.SimpleQueue()
        for job in range(jobs):
            beside = unchanged.folder.with_name(f"changed-{job}")
            self._free.put(Checkout(beside, unchanged.folder))
        self._unchanged = unchanged
        self._recording: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._calls: dict[str, dict[str, Any]] = {}
        self.code = _digest([unchanged.folder / PACKAGE, unchanged.folder / "tests" / "support"])

    def outcomes(self, errors: Sequence[Mutation], jobs: int) -> Iterator[Outcome]:
        """Every error with what became of it, in order, as they end."""
        with ThreadPoolExecutor(jobs) as threads:
            yield from threads.map(self._outcome, errors)

    def _outcome(self, error: Mutation) -> Outcome:
        own, others = tests_of(error.file, self._unchanged.folder)
        # Kernels that numba stored were compiled from the right source.
        compiled = b"dsp.compiled" in (self._unchanged.folder / error.file).read_bytes()
        checkout, begun, left_out = self._free.get(), time.monotonic(), 0
        try:
            with checkout.changed_by(error):
                for files in (own,) if self._quick else (own, others):
                    calling = self._tests_that_call(error, files)
                    seconds = within(calling, self._longest_s)
                    left_out += len(calling) - len(seconds)
                    limit_s = SLOWEST_S + 5.0 * sum(seconds.values())
                    failed = seconds and checkout.failure(list(seconds), limit_s, compiled)
                    if failed:
                        return Outcome(error, failed, time.monotonic() - begun)
        finally:
            self._free.put(checkout)
        return Outcome(error, "", time.monotonic() - begun, left_out)

    def _tests_that_call(self, error: Mutation, files: Sequence[str]) -> dict[str, float]:
        """The tests that call the function in which the error is, or, where it is in none, any
        function of its file, with their seconds: the quick ones first."""
        source = (self._unchanged.folder / error.file).read_bytes()
        place = error.file.removeprefix(f"{PACKAGE}/")
        lines = function_lines(source, error.line)
        seconds: dict[str, float] = {}
        for file in files:
            for test, record in self._record(file).items():
                calls = {call for call in record["calls"] if call.startswith(f"{place}:")}
                if calls & {f"{place}:{line}" for line in lines} or (calls and not lines):
                    seconds[test] = record["seconds"]
        return dict(sorted(seconds.items(), key=lambda each: each[1]))

    def _record(self, file: str) -> dict[str, Any]:
        """Which functions each test of a file calls.

        Raises:
            SystemExit: a test fails without an error in the code.
        """
        with self._recording[file]:  # other jobs record other files meanwhile
            if file not in self._calls:
                path = (
                    self._records / f"{self.code}-{_digest([self._unchanged.folder / file])}.json"
                )
                if not path.is_file():
                    self._records.mkdir(parents=True, exist_ok=True)
                    if failed := self._unchanged.failure([file], 20.0 * SLOWEST_S, record=path):
                        raise SystemExit(f"{failed} fails without an error: mend that first")
                self._calls[file] = json.loads(path.read_text(encoding="utf-8"))
            return self._calls[file]


def within(seconds: Mapping[str, float], longest_s: float) -> dict[str, float]:
    """The first tests that together take no longer than `longest_s`."""
    sums = accumulate(seconds.values())
    return {
        test: own
        for (test, own), total in zip(seconds.items(), sums, strict=True)
        if total <= longest_s
    }


def function_lines(source: bytes, line: int) -> list[int]:
    """The first line of the innermost function around a line, with and without its decorators;
    none for a line outside of functions, or in the head of one, or in a compiled one, whose calls
    are not seen."""
    around = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        and node.body[0].lineno <= line <= (node.end_lineno or 0)
    ]
    if not around:
        return []
    innermost = max(around, key=lambda node: node.lineno)
    if any(isinstance(one, ast.Name) and one.id == "compiled" for one in innermost.decorator_list):
        return []
    return [innermost.lineno, *(decorator.lineno for decorator in innermost.decorator_list)]


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _names(test: Path, file: str) -> bool:
    """Whether a test file names the module, or the plug-in, of a source."""
    parts = Path(file).relative_to(PACKAGE).with_suffix("").parts
    text = test.read_text(encoding="utf-8")
    is_plug_in = parts[0] in ("metrics", "tasks", "models")
    return ".".join((PACKAGE, *parts)) in _imported(text) or (
        is_plug_in and f'"{parts[-1]}"' in text
    )


def table(outcomes: Sequence[Outcome]) -> str:
    """How many errors were made and noticed, by file and by kind, and the survivors."""
    lines = []
    for title, key in (
        ("file", lambda o: o.mutation.file),
        ("kind of error", lambda o: o.mutation.operator),
    ):
        made = Counter(key(o) for o in outcomes)
        noticed = Counter(key(o) for o in outcomes if o.noticed_by)
        lines += ["", f"{title:48} noticed  made"]
        lines += [f"{name:48} {noticed[name]:7} {made[name]:5}" for name in sorted(made)]
    survivors = [outcome for outcome in outcomes if not outcome.noticed_by]
    lines += ["", f"{len(survivors)} survived:", *map(_survivor, survivors)]
    share = 1.0 - len(survivors) / len(outcomes)
    lines += ["", f"{len(outcomes) - len(survivors)} of {len(outcomes)} noticed ({share:.1%})"]
    return "\n".join(lines)


def _survivor(outcome: Outcome) -> str:
    slow = f" ({outcome.left_out} slow tests not run)" if outcome.left_out else ""
    return f"{outcome.mutation}{slow}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("places", nargs="*", help="rooms and files of the package")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--least", type=float, default=LEAST, help="share that must be noticed")
    parser.add_argument("--out", type=Path, help="a JSON file of all outcomes: goes on from it")
    parser.add_argument("--records", type=Path, help="a folder that keeps which test calls what")
    parser.add_argument(
        "--longest", type=float, default=300.0, help="seconds of tests for an error, by room"
    )
    parser.add_argument("--quick", action="store_true", help="no tests of other rooms")
    parser.add_argument("--list", action="store_true", help="print the errors, run nothing")
    given = parser.parse_args(arguments)
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        unchanged = Checkout(Path(folder) / "unchanged", ROOT)
        root = unchanged.folder
        files = sources(given.places or [*DECISIVE, *ranking_files(root)], root)
        errors = chosen(files, given.count, given.seed, root)
        if given.list:
            print("\n".join(map(str, errors)))
            return 0
        records = given.records or Path(folder) / "records"
        runner = Runner(unchanged, given.jobs, records, given.quick, given.longest)
        noticed = noticed_before(given.out, runner.code)
        outcomes += [noticed[error] for error in errors if error in noticed]
        errors_left = [error for error in errors if error not in noticed]
        for outcome in runner.outcomes(errors_left, given.jobs):
            outcomes.append(outcome)
            verdict = f"noticed by {outcome.noticed_by}" if outcome.noticed_by else "SURVIVED"
            number = f"{len(outcomes)}/{len(errors)}"
            print(f"{number} {outcome.seconds:.0f} s {_survivor(outcome)}: {verdict}", flush=True)
            if given.out:
                record = {"code": runner.code, "outcomes": [asdict(o) for o in outcomes]}
                given.out.write_text(json.dumps(record, indent=1) + "\n")
    print(table(outcomes))
    count = sum(bool(outcome.noticed_by) for outcome in outcomes)
    return 0 if count >= given.least * len(outcomes) else 1


def noticed_before(out: Path | None, code: str) -> dict[Mutation, Outcome]:
    """The errors that an earlier run on the same code found to be noticed."""
    if out is None or not out.is_file():
        return {}
    stored = json.loads(out.read_text(encoding="utf-8"))
    if stored["code"] != code:
        return {}
    outcomes = [Outcome(**{**o, "mutation": Mutation(**o["mutation"])}) for o in stored["outcomes"]]
    return {outcome.mutation: outcome for outcome in outcomes if outcome.noticed_by}


if __name__ == "__main__":
    sys.exit(main())
