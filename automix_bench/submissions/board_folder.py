"""A folder of leaderboards: `<benchmark>/<entry>.json`, and the tables that are made of them.

A benchmark is official, or defined beside its entries, in `<benchmark>/<benchmark>.toml`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.card_checks import demand_sound
from automix_bench.evaluation.common_items import without_items
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.leaderboard import Board, board
from automix_bench.evaluation.sample_size import SampleSize, sample_size
from automix_bench.executor import Executor, Progress, silent
from automix_bench.files.atomic import file_sha256
from automix_bench.plugin import did_you_mean
from automix_bench.scorecard import read_scorecard
from automix_bench.submissions.benchmark import (
    NAME,
    Benchmark,
    benchmark_names,
    official_benchmark,
    read_benchmark,
)
from automix_bench.submissions.board_entry import (
    BADGES,
    ENDS,
    BoardEntry,
    EntryPart,
    as_read,
    read_entry,
)
from automix_bench.submissions.board_overlaps import Dropped, dropped_from
from automix_bench.submissions.board_rounds import HiddenRound, hidden_rounds
from automix_bench.submissions.rerun import RERUN, demand_number, rerun
from automix_bench.submissions.verify import Verified, verify
from automix_bench.task import Task
from automix_bench.untrusted.shown import one_line

RANKED_FROM, HIDDEN = "re-scored", "hidden"
MOST_OVERLAP = 0.1
"""An entry that was trained on a larger share of the examples is not ranked. So nobody can empty a
board by what he trains on."""
RESOLVED = 0.1
"""Benchmarks are sized to find this difference in the metric that ranks, in its unit."""


@dataclass(frozen=True)
class TaskBoard:
    """The board of one task of a benchmark.

    Attributes:
        board: of the entries that are ranked.
        entries: these, in the order of the board, with floor and ceiling.
        unranked: those that nobody scored again, or that were trained on too many of the examples,
            with the reason.
        dropped: the examples that count for nobody, because an entry was trained on them.
        rounds: the hidden rounds of the benchmark.
        resolves: the smallest difference between the two best models that its songs find; None
            with fewer than two.
    """

    benchmark: Benchmark
    task: Task
    board: Board
    entries: tuple[BoardEntry, ...]
    unranked: tuple[tuple[BoardEntry, str], ...]
    dropped: Dropped
    resolves: SampleSize | None
    rounds: tuple[HiddenRound, ...] = ()

    def badge(self, entry: BoardEntry) -> str:
        """The badge of an entry: `hidden` if its archive answered every example of a hidden round
        that is over."""
        rows = [e.of_task(self.task.name).values() for e in self.rounds if e.revealed]
        stood = (row for of_round in rows for row in of_round if row["coverage"] == 1.0)
        archives = {row.get("archive") for row in stood} - {None}
        return HIDDEN if entry.archive in archives else entry.badge


def add(
    archive: Path,
    benchmark: Benchmark,
    dataset: Dataset,
    folder: Path,
    *,
    replace_entry: bool = False,
    system: Entry | None = None,
    number: str = "",
    executor: Executor | None = None,
    progress: Progress = silent,
) -> tuple[BoardEntry, Verified]:
    """Score a submission again and put it on its board; floor and ceiling too, if they are missing.

    Args:
        dataset: the benchmark's, see `demand_benchmark`.
        folder: of all leaderboards.
        replace_entry: put it in the place of an earlier submission of this name.
        system: the submitted system, to be run again on items drawn by `number`, see `rerun`.

    Raises:
        DatasetError: the submission is refused (see `verify`), is of another benchmark, cannot be
            an entry, or is a copy of another one; or its name is taken.
    """
    if system is not None:
        demand_number(number)
    verified = verify(archive, dataset, executor=executor, progress=progress)
    record = verified.record
    if record.get("benchmark", "") != benchmark.name:
        got = one_line(record.get("benchmark", "")) or "none"
        raise DatasetError(
            f"{archive}: benchmark: expected {benchmark.name}, got {got}: pack it with "
            f"--benchmark {benchmark.name}"
        )
    task = benchmark.task(record["task"])
    if system is not None:
        again = rerun(archive, verified, dataset, task, system, number, progress=progress)
        verified = replace(verified, badge=RERUN, largest=again.largest)
    entry = BoardEntry(
        benchmark.name,
        "entry",
        verified.badge,
        replace(verified.card, model=record["system"]["name"]),
        record["model"],
        record["system"],
        file_sha256(archive),
        verified.stated,
        verified.overlap,
    )
    place = folder / benchmark.name
    path = place / entry.file_name
    as_on_board = as_read(entry, archive, benchmark)
    before = _standing(path, benchmark, replace_entry)
    if before is not None and before.archive == entry.archive:
        entry = replace(entry, badge=max(before.badge, entry.badge, key=BADGES.index))
    elif before is not None and not replace_entry:
        raise DatasetError(
            f"{path}: there is another submission of the name {entry.name}; name the system "
            "otherwise, or put it in its place with --replace"
        )
    _demand_no_copy(entry, archive, folder, benchmark)
    place.mkdir(parents=True, exist_ok=True)
    add_ends(benchmark, task, dataset, folder, executor=executor, progress=progress)
    floor = read_entry(place / f"{task.name}-floor.json", benchmark)
    demand_sound([floor.card, as_on_board.card], task.metrics)
    entry.write(place, task.metrics)
    return entry, verified


def _standing(path: Path, benchmark: Benchmark, replaced: bool) -> BoardEntry | None:
    """The entry that stands on the board under a name; None if there is none, or if it is damaged
    and shall be replaced."""
    try:
        return read_entry(path, benchmark) if path.is_file() else None
    except DatasetError:
        if not replaced:
            raise
        return None


def _demand_no_copy(entry: BoardEntry, archive: Path, folder: Path, benchmark: Benchmark) -> None:
    """Refuse a submission whose every score is that of another one on the board: the same answers
    under another name.

    The floor is no such entry: a system that does nothing scores as it does.
    """
    metrics = benchmark.task(entry.card.task).metrics
    own = entry.to_json(metrics)["values"]
    for path in sorted((folder / benchmark.name).glob(f"{entry.card.task}-*.json")):
        if path.name == entry.file_name:
            continue
        other = read_entry(path, benchmark)
        same_task = other.part == "entry" and other.card.task == entry.card.task
        if same_task and other.to_json(metrics)["values"] == own:
            raise DatasetError(
                f"{archive}: every score is that of {one_line(other.name)}, which stands on the "
                "board: expected answers of its own"
            )


def add_ends(
    benchmark: Benchmark,
    task: Task,
    dataset: Dataset,
    folder: Path,
    *,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> None:
    """Run floor and ceiling of a task, and put them on its board, unless they are there."""
    place = folder / benchmark.name
    if all((place / f"{task.name}-{part}.json").is_file() for part in ENDS):
        return
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ends-") as runs:
        evaluated = evaluate(task, dataset, (), runs, executor=executor, progress=progress)
        cards = {card.model: card for card in map(read_scorecard, evaluated.cards)}
    ends: tuple[tuple[EntryPart, str], ...] = (("floor", task.floor), ("ceiling", task.ceiling))
    for part, model in ends:
        entry = BoardEntry(benchmark.name, part, RANKED_FROM, cards[model], model)
        entry.write(place, task.metrics)


def benchmarks_in(folder: Path) -> list[Benchmark]:
    """The benchmarks that have a place in a folder of leaderboards, by name.

    Raises:
        DatasetError: a definition is damaged, or has the name of an official benchmark.
    """
    places = sorted(path.name for path in folder.iterdir() if path.is_dir())
    found = (benchmark_in(folder, name) for name in places)
    return [benchmark for benchmark in found if benchmark is not None]


def benchmark_in(folder: Path, name: str) -> Benchmark | None:
    """The official benchmark of a name, or that which is defined in a folder of leaderboards; None
    if there is neither.

    Raises:
        DatasetError: a definition is damaged, or has the name of an official benchmark.
    """
    if not NAME.fullmatch(name):
        return None
    own = folder / name / f"{name}.toml"
    if name in benchmark_names():
        if own.is_file():
            raise DatasetError(f"{own}: an official benchmark has this name; take another")
        return official_benchmark(name)
    return read_benchmark(own) if own.is_file() else None


def benchmark_of(folder: Path, name: str) -> Benchmark:
    """The benchmark that a stranger's file names.

    Raises:
        DatasetError: as `benchmark_in`.
        UsageError: neither is it official, nor is it defined in the folder.
    """
    if (benchmark := benchmark_in(folder, name)) is not None:
        return benchmark
    if not NAME.fullmatch(name):
        official_benchmark(name)
    guess = did_you_mean(name, benchmark_names(), "automix-bench benchmark list")
    raise UsageError(
        f"no benchmark {one_line(name)[:100]!r}{guess}. If it is one of your own, put "
        f"{folder / name / name}.toml there"
    )


def entries(folder: Path, benchmark: Benchmark) -> list[BoardEntry]:
    """All entries of a benchmark, every field checked.

    Raises:
        DatasetError: one is damaged or of another benchmark.
    """
    paths = sorted((folder / benchmark.name).glob("*.json"))
    return [read_entry(path, benchmark) for path in paths]


def task_boards(folder: Path) -> Iterator[TaskBoard]:
    """The boards of all benchmarks that have entries, in order.

    Raises:
        DatasetError: an entry is damaged, a board lacks its floor or ceiling, or entries of one
            board do not have the same items.
    """
    for benchmark in benchmarks_in(folder):
        all_entries = entries(folder, benchmark)
        for task_name in benchmark.tasks:
            of_task = [entry for entry in all_entries if entry.card.task == task_name]
            if of_task:
                ranked_board = task_board(benchmark, benchmark.task(task_name), of_task)
                yield replace(ranked_board, rounds=hidden_rounds(folder, benchmark))


def task_board(benchmark: Benchmark, task: Task, of_task: Sequence[BoardEntry]) -> TaskBoard:
    """The board of the entries of one task."""
    where = f"{benchmark.name}, {task.name}"
    for part in ENDS:
        if not any(entry.part == part for entry in of_task):
            raise DatasetError(f"{where}: expected an entry for the {part}, got none")
    floor = next(entry.card for entry in of_task if entry.part == "floor")
    first = task.metrics[0]
    expected = [_item(score) for score in floor.scores]
    for entry in of_task:
        if [_item(score) for score in entry.card.scores] != expected:
            name = one_line(entry.name)
            raise DatasetError(
                f"{where}: {name}: expected the items of the floor's row, got others"
            )
    names = [entry.name for entry in of_task]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DatasetError(f"{where}: {one_line(twice[0])}: expected each name once")
    reasons = {entry.name: _why_unranked(entry, benchmark) for entry in of_task}
    shown = {entry.name: entry for entry in of_task if not reasons[entry.name]}
    dropped = dropped_from(list(shown.values()), floor, first, benchmark.examples)
    cards = [entry.card for entry in shown.values()]
    if dropped.examples:
        cards = list(without_items(cards, dropped.examples)[0])
    made = board(task, cards)
    best = [row.model for row in made.rows if row.rank][:2]
    two = [card for card in cards if card.model in best]
    enough = len(two) == 2 and made.scored_songs > 1
    resolves = sample_size(two, first, RESOLVED) if enough else None
    unranked = tuple((entry, reasons[entry.name]) for entry in of_task if reasons[entry.name])
    ordered = tuple(shown[row.model] for row in made.rows)
    return TaskBoard(
        benchmark,
        task,
        made,
        ordered,
        unranked,
        dropped,
        resolves,
    )


def _why_unranked(entry: BoardEntry, benchmark: Benchmark) -> str:
    """Why an entry is not ranked; empty if it is."""
    if BADGES.index(entry.badge) < BADGES.index(RANKED_FROM):
        return "nobody scored it again"
    if len(entry.overlap) > MOST_OVERLAP * benchmark.examples:
        return f"trained on {len(entry.overlap)} of {benchmark.examples} examples"
    return ""


def _item(score: object) -> tuple[str, ...]:
    return tuple(getattr(score, name) for name in ("example", "song", "stem", "metric"))
