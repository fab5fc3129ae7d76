"""Hidden rounds on a board: `<benchmark>/rounds/<round>.json`, and, once it is over,
`<round>.revealed.json` beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from automix_bench.errors import DatasetError, UsageError
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.submissions.benchmark import Benchmark
from automix_bench.submissions.sealed_round import (
    PUBLIC,
    commitment,
    read_results,
    read_revealed,
)
from automix_bench.untrusted.fields import span
from automix_bench.untrusted.shown import one_line

ROUNDS = "rounds"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_REVEALED = ".revealed.json"


@dataclass(frozen=True)
class HiddenRound:
    """A hidden round of a benchmark.

    Attributes:
        results: what was published of it, see `sealed_round.results`.
        revealed: whether its secret is published, and is the one that was sealed.
    """

    name: str
    results: Mapping[str, Any]
    revealed: bool

    def of_task(self, task: str) -> Mapping[str, Any]:
        """The published means of each system, by its name."""
        rows: Mapping[str, Any] = self.results["tasks"].get(task, {})
        return rows


def hidden_rounds(folder: Path, benchmark: Benchmark) -> tuple[HiddenRound, ...]:
    """The hidden rounds of a benchmark, by name.

    Args:
        folder: of all leaderboards.

    Raises:
        DatasetError: a file is damaged, of another benchmark, or does not reveal what was sealed.
    """
    place = folder / benchmark.name / ROUNDS
    if not place.is_dir():
        return ()
    rounds = []
    for path in sorted(place.iterdir()):
        if path.name.endswith(_REVEALED):
            if not path.with_name(path.name.replace(_REVEALED, ".json")).is_file():
                raise DatasetError(f"{path}: expected the results of this round beside it")
            continue
        if path.suffix != ".json" or not _NAME.fullmatch(path.stem):
            raise DatasetError(f"{path}: has no place here; expected ROUND.json, in a-z 0-9 -")
        rounds.append(_read(path, benchmark))
    for one, other in combinations(rounds, 2):
        if one.results["commitment"] == other.results["commitment"]:
            raise DatasetError(
                f"{place / other.name}.json: is sealed as {one.name} is: expected each round once"
            )
    return tuple(rounds)


def add_round(
    folder: Path, benchmark: Benchmark, name: str, results: Path, revealed: Path | None
) -> Path:
    """Put a hidden round on the board of its benchmark, or reveal one that stands there.

    Raises:
        DatasetError: the files are damaged, of another benchmark, or do not belong together; the
            name is that of another round; or the round stands there under another name.
        UsageError: the name has other letters than a-z 0-9 -.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"expected a name of the round in a-z 0-9 -, got {one_line(name)[:100]}")
    record = read_results(results)
    _demand_benchmark(record, benchmark, results)
    if revealed is not None:
        _demand_sealed(read_revealed(revealed), record, revealed)
    place = folder / benchmark.name / ROUNDS
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{name}.json"
    for each in hidden_rounds(folder, benchmark):
        same = each.results["commitment"] == record["commitment"]
        if same != (each.name == name):
            held = f"{each.name} is sealed as {each.results['commitment'][:12]}…"
            raise DatasetError(f"{results}: expected another round than the one there: {held}")
    write_whole(path, pretty(record).encode())
    if revealed is not None:
        write_whole(place / f"{name}{_REVEALED}", pretty(read_revealed(revealed)).encode())
    return path


def _read(path: Path, benchmark: Benchmark) -> HiddenRound:
    record = read_results(path)
    _demand_benchmark(record, benchmark, path)
    secret = path.with_name(f"{path.stem}{_REVEALED}")
    if secret.is_file():
        _demand_sealed(read_revealed(secret), record, secret)
    return HiddenRound(path.stem, record, secret.is_file())


def _demand_benchmark(record: Mapping[str, Any], benchmark: Benchmark, path: Path) -> None:
    if record["benchmark"] != benchmark.name:
        got = one_line(record["benchmark"])[:100]
        raise DatasetError(f"{path}: benchmark: expected {benchmark.name}, got {got}")
    for task, rows in record["tasks"].items():
        metrics = {metric.name: metric for metric in benchmark.task(task).metrics}
        for system, row in rows.items():
            where = f"{path}: {task}: {one_line(system)[:100]}"
            if sorted(row["metrics"]) != sorted(metrics):
                raise DatasetError(f"{where}: expected the metrics of the task")
            for name, ends in row["metrics"].items():
                low, high = metrics[name].low, metrics[name].high
                if not all(end is None or low <= end <= high for end in ends):
                    raise DatasetError(f"{where}: {name}: expected numbers {span(low, high)}")


def _demand_sealed(revealed: Mapping[str, Any], record: Mapping[str, Any], path: Path) -> None:
    for name in PUBLIC.required:
        if revealed[name] != record[name]:
            raise DatasetError(f"{path}: {name}: expected that of the sealed round, got another")
    if commitment(revealed["secret"], revealed["fingerprint"]) != record["commitment"]:
        raise DatasetError(f"{path}: secret and fingerprint are not those that were sealed")
