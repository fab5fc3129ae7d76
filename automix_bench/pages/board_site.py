"""Leaderboards as a static site: an index, and a page for each board, which need no server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

from markupsafe import Markup

from automix_bench.charts.number_text import interval, percent
from automix_bench.errors import naming_a_full_disk
from automix_bench.evaluation.board_cells import ARROWS, Row, covered_text, ranked
from automix_bench.evaluation.strata import strata
from automix_bench.files.atomic import write_whole
from automix_bench.files.byte_sizes import in_units
from automix_bench.files.canonical_json import pretty
from automix_bench.pages.template import filled
from automix_bench.scorecard import Score
from automix_bench.song import role
from automix_bench.statistics import Estimate
from automix_bench.submissions.benchmark import SPLIT, key
from automix_bench.submissions.board_entry import BoardEntry
from automix_bench.submissions.board_folder import HIDDEN, TaskBoard, task_boards
from automix_bench.submissions.board_tables import (
    about_round,
    as_json,
    board_notes,
    costs,
    in_order,
)

FILTERS = (
    ("open", "open"),
    ("interpretable", "interpretable"),
    ("real_time", "real-time"),
    ("single", "single models"),
    ("re-run", "re-run by us"),
    (HIDDEN, "in a hidden round"),
)
_WIDTH = 150.0


@dataclass(frozen=True)
class Cell:
    """A cell of a board: its text, the value it is sorted by, and what unfolds below it."""

    text: str = ""
    value: str | float = ""
    classes: str = ""
    picture: Markup | None = None
    more: Sequence[tuple[str, str]] = ()


def board_site(folder: Path, out: Path) -> list[Path]:
    """Write the site of a folder of leaderboards; return its files.

    Raises:
        DatasetError: an entry is damaged, or a board has no floor or ceiling.
        DiskFull: there is no room.
    """
    boards = list(task_boards(folder))
    pages = {_file(ranked_board): _page(ranked_board) for ranked_board in boards}
    pages["index.html"] = filled(
        "boards.html", boards=[_line(ranked_board) for ranked_board in boards]
    )
    pages["leaderboard.json"] = pretty(as_json(boards))
    with naming_a_full_disk(out):
        out.mkdir(parents=True, exist_ok=True)
        for name, content in pages.items():
            write_whole(out / name, content.encode())
    return [out / name for name in pages]


def _file(ranked_board: TaskBoard) -> str:
    return f"{ranked_board.benchmark.name}-{ranked_board.task.name}.html"


def _line(ranked_board: TaskBoard) -> dict[str, Any]:
    """A line of the index."""
    ranks = [row for row in ranked_board.board.rows if row.rank]
    return {
        "file": _file(ranked_board),
        "benchmark": ranked_board.benchmark.name,
        "task": ranked_board.task.name,
        "songs": ranked_board.board.songs,
        "systems": len(ranks),
        "best": ranks[0].model if ranks else "–",
        "covered": covered_text(ranks[0]) if ranks else "–",
    }


def _page(ranked_board: TaskBoard) -> str:
    first = ranked_board.task.metrics[0]
    estimates = [row.estimates[first.name] for row in ranked_board.board.rows]
    ends = [end for e in estimates for end in (e.value, e.low, e.high) if not isnan(end)]
    span = min(ends), max(ends)
    rows = zip(ranked_board.board.rows, ranked_board.entries, strict=True)
    return filled(
        "board.html",
        benchmark=ranked_board.benchmark.name,
        title=ranked_board.benchmark.title,
        task=ranked_board.task.name,
        description=ranked_board.task.description,
        metric=f"{first.name} ({first.unit}) {ARROWS[first.better]}",
        facts=list(_facts(ranked_board)),
        filters=FILTERS,
        heads=list(_heads(ranked_board)),
        rows=[_row(row, entry, ranked_board, span) for row, entry in rows],
        notes=[
            *board_notes(ranked_board),
            "Ranks are those of the whole board, whatever is shown.",
        ],
        strata=_strata(ranked_board),
        rounds=[
            {"name": each.name, "about": about_round(each), "rows": in_order(of, first)}
            for each in ranked_board.rounds
            if (of := each.of_task(ranked_board.task.name))
        ],
    )


def _facts(ranked_board: TaskBoard) -> Iterator[tuple[str, str]]:
    benchmark = ranked_board.benchmark
    yield "data", f"{ranked_board.board.songs} songs, {benchmark.examples} examples, split {SPLIT}"
    yield "recipe", f"{benchmark.recipe}, version {benchmark.recipe_version}"
    yield "task", f"{ranked_board.task.name}, version {ranked_board.task.version}"
    yield "fingerprint", benchmark.fingerprint
    yield "key", f"{key(benchmark, ranked_board.task.name)}: only rows with this key compare"
    yield "to make it", f"automix-bench benchmark make {benchmark.name} FOLDER"


def _heads(ranked_board: TaskBoard) -> Iterator[dict[str, Any]]:
    first, *further = ranked_board.task.metrics
    for name in ("rank", "system"):
        yield {"name": name, "sorts": True, "classes": ""}
    title = f"{first.name} ({first.unit}) {ARROWS[first.better]}"
    yield {"name": "95 % interval", "sorts": False, "classes": ""}
    for name in (title, "gain", "covered", "coverage"):
        yield {"name": name, "sorts": True, "classes": "figure"}
    for name in ("badge", "ran"):
        yield {"name": name, "sorts": True, "classes": ""}
    for name in ("speed ×", "memory", "CPU s a minute", "parameters"):
        yield {"name": name, "sorts": True, "classes": "figure"}
    yield {"name": "license", "sorts": True, "classes": ""}
    for metric in further:
        name = f"{metric.name} ({metric.unit}) {ARROWS[metric.better]}"
        yield {"name": name, "sorts": True, "classes": "figure more"}


def _row(
    row: Row, entry: BoardEntry, ranked_board: TaskBoard, span: tuple[float, float]
) -> dict[str, Any]:
    is_entry = row.part == "entry"
    system = entry.system or {}
    kinds = [name for name, _ in FILTERS if system.get(name) is True]
    kinds += [system["kind"]] if system.get("kind") == "single" else []
    kinds += ["re-run"] if entry.badge in ("re-run", "hidden") else []
    kinds += [HIDDEN] if ranked_board.badge(entry) == HIDDEN else []
    authors = " ".join(system.get("authors", ()))
    return {
        "kind": "" if is_entry else "end",
        "is": " ".join(kinds) if is_entry else "end",
        "text": f"{row.model} {authors}".lower(),
        "cells": list(_cells(row, entry, ranked_board, span)),
    }


def _cells(
    row: Row, entry: BoardEntry, ranked_board: TaskBoard, span: tuple[float, float]
) -> Iterator[Cell]:
    first, *further = ranked_board.task.metrics
    is_entry = row.part == "entry"
    system, measured = entry.system or {}, costs(entry)
    yield Cell(ranked(row), row.rank or "")
    title = row.model if is_entry else f"{row.model} ({row.part})"
    yield Cell(title, row.model, more=list(_card(entry)))
    estimate = row.estimates[first.name]
    yield Cell(picture=interval_picture(estimate, span))
    yield figure(interval(estimate), estimate.value)
    yield figure(interval(row.gain), row.gain.value) if is_entry else Cell("–")
    yield figure(covered_text(row), row.covered)
    yield figure(percent(row.coverage), row.coverage)
    for text in (ranked_board.badge(entry) if is_entry else "–", measured["isolation"] or "–"):
        yield Cell(text, text, "word")
    speed, memory = measured["relative_speed"], measured["peak_memory"]
    yield figure(f"{speed:.3g}" if speed else "–", speed)
    yield figure(in_units(memory) if memory else "–", memory)
    cpu = measured["cpu_seconds_a_minute"]
    yield figure(f"{cpu:.3g}" if cpu else "–", cpu)
    parameters = system.get("parameters")
    yield figure("–" if parameters is None else f"{parameters:,}", parameters)
    yield Cell(system.get("license", "–"), system.get("license", ""))
    for metric in further:
        of = row.estimates[metric.name]
        yield figure(interval(of), of.value, "figure more")


def figure(text: str, value: float | None, classes: str = "figure") -> Cell:
    """A cell with a number."""
    return Cell(text, "" if value is None or isnan(value) else value, classes)


def _card(entry: BoardEntry) -> Iterator[tuple[str, str]]:
    """What unfolds below a system's name."""
    system: Mapping[str, Any] = entry.system or {}
    if not system:
        return
    yield "authors", ", ".join(system["authors"])
    yield "code", " ".join(filter(None, (system["code"], system["commit"])))
    yield "kind", system["kind"]
    for name in ("trained_on", "tuned_on", "selected_on"):
        yield name.replace("_", " "), "; ".join(system[name]) or "nothing"
    yield "deterministic", "yes" if system["deterministic"] else "no"
    if system.get("description"):
        yield "about", system["description"]
    processor = (entry.stated or {}).get("processor")
    if processor:
        yield "processor", processor
    if entry.archive:
        yield "archive", entry.archive


def interval_picture(estimate: Estimate, span: tuple[float, float]) -> Markup:
    """A mean as a dot and its interval as a line, on the scale of the board, which is `span`."""
    value, low, high = estimate.value, estimate.low, estimate.high
    begin, end = span

    def at(number: float) -> float:
        share = (number - begin) / (end - begin) if end > begin else 0.5
        return round(6.0 + share * (_WIDTH - 12.0), 1)

    if isnan(value):
        return Markup("–")
    ends = (at(low), at(high)) if not isnan(low) and not isnan(high) else (at(value),) * 2
    return Markup(
        '<svg viewBox="0 0 {w:g} 20" aria-hidden="true">'
        '<line class="zero" x1="6" x2="{right:g}" y1="10" y2="10"/>'
        '<line x1="{low:g}" x2="{high:g}" y1="10" y2="10"/>'
        '<circle cx="{at:g}" cy="10" r="4"/></svg>'
    ).format(w=_WIDTH, right=_WIDTH - 6.0, low=ends[0], high=ends[1], at=at(value))


def _strata(ranked_board: TaskBoard) -> dict[str, Any] | None:
    """The metric that ranks by the role of a stem, where there are several roles."""
    first = ranked_board.task.metrics[0]

    def by(score: Score) -> str:
        return role(score.stem)

    of_rows = {
        entry.name: {one.stratum: one.estimate for one in strata(entry.card, [first], by)}
        for entry in ranked_board.entries
    }
    names = sorted({name for of in of_rows.values() for name in of})
    if len(names) < 2:
        return None
    rows = [
        (name, [interval(of[one]) if one in of else "–" for one in names])
        for name, of in of_rows.items()
    ]
    return {"names": names, "rows": rows}
