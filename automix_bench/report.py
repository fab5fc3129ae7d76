"""What commands say: boards and progress for people, JSON for scripts, messages for both.

Results go to standard output, all else to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from automix_bench.canonical import nulled
from automix_bench.catalogue import draws
from automix_bench.catalogue.entries import Entry, RecipeEntry, Setting
from automix_bench.evaluating import Evaluated
from automix_bench.leaderboard import ARROWS, Board, Row, interval, percent, ranked, titled
from automix_bench.making import Made
from automix_bench.metric import Metric
from automix_bench.recipe import Recipe
from automix_bench.scorecard import Scorecard
from automix_bench.settings import Knob


def print_board(board: Board) -> None:
    """The ranking by the first metric, then every metric with its interval."""
    console = terminal()
    first, *others = board.task.metrics
    table = Table(title=f"{board.task.name}: {board.task.description}", title_justify="left")
    for head in ("rank", "model"):
        table.add_column(head)
    for head in (
        f"{first.name}\n{_unit(first)}",
        "better than\nthe floor by",
        "covered floor\nto ceiling",
        "items\nanswered",
        "× real\ntime",
    ):
        table.add_column(head, justify="right")
    for row in board.rows:
        table.add_row(
            ranked(row),
            titled(row),
            interval(row.estimates[first.name]),
            interval(row.gain) if row.part != "floor" else "–",
            percent(row.covered),
            percent(row.coverage),
            f"{row.speed:.0f}" if row.part == "entry" else "–",
            style=_style(row),
        )
    console.print(table)
    detail = Table(title="the other metrics", title_justify="left")
    detail.add_column("metric")
    detail.add_column("unit")
    for row in board.rows:
        detail.add_column(row.model, justify="right", style=_style(row))
    for metric in others:
        cells = [interval(row.estimates[metric.name]) for row in board.rows]
        detail.add_row(metric.name, _unit(metric), *cells)
    if others:
        console.print(detail)
    songs = max(row.estimates[first.name].songs for row in board.rows)
    intervals = "in brackets 95 % intervals over songs" if songs > 1 else "one song: no interval"
    told = "Models that share a letter are not told apart. " if _tied(board) else ""
    console.print(
        f"Means over {songs} songs; {intervals}. {told}Data {board.dataset[:12]}.",
        style="dim",
    )


def _tied(board: Board) -> bool:
    return any(row.standing is not None and row.standing.group for row in board.rows)


def show_board(board: Board, as_json: bool) -> None:
    """The board as a table, or as JSON."""
    if as_json:
        print_json(board.to_json())
    else:
        print_board(board)


def print_json(value: Any) -> None:
    """A value as JSON on standard output; NaN is null."""
    print(json.dumps(nulled(value), indent=1, ensure_ascii=False))


def tell(line: str) -> None:
    """A line on standard error."""
    print(line, file=sys.stderr)


def tell_made(made: Made) -> None:
    """What was left out of a data set, and what is in it."""
    tell_lines("left out", [str(rejected) for rejected in made.rejected])
    tell(
        f"{made.folder}: {len(made.rows)} examples in {len(list(made.plan.shards()))} shards "
        f"({made.rendered} rendered now), plan {made.plan.root[:12]}"
    )


def tell_failures(evaluated: Evaluated) -> None:
    """Which models failed on which items, and why."""
    for model, lines in evaluated.failures.items():
        tell_lines(f"{model} failed on", lines)


def print_card(card: Scorecard, metrics: Sequence[Metric], as_json: bool) -> None:
    """A scorecard's means and intervals."""
    found = {metric: card.estimate(metric) for metric in metrics}
    if as_json:
        values = {metric.name: asdict(estimate) for metric, estimate in found.items()}
        print_json({"model": card.model, "coverage": card.coverage, "metrics": values})
        return
    for metric, e in found.items():
        print(f"{metric.name}: {e.value:.3f} [{e.low:.3f}, {e.high:.3f}] {metric.unit}")
    print(f"coverage {card.coverage:.1%}")


def print_next_steps(out: Path, page: Path) -> None:
    """Where the demo put everything, and what to try."""
    print(
        f"\nThe data set: {out / 'data'} (README.md is its card). Answers and scorecards: "
        f"{out / 'runs'}.\n"
        f"Hear the difference: open {page} in a browser.\n"
        "Next:\n"
        "  automix-bench demo ~/music --out my_demo          the same with songs of yours\n"
        f"  automix-bench evaluate mixing {out / 'data'} my_model.py\n"
        "  automix-bench make pseudo_multitrack OUT --set songs=~/music --set separator=spleeter\n"
        f"  automix-bench verify {out / 'data'} --rerender"
    )


def show_names(found: Mapping[str, Sequence[str]], as_json: bool) -> None:
    """The plug-ins of one kind, one a line, or of several, one kind a line."""
    if as_json:
        print_json(found)
        return
    for kind, names in found.items():
        print(f"{kind}: {', '.join(names)}" if len(found) > 1 else "\n".join(names))


def show_knobs(entries: Sequence[Entry], kind: str, as_json: bool) -> None:
    """Every setting of every effect or normaliser: its range or its words, its unit, and its
    default where it has one."""
    if as_json:
        print_json({kind: {entry.name: entry.to_json() for entry in entries}})
        return
    console = terminal(draws.WIDTH, highlight=False)
    for entry in entries:
        console.print(Text(entry.name, "bold"), Text(entry.summary), sep="  ")
        if entry.claims is not None:
            nothing = entry.claims.nothing_at
            changes = f"; changes nothing at {nothing}" if nothing else ""
            console.print(Padding(Text(entry.claims.takes + changes), (0, 2)), style="dim")
            console.print(Padding(Text(f"inverse: {entry.claims.inverse}"), (0, 2)), style="dim")
        console.print(_settings_table(entry))
        console.print()


def _settings_table(entry: Entry) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2))
    for width in (19, 42, 24):
        table.add_column(min_width=width)
    for name, spec in entry.settings.items():
        unit = spec.unit if isinstance(spec, Knob) else ""
        said = str(spec).removesuffix(unit).strip()
        if name in entry.defaults:
            said += f"; {entry.defaults[name]} if not given"
        table.add_row(Text(name), Text(said), Text(unit))
    return table


def show_recipes(
    recipes: Sequence[RecipeEntry], material: Mapping[str, Setting], as_json: bool
) -> None:
    """Every recipe with its settings, and once those that most of them share."""
    if as_json:
        known = {recipe.name: recipe.to_json() for recipe in recipes}
        print_json({"recipes": known, "material": {n: vars(s) for n, s in material.items()}})
        return
    console = terminal(draws.WIDTH, highlight=False)
    for recipe in recipes:
        own = ", ".join(f"{name}={setting.default}" for name, setting in recipe.settings.items())
        shared = ", and those below" if recipe.takes_material else ""
        console.print(Text(recipe.name, "bold"))
        console.print(Padding(Text(recipe.summary), (0, 2)))
        console.print(Padding(Text(f"settings: {own or 'none'}{shared}"), (0, 2)), style="dim")
    table = Table(title="settings of the music, for every recipe that takes them", box=box.SIMPLE)
    for head in ("setting", "takes", "if not given", ""):
        table.add_column(head)
    for name, setting in material.items():
        table.add_row(name, setting.kind, setting.default, Text(setting.meaning))
    console.print(table)


def show_draws(recipe: Recipe, as_json: bool) -> None:
    """What a recipe draws, as a table, or as JSON."""
    if as_json:
        lines = [asdict(line) for line in draws.table(recipe)]
        said = {"recipe": recipe.name, "version": recipe.version, "seed": recipe.seed}
        print_json({**said, "draws": lines})
    else:
        print(draws.to_text(recipe), end="")


def terminal(width: int = 160, *, highlight: bool = True, markup: bool = True) -> Console:
    """A console as wide as the terminal; into a file or a pipe it writes as wide as is said, by
    itself so wide that no table is folded.

    Args:
        highlight: numbers in colour. markup: words in brackets are styles, not text.
    """
    across = None if sys.stdout.isatty() else width
    return Console(width=across, highlight=highlight, markup=markup)


def tell_kept(kept: Mapping[str, int]) -> None:
    """Whose answers were not asked for again."""
    for model, count in kept.items():
        tell(f"{model}: {count} answers kept from an earlier run; --fresh asks again")


def tell_lines(what: str, lines: Sequence[str], most: int = 10) -> None:
    """The first of many lines, and how many more there are."""
    for line in lines[:most]:
        tell(f"{what} {line}")
    if len(lines) > most:
        tell(f"{what} {len(lines) - most} more")


def _unit(metric: Metric) -> str:
    """The unit, where there is one, and which way is up."""
    return f"{metric.unit.removeprefix('1')} {ARROWS[metric.better]}".strip()


def _style(row: Row) -> str:
    if row.coverage < 1.0:
        return "red"
    return "" if row.part == "entry" else "dim"


class Bars:
    """Progress bars on standard error with rate and time left; silent where it is no terminal."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[unit]}"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: float, total: float, unit: str) -> None:
        """Show that `done` of `total` are finished."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total, unit=unit, rate="")
        task = self._tasks[what]
        speed = self._bars.tasks[self._bars.task_ids.index(task)].speed
        rate = f"{speed:.1f} {unit}/s" if speed else ""
        self._bars.update(task, completed=done, total=total, rate=rate)

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()
