"""The tables of a folder of leaderboards, made of its entries alone.

<benchmark>/README.md       for people: every board of the benchmark
<benchmark>/<task>.csv      every metric with its interval, in numbers
<benchmark>/<task>.tex      for LaTeX (booktabs)
boards.md                   an index
leaderboard.json            all of it, for programs
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isnan, nan
from pathlib import Path
from typing import Any

from automix_bench.charts.number_text import interval
from automix_bench.evaluation.board_cells import Row, covered_text, ranked
from automix_bench.evaluation.board_forms import to_csv
from automix_bench.files.atomic import write_whole
from automix_bench.files.byte_sizes import in_units
from automix_bench.files.canonical_json import fingerprint, pretty
from automix_bench.metric import Ranged
from automix_bench.statistics import Estimate
from automix_bench.statistics.power import POWER
from automix_bench.submissions.benchmark import SPLIT, key
from automix_bench.submissions.board_entry import BoardEntry, rounded
from automix_bench.submissions.board_folder import TaskBoard, task_boards
from automix_bench.submissions.board_rounds import HiddenRound
from automix_bench.untrusted.shown import for_markdown

FORMAT = 1
_LEAST_RATIO = 1e-9
MOST_METRICS = 3
"""How many metrics a table for people shows; the CSV has all."""
WRITTEN = "Written by `automix-bench leaderboard tables` from the entries in this folder."


def write_tables(folder: Path) -> list[Path]:
    """Write the tables of all boards in a folder.

    Raises:
        DatasetError: an entry is damaged, or a board has no floor or ceiling.
    """
    for name, content in (made := tables(folder)).items():
        write_whole(folder / name, content.encode())
    return [folder / name for name in made]


def tables(folder: Path) -> dict[str, str]:
    """The content of every table, by its path in the folder."""
    boards = list(task_boards(folder))
    made = {
        "boards.md": "\n".join(_index(boards)) + "\n",
        "leaderboard.json": pretty(as_json(boards)),
    }
    for name in dict.fromkeys(ranked_board.benchmark.name for ranked_board in boards):
        own = [ranked_board for ranked_board in boards if ranked_board.benchmark.name == name]
        made[f"{name}/README.md"] = "\n".join(_page(own)) + "\n"
        for ranked_board in own:
            made[f"{name}/{ranked_board.task.name}.csv"] = _csv(ranked_board)
            made[f"{name}/{ranked_board.task.name}.tex"] = _latex(ranked_board)
    return made


def as_json(boards: Sequence[TaskBoard]) -> dict[str, Any]:
    """All boards as JSON values, for programs that read them."""
    return {"format": FORMAT, "boards": [_board_json(ranked_board) for ranked_board in boards]}


def _board_json(ranked_board: TaskBoard) -> dict[str, Any]:
    benchmark, first = ranked_board.benchmark, ranked_board.task.metrics[0]
    resolves = ranked_board.resolves
    return {
        "key": key(benchmark, ranked_board.task.name),
        "benchmark": benchmark.name,
        "recipe": benchmark.recipe,
        "task": ranked_board.task.name,
        "task_version": ranked_board.task.version,
        "dataset": benchmark.fingerprint,
        "split": SPLIT,
        "songs": ranked_board.board.songs,
        "examples": benchmark.examples,
        "dropped": len(ranked_board.dropped.examples),
        "not_dropped": [entry.name for entry, _ in ranked_board.dropped.not_dropped],
        "metric": {"name": first.name, "unit": first.unit, "better": first.better},
        "resolves": None if resolves is None else _rounded(resolves.least),
        "rows": [
            _row_json(row, entry, ranked_board)
            for row, entry in zip(ranked_board.board.rows, ranked_board.entries, strict=True)
        ],
        "rounds": [
            {"name": each.name, "revealed": each.revealed, **each.results}
            for each in ranked_board.rounds
        ],
        "unranked": [
            {
                "name": entry.name,
                "reason": why,
                "entry": fingerprint(entry.to_json(ranked_board.task.metrics)),
            }
            for entry, why in ranked_board.unranked
        ],
    }


def _row_json(row: Row, entry: BoardEntry, ranked_board: TaskBoard) -> dict[str, Any]:
    system, standing = entry.system or {}, row.standing
    record: dict[str, Any] = _rounded(
        {
            "name": row.model,
            "part": row.part,
            "badge": ranked_board.badge(entry),
            "rank": row.rank,
            "rank_low": standing.low if standing else None,
            "rank_high": standing.high if standing else None,
            "group": standing.group if standing else "",
            "covered": row.covered,
            "gain": [row.gain.value, row.gain.low, row.gain.high],
            "coverage": row.coverage,
            "metrics": {
                metric.name: [getattr(row.estimates[metric.name], end) for end in _ENDS]
                for metric in ranked_board.task.metrics
            },
            "archive": entry.archive,
            "entry": fingerprint(entry.to_json(ranked_board.task.metrics)),
            "system": {name: system.get(name) for name in _SYSTEM} if system else None,
            "stated": costs(entry),
        }
    )
    return record


def _rounded(value: Any) -> Any:
    """The value with as many digits in its numbers as entries have, and null for NaN: another
    processor may sum the last ones otherwise."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return rounded(value) if isinstance(value, float) else value


_ENDS = ("value", "low", "high")
_SYSTEM = ["authors", "code", "commit", "license", "kind", "parameters"]
_SYSTEM += ["open", "interpretable", "real_time", "deterministic"]


def costs(entry: BoardEntry) -> dict[str, Any]:
    """What the submitter's machine measured: how many times as fast as the floor, the most memory,
    CPU seconds for a minute of sound; null where that is not known."""
    stated = entry.stated or {}
    cost, floor = stated.get("cost") or {}, stated.get("floor_cost") or {}
    speed, of_floor = (
        _ratio(of.get("audio_seconds"), of.get("work_seconds")) for of in (cost, floor)
    )
    cpu = _ratio(60.0 * cost.get("cpu_seconds", 0.0), cost.get("audio_seconds"))
    return {
        "isolation": stated.get("isolation") or None,
        "processor": stated.get("processor") or None,
        "relative_speed": _figures(_ratio(speed, of_floor)),
        "peak_memory": cost.get("peak_memory") or None,
        "cpu_seconds_a_minute": _figures(cpu),
    }


def _ratio(above: float | None, below: float | None) -> float | None:
    """A ratio of stated numbers; None if one is missing or 0, or the ratio is none that a clock
    can have measured."""
    ratio = float(above / below) if above and below else 0.0
    return ratio if _LEAST_RATIO < ratio < 1.0 / _LEAST_RATIO else None


def _figures(value: float | None) -> float | None:
    """A number with three digits."""
    return None if value is None else float(f"{value:.3g}")


def _index(boards: Sequence[TaskBoard]) -> Iterator[str]:
    yield f"# Leaderboards\n\n{WRITTEN}\n"
    yield "| benchmark | task | songs | best | covered | entries |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for ranked_board in boards:
        ranks = [row for row in ranked_board.board.rows if row.rank]
        best = for_markdown(ranks[0].model) if ranks else "–"
        covered = covered_text(ranks[0]) if ranks else "–"
        link = f"[{ranked_board.benchmark.name}]({ranked_board.benchmark.name}/README.md)"
        cells = (
            link,
            ranked_board.task.name,
            str(ranked_board.board.songs),
            best,
            covered,
            str(len(ranks)),
        )
        yield f"| {' | '.join(cells)} |"


def _page(boards: Sequence[TaskBoard]) -> Iterator[str]:
    benchmark = boards[0].benchmark
    yield f"# {benchmark.name}\n\n{for_markdown(benchmark.title)}.\n\n{WRITTEN}\n"
    yield (
        f"Recipe {benchmark.recipe}, version {benchmark.recipe_version}; split {SPLIT}; "
        f"{benchmark.songs} songs, {benchmark.examples} examples; fingerprint "
        f"`{benchmark.fingerprint}`. To make it: `automix-bench benchmark make {benchmark.name} "
        "FOLDER`."
    )
    for ranked_board in boards:
        yield from _table(ranked_board)


def _table(ranked_board: TaskBoard) -> Iterator[str]:
    task, metrics = ranked_board.task, ranked_board.task.metrics[:MOST_METRICS]
    yield f"\n## {task.name}\n\nVersion {task.version}. {task.description}\n"
    heads = ["rank", "system", *(f"{m.name} ({m.unit})" for m in metrics), "gain", "covered"]
    heads += ["badge", "ran", "speed", "memory", "parameters", "kind", "license"]
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join(['---'] * len(heads))} |"
    for row, entry in zip(ranked_board.board.rows, ranked_board.entries, strict=True):
        yield f"| {' | '.join(_cells(row, entry, ranked_board))} |"
    for note in board_notes(ranked_board):
        yield f"\n{for_markdown(note)}"
    for each in ranked_board.rounds:
        yield from _round(each, ranked_board)


def board_notes(ranked_board: TaskBoard) -> Iterator[str]:
    """What a reader of a board must know, a paragraph each."""
    first = ranked_board.task.metrics[0]
    yield (
        f"Means over songs with 95 % intervals; {first.name} ranks. A rank has its interval where "
        "it is not sure; systems that share a letter are not told apart."
    )
    yield (
        "Speed is relative to the floor's on the same machine. Speed, memory and how a system ran "
        "are as the submitter states them. The scores were measured by us."
    )
    dropped = ranked_board.dropped
    if dropped.examples:
        names = ", ".join(entry.name for entry in dropped.because_of)
        verb = "were" if len(dropped.because_of) > 1 else "was"
        yield (
            f"{len(dropped.examples)} examples count for nobody: {names} {verb} trained on them."
        )
    for entry, why in dropped.not_dropped:
        yield (
            f"{len(entry.overlap)} examples on which {entry.name} was trained still count: {why}."
        )
    if ranked_board.resolves and not isnan(ranked_board.resolves.least):
        yield (
            f"{ranked_board.board.songs} songs tell the two best systems apart if they differ by "
            f"{ranked_board.resolves.least:.2g} {first.unit}, with a power of {POWER:.0%}."
        )
    for entry, why in ranked_board.unranked:
        yield f"Not ranked: {entry.name}, {why}."


def _round(each: HiddenRound, ranked_board: TaskBoard) -> Iterator[str]:
    """The results of a hidden round, beside the ranks on the board."""
    results, first = each.of_task(ranked_board.task.name), ranked_board.task.metrics[0]
    if not results:
        return
    yield f"\n### Hidden round {each.name}\n\n{about_round(each)}\n"
    yield f"| system | {first.name} ({first.unit}) | rank on the board |\n| --- | --- | --- |"
    rows = zip(ranked_board.board.rows, ranked_board.entries, strict=True)
    ranks = {entry.archive: ranked(row) for row, entry in rows if entry.archive}
    for name, mean in in_order(results, first):
        rank = ranks.get(results[name].get("archive"), "–")
        yield f"| {for_markdown(name)} | {mean} | {rank} |"


def about_round(each: HiddenRound) -> str:
    """What a reader must know of a hidden round, in a sentence."""
    state = "revealed" if each.revealed else "not revealed yet"
    return (
        f"{each.results['songs']} songs, {each.results['examples']} examples, sealed as "
        f"{each.results['commitment']}, {state}."
    )


def in_order(results: Mapping[str, Any], first: Ranged) -> list[tuple[str, str]]:
    """The systems of a hidden round with their means as text, best first."""

    means = {
        name: Estimate(*_numbers(row["metrics"][first.name]), songs=0)
        for name, row in results.items()
    }

    def place(name: str) -> tuple[bool, float, str]:
        mean = means[name].value
        return isnan(mean), 0.0 if isnan(mean) else -first.sign * mean, name

    return [(name, interval(means[name])) for name in sorted(means, key=place)]


def _numbers(ends: Sequence[float | None]) -> tuple[float, float, float]:
    value, low, high = (nan if end is None else end for end in ends)
    return value, low, high


def _cells(row: Row, entry: BoardEntry, ranked_board: TaskBoard) -> Iterator[str]:
    system, measured = entry.system or {}, costs(entry)
    memory, speed = measured["peak_memory"], measured["relative_speed"]
    parameters = system.get("parameters")
    yield ranked(row)
    yield for_markdown(row.model) + ("" if row.part == "entry" else f" ({row.part})")
    for metric in ranked_board.task.metrics[:MOST_METRICS]:
        yield interval(row.estimates[metric.name])
    yield interval(row.gain) if row.part == "entry" else "–"
    yield covered_text(row)
    yield ranked_board.badge(entry) if row.part == "entry" else "–"
    yield for_markdown(measured["isolation"] or "–")
    yield f"{speed:.3g}" if speed else "–"
    yield in_units(memory) if memory else "–"
    yield f"{parameters:,}" if parameters is not None else "–"
    yield system.get("kind", "–")
    yield for_markdown(system.get("license", "–"))


def _csv(ranked_board: TaskBoard) -> str:
    """The rows in numbers: a text that a spreadsheet would calculate is quoted."""
    return to_csv([_flat(row) for row in _board_json(ranked_board)["rows"]])


def _flat(row: Mapping[str, Any]) -> dict[str, object]:
    """A row of the JSON with a cell for each of its values."""
    system = row["system"] or {}
    plain = ["name", "part", "badge", "rank", "rank_low", "rank_high", "group", "covered"]
    costs_shown = ["isolation", "relative_speed", "peak_memory", "cpu_seconds_a_minute"]
    intervals = {"gain": row["gain"], **row["metrics"]}
    return {
        **{name: row[name] for name in plain},
        **{
            f"{name}{suffix}": value
            for name, ends in intervals.items()
            for suffix, value in zip(("", "_low", "_high"), ends, strict=True)
        },
        **{name: row["stated"][name] for name in costs_shown},
        **{name: system.get(name) for name in _SYSTEM[3:]},
        "archive": row["archive"],
    }


def _latex(ranked_board: TaskBoard) -> str:
    benchmark, task = ranked_board.benchmark, ranked_board.task
    head = (
        f"% {benchmark.name}, {task.name} {task.version}, split {SPLIT}, "
        f"{ranked_board.board.songs} songs, fingerprint {benchmark.fingerprint[:12]}\n"
    )
    return head + ranked_board.board.to_latex()
