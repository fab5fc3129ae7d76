"""Check the submissions of a pull request, and write the comment on it.

    review.py check BASE SUBMITTED OUT --pull-request N --commit SHA    in submission-check.yml
    review.py verdict RESULT                                            the same, at its end
    review.py number RESULT                                             in submission-comment.yml
    review.py comment RESULT EVENT PULL FILES

`check` runs the installed package, that of the base branch. What the pull request brings is data:
none of it is imported, run, or given a say in which program runs. Whoever opens a pull request can
change the workflow that runs `check`, and so its result. Hence `comment` takes the result for a
stranger's text, and shows it for a pull request that touches nothing else than leaderboards.
A comment informs; whoever keeps the board scores the archive again with `leaderboard add`.

`number`, `verdict` and `comment` need nothing but Python's own library.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from automix_bench.errors import AutomixError, DatasetError
from automix_bench.files.canonical_json import pretty
from automix_bench.untrusted.fields import Schema, number, one_of, optional, sequence, text, whole
from automix_bench.untrusted.json_file import read_json_object
from automix_bench.untrusted.shown import one_line

FORMAT = 1
MOST_CHANGED, MOST_FILES = 5, 20_000
MOST_RESULT_BYTES, MOST_API_BYTES = 65_536, 8 << 20
LONGEST_LINE, LONGEST_COMMENT = 400, 6_000
MAKE_SECONDS, VERIFY_SECONDS = 4 * 3_600.0, 3_600.0
VERIFIED, REFUSED, READ, BY_HAND = "verified", "refused", "read", "by hand"
WORKFLOW = ".github/workflows/submission-check.yml"
PROGRAM = ("-I", "-c", "from automix_bench.cli import main; main()")
"""Python's arguments; with -I neither this folder nor a variable decides what is imported."""
REMEDY = "see docs/submissions.md"
CHANGED = "CHANGES a file that is on the board: "
_COMMIT = re.compile(r"[0-9a-f]{40}")
_OF_BOARDS = re.compile(
    r"leaderboards/[a-z0-9-]{1,80}/(incoming/[a-z0-9][a-z0-9._-]{0,79}\.toml|"
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\.json)"
)
"""The files that a submission may touch."""


def _commit(value: object) -> str:
    right = isinstance(value, str) and _COMMIT.fullmatch(value)
    return "" if right else "a commit, 40 digits of 0-9 a-f"


_ROW = Schema(
    {
        "file": text(300),
        "state": one_of((VERIFIED, REFUSED, READ, BY_HAND)),
        "line": text(LONGEST_LINE, empty=True),
    },
    {
        **dict.fromkeys(("task", "model", "system", "badge"), text(200, empty=True)),
        "largest": optional(number(0.0)),
    },
)
_RESULT = Schema(
    {"format": whole(), "pull_request": whole(1), "commit": _commit, "files": sequence}
)


# What runs in submission-check.yml.


def check(base: Path, submitted: Path, pull_request: int, commit: str) -> dict[str, Any]:
    """The result of checking what a pull request changes below `leaderboards`.

    Args:
        base: the repository at the base of the pull request.
        submitted: the repository as the pull request would leave it; nothing in it is run.
        commit: the head of the pull request.
    """
    try:
        changed = changes(base / "leaderboards", submitted / "leaderboards")
    except DatasetError as error:
        rows = [_row("leaderboards", REFUSED, str(error))]
    else:
        waiting = [name for name in changed if name.split("/")[1:2] == ["incoming"]]
        if len(changed) > MOST_CHANGED or len(waiting) > 1:
            expected = f"expected one submission and at most {MOST_CHANGED} files"
            got = f"got {len(waiting)} and {len(changed)}"
            rows = [_row("leaderboards", REFUSED, f"{expected}, {got}: open one for each")]
        else:
            before = base / "leaderboards"
            rows = [_checked(before, submitted / "leaderboards", name) for name in changed]
    return {"format": FORMAT, "pull_request": pull_request, "commit": commit, "files": rows}


def changes(base: Path, submitted: Path) -> list[str]:
    """The files that are new, other or gone, relative to the folders.

    Raises:
        DatasetError: a link or a special file is there, or too many files.
    """
    before, after = dict(_files(base)), dict(_files(submitted))
    gone = set(before) - set(after)
    other = {
        name
        for name, path in after.items()
        if name not in before or not filecmp.cmp(before[name], path, shallow=False)
    }
    return sorted(gone | other)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    count = 0
    if folder.is_symlink():
        raise DatasetError(f"{folder.name}: expected a folder, got a link")
    for place, folders, names in os.walk(folder):
        for name in sorted([*folders, *names]):
            path = Path(place, name)
            shown = one_line(str(path.relative_to(folder)))[:200]
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise DatasetError(f"{shown}: expected a file, got a link or a special file")
            if path.is_file():
                count += 1
                if count > MOST_FILES:
                    raise DatasetError(f"expected at most {MOST_FILES} files, got more")
                yield path.relative_to(folder).as_posix(), path


def _checked(before: Path, folder: Path, name: str) -> dict[str, Any]:
    """The row of one changed file.

    Args:
        before: the folder of boards at the base of the pull request.
    """
    from automix_bench.submissions.benchmark import benchmark_named, benchmark_names
    from automix_bench.submissions.board_entry import read_entry

    parts, path = name.split("/"), folder / name
    if not path.is_file():
        return _row(name, BY_HAND, "removed: whoever keeps the board decides")
    if parts[0] not in benchmark_names() or not _OF_BOARDS.fullmatch(f"leaderboards/{name}"):
        return _row(name, BY_HAND, "neither a submission nor an entry of an official benchmark")
    changed = CHANGED if (before / name).is_file() else ""
    try:
        if parts[1] == "incoming":
            row = _of_archive(path, name)
            return {**row, "line": f"{changed}{row['line']}"[:LONGEST_LINE]}
        benchmark = benchmark_named(parts[0])
        entry = read_entry(path, benchmark)
    except AutomixError as error:
        return _row(name, REFUSED, str(error).replace(f"{folder}/", ""))
    line = f"{changed}every field is as it must be; badge and scores are as stated, nobody made"
    facts = {"task": entry.card.task, "system": entry.name, "badge": entry.badge}
    return _row(name, READ, f"{line} them again", **facts)


def _of_archive(path: Path, name: str) -> dict[str, Any]:
    """Fetch an archive and score it again on data that are made here."""
    from automix_bench.submissions.benchmark import benchmark_named
    from automix_bench.submissions.incoming import read_incoming
    from automix_bench.submissions.verify import record_of

    incoming = read_incoming(path)
    benchmark = benchmark_named(incoming.benchmark)
    with tempfile.TemporaryDirectory(prefix="review-") as work:
        place = Path(work)
        try:
            archive = incoming.fetch(place)
            if (of := str(record_of(archive).get("benchmark", ""))) != benchmark.name:
                got = one_line(of)[:100] or "none"
                raise DatasetError(f"benchmark: expected {benchmark.name}, got {got}")
            if benchmark.needs:
                line = f"fetched; {benchmark.name} needs music that is not here"
                return _row(name, BY_HAND, f"{line}: {', '.join(benchmark.needs)}")
            _run("benchmark", "make", benchmark.name, place / "data", seconds=MAKE_SECONDS)
            given = ("submit", "verify", archive, place / "data", "--json")
            verified = json.loads(_run(*given, seconds=VERIFY_SECONDS))
        except AutomixError as error:
            return _row(name, REFUSED, str(error).replace(f"{place}/", ""))
    return _row(
        name,
        VERIFIED,
        f"scored again on {benchmark.name}",
        task=verified["task"],
        model=verified["model"],
        system=verified["system"]["name"],
        badge=verified["badge"],
        largest=max(verified["largest_differences"].values(), default=0.0),
    )


def _run(*words: object, seconds: float) -> str:
    """What a command of the installed package prints.

    Raises:
        DatasetError: it refuses, or takes too long; the message is its last line.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, *PROGRAM, *map(str, words)],
            env=kept,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DatasetError(f"{' '.join(map(str, words[:2]))}: took over {seconds:g} s") from None
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise DatasetError(last[0].removeprefix("automix-bench: "))
    return done.stdout


def _row(name: str, state: str, line: str, **facts: Any) -> dict[str, Any]:
    """A row of the result, with every text cut to its longest."""
    cut = {key: one_line(v)[:200] if isinstance(v, str) else v for key, v in facts.items()}
    file = name if name == "leaderboards" else f"leaderboards/{name}"
    return {
        "file": one_line(file)[:300],
        "state": state,
        "line": one_line(line)[:LONGEST_LINE],
        **cut,
    }


# What runs in submission-comment.yml, without anything installed.


def read_result(path: Path) -> dict[str, Any]:
    """A result, which anybody may have written.

    Raises:
        DatasetError: it is too large, or a field is missing, unknown or wrong.
    """
    result = read_json_object(path, "result of a check", REMEDY, MOST_RESULT_BYTES)
    _RESULT.demand(result, str(path), REMEDY)
    if result["format"] != FORMAT:
        raise DatasetError(f"{path}: format: expected {FORMAT}: {REMEDY}")
    if len(result["files"]) > MOST_CHANGED:
        raise DatasetError(f"{path}: expected at most {MOST_CHANGED} files: {REMEDY}")
    for row in result["files"]:
        _ROW.demand(row, f"{path}: files", REMEDY)
    return result


def demand_same(
    result: Mapping[str, Any], event: Mapping[str, Any], pull: Mapping[str, Any]
) -> None:
    """Refuse a result that is not of the pull request and the commit that GitHub names.

    Args:
        event: of the finished run, as GitHub gives it to the workflow.
        pull: the pull request whose number the result has, as GitHub's API describes it.

    Raises:
        DatasetError: one of them is of something else.
    """
    run = event["workflow_run"]
    facts = [
        ("event", "pull_request", run["event"]),
        ("workflow", WORKFLOW, str(run["path"]).partition("@")[0]),
        ("pull request", result["pull_request"], pull["number"]),
        ("commit of the run", result["commit"], run["head_sha"]),
        ("commit of the pull request", result["commit"], pull["head"]["sha"]),
        ("repository", event["repository"]["full_name"], pull["base"]["repo"]["full_name"]),
    ]
    if run.get("pull_requests"):  # GitHub leaves it empty for pull requests from forks
        numbers = [one["number"] for one in run["pull_requests"]]
        facts.append(("pull requests of the run", True, result["pull_request"] in numbers))
    for what, expected, got in facts:
        if expected != got:
            shown = one_line(str(got))[:100]
            raise DatasetError(f"{what}: expected {expected}, got {shown}: nothing is written")


def comment(result: Mapping[str, Any], pull: Mapping[str, Any], files: Sequence[Any]) -> str:
    """The comment, in Markdown. Whatever the result says is shown as text, in one line each.

    Args:
        files: those that the pull request changes, as GitHub's API lists them.
    """
    lines = [f"**Check of submissions**, commit {_code(result['commit'][:12])}", ""]
    names = [str(one["filename"]) for one in files]
    names += [str(one["previous_filename"]) for one in files if "previous_filename" in one]
    others = [name for name in names if not _OF_BOARDS.fullmatch(name)]
    if others or len(files) != pull["changed_files"]:
        also = f", such as {_code(others[0])}" if others else ""
        return "\n".join(
            [
                *lines,
                f"This pull request changes more than submissions{also}. It could change its own "
                "check, so the result is not shown: open one with the submission alone.",
                "",
            ]
        )
    lines += [f"* {_text_of(row)}" for row in result["files"]] or ["Nothing to check."]
    lines += [
        "",
        "None of what the pull request brings was run. Whoever keeps the board scores it again.",
        "",
    ]
    made = "\n".join(lines)
    if len(made) > LONGEST_COMMENT:
        raise DatasetError(f"comment: expected at most {LONGEST_COMMENT} signs, got {len(made)}")
    return made


def _text_of(row: Mapping[str, Any]) -> str:
    facts = [
        f"{name} {_code(row[name])}"
        for name in ("system", "model", "task", "badge")
        if row.get(name)
    ]
    if row.get("largest") is not None:
        facts.append(f"largest difference from the stated scores {row['largest']:.2g}")
    told = f": {', '.join(facts)}" if facts else ""
    line = f". {_code(row['line'])}" if row["line"] else ""
    return f"**{row['state']}** {_code(row['file'])}{told}{line}"


def _code(value: str) -> str:
    """A stranger's text as code: no link, image, HTML, mention of people, or reference is made."""
    shown = one_line(value).replace("`", "'").strip() or "–"
    return f"`{shown}`"


def verdict(result: Mapping[str, Any]) -> int:
    """The exit code of the check: 3 if something is refused."""
    return 3 if any(row["state"] == REFUSED for row in result["files"]) else 0


def _of_api(path: Path, kind: type) -> Any:
    """JSON that GitHub wrote."""
    if path.stat().st_size > MOST_API_BYTES:
        raise DatasetError(f"{path}: expected at most {MOST_API_BYTES} bytes")
    value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, kind):
        raise DatasetError(f"{path}: expected a JSON {kind.__name__}")
    return value


def main(words: Sequence[str] | None = None) -> int:
    """Run one of the commands; the result goes to standard output, a refusal to standard error."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    places = {
        "check": ("base", "submitted", "out"),
        "verdict": ("result",),
        "number": ("result",),
        "comment": ("result", "event", "pull", "files"),
    }
    for name, arguments in places.items():
        command = commands.add_parser(name)
        for argument in arguments:
            command.add_argument(argument, type=Path)
        if name == "check":
            command.add_argument("--pull-request", type=int, required=True)
            command.add_argument("--commit", required=True)
    given = parser.parse_args(words)
    try:
        if given.command == "check":
            made = check(given.base, given.submitted, given.pull_request, given.commit)
            given.out.write_text(pretty(made), encoding="utf-8")
            read_result(given.out)
            return 0
        result = read_result(given.result)
        if given.command == "verdict":
            return verdict(result)
        if given.command == "number":
            print(result["pull_request"])
            return 0
        pull = _of_api(given.pull, dict)
        demand_same(result, _of_api(given.event, dict), pull)
        print(comment(result, pull, _of_api(given.files, list)), end="")
    except (AutomixError, KeyError, TypeError, ValueError, OSError) as error:
        print(one_line(f"{type(error).__name__}: {error}")[:500], file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
