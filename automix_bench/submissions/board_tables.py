"""The tables of a folder of leaderboards, made of its entries alone.

<benchmark>/README.md       for people: every board of the benchmark
<benchmark>/<task>.csv      every metric with its interval, in numbers
<benchmark>/<task>.tex      for LaTeX (booktabs)
boards.md                   an index
leaderboard.json            all of it, for programs
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

from automix_bench.charts.number_text import interval
from automix_bench.evaluation.board_cells import Row, covered_text, ranked
from automix_bench.files.atomic import write_whole
from automix_bench.files.byte_sizes import in_units
from automix_bench.files.canonical_json import nulled, pretty
from automix_bench.metric import Ranged
from automix_bench.statistics.power import POWER
from automix_bench.submissions.benchmark import SPLIT, key
from automix_bench.submissions.board_folder import KeptBoard, kept_boards
from automix_bench.submissions.board_rounds import HiddenRound
from automix_bench.submissions.entry import BoardEntry
from automix_bench.untrusted.shown import for_csv, for_markdown

FORMAT = 1
MOST_METRICS = 3
"""How many metrics a table for people shows; the CSV has all."""
WRITTEN = "Written by `automix-bench leaderboard tables`; the entries beside it are what it is of."


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
    boards = list(kept_boards(folder))
    made = {
        "boards.md": "\n".join(_index(boards)) + "\n",
        "leaderboard.json": pretty(as_json(boards)),
    }
    for name in dict.fromkeys(kept.benchmark.name for kept in boards):
        own = [kept for kept in boards if kept.benchmark.name == name]
        made[f"{name}/README.md"] = "\n".join(_page(own)) + "\n"
        for kept in own:
            made[f"{name}/{kept.task.name}.csv"] = _csv(kept)
            made[f"{name}/{kept.task.name}.tex"] = _latex(kept)
    return made


def as_json(boards: Sequence[KeptBoard]) -> dict[str, Any]:
    """All boards as JSON values, for programs that read them."""
    return {"format": FORMAT, "boards": [_board_json(kept) for kept in boards]}


def _board_json(kept: KeptBoard) -> dict[str, Any]:
    benchmark, first = kept.benchmark, kept.task.metrics[0]
    resolves = kept.resolves
    return {
        "key": key(benchmark, kept.task.name),
        "benchmark": benchmark.name,
        "recipe": benchmark.recipe,
        "task": kept.task.name,
        "task_version": kept.task.version,
        "dataset": benchmark.fingerprint,
        "split": SPLIT,
        "songs": kept.board.songs,
        "examples": benchmark.examples,
        "dropped": kept.dropped,
        "metric": {"name": first.name, "unit": first.unit, "better": first.better},
        "resolves": None if resolves is None or isnan(resolves.least) else resolves.least,
        "rows": [
            _row_json(row, entry, kept)
            for row, entry in zip(kept.board.rows, kept.entries, strict=True)
        ],
        "rounds": [
            {"name": each.name, "revealed": each.revealed, **each.results} for each in kept.rounds
        ],
        "unranked": [{"name": entry.name, "reason": why} for entry, why in kept.unranked],
    }


def _row_json(row: Row, entry: BoardEntry, kept: KeptBoard) -> dict[str, Any]:
    system, standing = entry.system or {}, row.standing
    record: dict[str, Any] = nulled(
        {
            "name": row.model,
            "part": row.part,
            "badge": kept.badge(entry),
            "rank": row.rank,
            "rank_low": standing.low if standing else None,
            "rank_high": standing.high if standing else None,
            "group": standing.group if standing else "",
            "covered": row.covered,
            "gain": [row.gain.value, row.gain.low, row.gain.high],
            "coverage": row.coverage,
            "metrics": {
                metric.name: [getattr(row.estimates[metric.name], end) for end in _ENDS]
                for metric in kept.task.metrics
            },
            "archive": entry.archive,
            "system": {name: system.get(name) for name in _SYSTEM} if system else None,
            "stated": costs(entry),
        }
    )
    return record


_ENDS = ("value", "low", "high")
_SYSTEM = ["authors", "code", "commit", "license", "kind", "parameters"]
_SYSTEM += ["open", "interpretable", "real_time", "deterministic"]


def costs(entry: BoardEntry) -> dict[str, Any]:
    """What the submitter's machine measured: how many times as fast as the floor, the most memory,
    CPU seconds for a minute of sound; null where that is not known."""
    stated = entry.stated or {}
    cost, floor = stated.get("cost") or {}, stated.get("floor_cost") or {}
    speed, of_floor = _speed(cost), _speed(floor)
    audio = cost.get("audio_seconds", 0.0)
    cpu = cost.get("cpu_seconds", 0.0)
    return {
        "isolation": stated.get("isolation") or None,
        "processor": stated.get("processor") or None,
        "relative_speed": float(f"{speed / of_floor:.3g}") if speed and of_floor else None,
        "peak_memory": cost.get("peak_memory") or None,
        "cpu_seconds_a_minute": float(f"{60.0 * cpu / audio:.3g}") if cpu and audio else None,
    }


def _speed(cost: Mapping[str, Any]) -> float:
    """Seconds of sound to a second of work; 0 if it is not known."""
    work = cost.get("work_seconds", 0.0)
    return float(cost.get("audio_seconds", 0.0) / work) if work else 0.0


def _index(boards: Sequence[KeptBoard]) -> Iterator[str]:
    yield f"# Leaderboards\n\n{WRITTEN}\n"
    yield "| benchmark | task | songs | best | covered | entries |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for kept in boards:
        ranks = [row for row in kept.board.rows if row.rank]
        best = for_markdown(ranks[0].model) if ranks else "–"
        covered = covered_text(ranks[0]) if ranks else "–"
        link = f"[{kept.benchmark.name}]({kept.benchmark.name}/README.md)"
        cells = (link, kept.task.name, str(kept.board.songs), best, covered, str(len(ranks)))
        yield f"| {' | '.join(cells)} |"


def _page(boards: Sequence[KeptBoard]) -> Iterator[str]:
    benchmark = boards[0].benchmark
    yield f"# {benchmark.name}\n\n{for_markdown(benchmark.title)}.\n\n{WRITTEN}\n"
    yield (
        f"Recipe {benchmark.recipe}, version {benchmark.recipe_version}; split {SPLIT}; "
        f"{benchmark.songs} songs, {benchmark.examples} examples; fingerprint "
        f"`{benchmark.fingerprint}`. To make it: `automix-bench benchmark make {benchmark.name} "
        "FOLDER`."
    )
    for kept in boards:
        yield from _table(kept)


def _table(kept: KeptBoard) -> Iterator[str]:
    metrics = kept.task.metrics[:MOST_METRICS]
    yield f"\n## {kept.task.name}\n\nVersion {kept.task.version}. {kept.task.description}\n"
    heads = ["rank", "system", *(f"{m.name} ({m.unit})" for m in metrics), "gain", "covered"]
    heads += ["badge", "ran", "speed", "memory", "parameters", "kind", "license"]
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join(['---'] * len(heads))} |"
    for row, entry in zip(kept.board.rows, kept.entries, strict=True):
        yield f"| {' | '.join(_cells(row, entry, kept))} |"
    yield "\nMeans over songs with 95 % intervals; systems that share a letter are not told apart."
    yield "Speed is relative to the floor's on the submitter's machine; it, memory and how a system"
    yield "ran are as the submitter states them."
    if kept.dropped:
        yield f"\n{kept.dropped} examples count for nobody: a system was trained on them."
    if kept.resolves and not isnan(kept.resolves.least):
        first = kept.task.metrics[0]
        yield (
            f"\n{kept.board.songs} songs tell the two best systems apart if they differ by "
            f"{kept.resolves.least:.2g} {first.unit}, with a power of {POWER:.0%}."
        )
    for entry, why in kept.unranked:
        yield f"\nNot ranked: {for_markdown(entry.name)}, {why}."
    for each in kept.rounds:
        yield from _round(each, kept)


def _round(each: HiddenRound, kept: KeptBoard) -> Iterator[str]:
    """The results of a hidden round, beside the ranks on the board."""
    results, first = each.of_task(kept.task.name), kept.task.metrics[0]
    if not results:
        return
    yield f"\n### Hidden round {each.name}\n\n{about_round(each)}\n"
    yield f"| system | {first.name} ({first.unit}) | rank on the board |\n| --- | --- | --- |"
    ranks = {row.model: ranked(row) for row in kept.board.rows}
    for name, mean in in_order(results, first):
        yield f"| {for_markdown(name)} | {mean} | {ranks.get(name, '–')} |"


def about_round(each: HiddenRound) -> str:
    """What a reader must know of a hidden round, in a sentence."""
    state = "revealed" if each.revealed else "not revealed yet"
    return (
        f"{each.results['songs']} songs, {each.results['examples']} examples, sealed as "
        f"{each.results['commitment']}, {state}."
    )


def in_order(results: Mapping[str, Any], first: Ranged) -> list[tuple[str, str]]:
    """The systems of a hidden round with their means as text, best first."""

    def place(name: str) -> tuple[bool, float, str]:
        mean = results[name]["metrics"][first.name][0]
        return mean is None, 0.0 if mean is None else -first.sign * mean, name

    def text(name: str) -> str:
        mean, low, high = results[name]["metrics"][first.name]
        if mean is None:
            return "–"
        return (
            f"{mean:.2f}" if low is None or high is None else f"{mean:.2f} [{low:.2f}, {high:.2f}]"
        )

    return [(name, text(name)) for name in sorted(results, key=place)]


def _cells(row: Row, entry: BoardEntry, kept: KeptBoard) -> Iterator[str]:
    system, measured = entry.system or {}, costs(entry)
    memory, speed = measured["peak_memory"], measured["relative_speed"]
    parameters = system.get("parameters")
    yield ranked(row)
    yield for_markdown(row.model) + ("" if row.part == "entry" else f" ({row.part})")
    for metric in kept.task.metrics[:MOST_METRICS]:
        yield interval(row.estimates[metric.name])
    yield interval(row.gain) if row.part == "entry" else "–"
    yield covered_text(row)
    yield kept.badge(entry) if row.part == "entry" else "–"
    yield for_markdown(measured["isolation"] or "–")
    yield f"{speed:.3g}" if speed else "–"
    yield in_units(memory) if memory else "–"
    yield f"{parameters:,}" if parameters is not None else "–"
    yield system.get("kind", "–")
    yield for_markdown(system.get("license", "–"))


def _csv(kept: KeptBoard) -> str:
    """The rows in numbers: a text that a spreadsheet would calculate is quoted."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = [f"{m.name}{end}" for m in kept.task.metrics for end in ("", "_low", "_high")]
    facts = ["isolation", "relative_speed", "peak_memory", "cpu_seconds_a_minute"]
    heads = ["name", "part", "badge", "rank", "rank_low", "rank_high", "group", "covered"]
    heads += ["gain", "gain_low", "gain_high", *names, *facts, *_SYSTEM[3:], "archive"]
    writer.writerow(heads)
    for row in _board_json(kept)["rows"]:
        system, values = row["system"] or {}, row["metrics"].values()
        line = [row[name] for name in heads[:8]] + list(row["gain"])
        line += [value for ends in values for value in ends]
        line += [row["stated"][name] for name in facts]
        line += [system.get(name) for name in _SYSTEM[3:]] + [row["archive"]]
        writer.writerow([_plain(value) for value in line])
    return file.getvalue()


def _plain(value: object) -> object:
    """A cell: text is made safe, a number has seven digits, nothing is empty."""
    if isinstance(value, str):
        return for_csv(value)
    if isinstance(value, float):
        return f"{value:.7g}"
    return "" if value is None else value


def _latex(kept: KeptBoard) -> str:
    head = (
        f"% {kept.benchmark.name}, {kept.task.name} {kept.task.version}, split {SPLIT}, "
        f"{kept.board.songs} songs, fingerprint {kept.benchmark.fingerprint[:12]}\n"
    )
    return head + kept.board.to_latex()
