"""Write a report of the runs of some models: a folder that opens from disk, in which their answers
are compared and heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan, nan
from pathlib import Path
from typing import Any

from automix_bench import __version__
from automix_bench.charts.svg import series_class
from automix_bench.errors import UsageError, naming_a_full_disk
from automix_bench.evaluation.stored_runs import TaskRuns
from automix_bench.executor import Progress, silent
from automix_bench.files.atomic import write_whole
from automix_bench.metric import Ranged
from automix_bench.pages.item_player import KEYS, ItemPlayer, ShownScore, item_player
from automix_bench.pages.item_sounds import HeardItem, heard_item
from automix_bench.pages.mixing_desk import FADER_DB, desk, has_settings
from automix_bench.pages.report_board import board_table
from automix_bench.pages.report_scores import ItemScores, heard_items, item_scores
from automix_bench.pages.report_settings import settings_table
from automix_bench.pages.template import filled
from automix_bench.song import slug

ITEMS, SECONDS, STEMS = 12, 15.0, 4
"""How many items are heard, how long, and how many stems of each, if nobody says otherwise."""
SCORES_SHOWN = 3
"""How many metrics stand beside a sound; all are in a table below."""
MARK = ".automix_bench"
"""The file that tells sources of songs that the sounds of a folder are not songs."""


def report(
    folder: Path,
    tasks: Sequence[TaskRuns],
    *,
    items: int = ITEMS,
    seconds: float = SECONDS,
    stems: int = STEMS,
    progress: Progress = silent,
) -> Path:
    """Write a page for each task and the sounds that it plays; return the path of the first page.

    The first page is `index.html`, each other one `<task>.html`. A file that an earlier report
    left in the folder is replaced or removed; the folder may hold nothing else.

    Args:
        items: how many items are heard: the worst half of so many, and others evenly spaced.
        seconds: how much of each is heard, where its wanted sounds are loudest.
        stems: how many stems of each item are heard, the worst first.

    Raises:
        UsageError: a number is less than 1, or the folder holds something else.
        DatasetError: an answer or an example is damaged.
        DiskFull: there is no room.
    """
    if items < 1 or stems < 1 or not seconds > 0.0:
        raise UsageError(
            f"expected 1 or more items and stems, and more than 0 seconds, got {items}, {stems} "
            f"and {seconds:g}"
        )
    _demand_free(folder)
    with naming_a_full_disk(folder):
        (folder / "sounds").mkdir(parents=True, exist_ok=True)
    write_whole(folder / MARK, b"a report to listen to\n")
    for left_over in [*folder.glob("*.html"), *folder.glob("sounds/*.js")]:
        left_over.unlink()
    names = _file_names([runs.task.name for runs in tasks])
    for runs in tasks:
        page = _page(folder, runs, names, items, seconds, stems, progress)
        write_whole(folder / names[runs.task.name], page.encode())
    return folder / "index.html"


def _demand_free(folder: Path) -> None:
    there = folder.is_file() or (folder.is_dir() and any(folder.iterdir()))
    if there and not (folder / MARK).is_file():
        raise UsageError(f"{folder}: holds something else; choose a folder that is empty or new")


def _file_names(tasks: Sequence[str]) -> dict[str, str]:
    """The file of each task's page."""
    return {
        task: f"{slug(task)}.html" if place else "index.html" for place, task in enumerate(tasks)
    }


def _page(
    folder: Path,
    runs: TaskRuns,
    names: Mapping[str, str],
    items: int,
    seconds: float,
    stems: int,
    progress: Progress,
) -> str:
    scores = item_scores(runs)
    ranked = scores.worst_first()
    others = [id for id in scores.items if id not in ranked]
    chosen = [*heard_items(ranked, items), *others[: max(items - len(ranked), 0)]]
    styles = {model: series_class(place) for place, model in enumerate(scores.models)}
    heard = list[dict[str, Any]]()
    progress(f"writing the page of {runs.task.name}", 0, len(chosen), "items")
    for place, id in enumerate(chosen):
        item = heard_item(runs, scores, id, seconds, stems)
        key = f"sounds/{slug(runs.task.name)}-{place:04d}"
        player = _player(item, scores, key, styles)
        for name, text in (player.files if player else {}).items():
            content = f'soundArrived("{name}","{text}");\n'
            write_whole(folder / f"{name}.js", content.encode("ascii"))
        heard.append(_item(item, id, scores, player))
        progress(f"writing the page of {runs.task.name}", place + 1, len(chosen), "items")
    board = board_table(runs.board, styles.__getitem__)
    board["notes"] += runs.notes
    return filled(
        "report.html",
        title=f"{runs.task.name}: {len(scores.models)} models",
        task=runs.task.name,
        task_version=runs.task.version,
        description=runs.task.description,
        pages=[{"task": task, "file": file} for task, file in names.items()],
        models=[
            {
                "name": model,
                "style": styles[model],
                "ceiling": model == runs.task.ceiling,
            }
            for model in scores.models
        ],
        metrics=[{"name": metric.name} for metric in scores.metrics],
        items=scores.items,
        board=board,
        heard=heard,
        heard_note=_heard_note(scores, len(chosen), len(ranked), seconds),
        marks=FADER_DB,
        keys=KEYS,
        version=__version__,
        fingerprint=runs.dataset.fingerprint[:16],
        several=len(scores.entries) > 1,
        first=scores.models.index(scores.entries[0]) if scores.entries else 0,
        numbers=_numbers(scores, chosen, styles),
    )


def _heard_note(scores: ItemScores, heard: int, ranked: int, seconds: float) -> str:
    """What is heard, and what was left out."""
    first, models = scores.metrics[0].name, len(scores.entries)
    by = f"{first}, the mean over {models} models" if models > 1 else first
    length = f"Of a longer item the loudest {seconds:g} s are heard."
    every = len(scores.items)
    if heard >= ranked:
        some = "All items" if heard == every else f"{heard} of {every} items"
        last = f"; {first} is undefined on the last {heard - ranked}" * (heard > ranked)
        return f"{some}, the worst by {by} first{last}. {length}"
    worst = (heard + 1) // 2
    return (
        f"{heard} of {every} items: the {worst} worst by {by}, and {heard - worst} evenly spaced "
        f"through the others, the best one last. The other {every - heard} have no sounds here "
        f"(--items). {length}"
    )


def _player(
    item: HeardItem, scores: ItemScores, key: str, styles: Mapping[str, str]
) -> ItemPlayer | None:
    metrics = scores.metrics[:SCORES_SHOWN]

    def scores_of(stem: str, model: str) -> tuple[ShownScore, ...]:
        id, failed = item.example.id, (model, item.example.id) in scores.failed
        shown = []
        for metric in metrics:
            value = scores.stems.get((model, id, stem, metric.name))
            if value is None:
                value = scores.means.get((model, id, metric.name), nan)
            shown.append(ShownScore(_text(value), failed))
        return tuple(shown)

    return item_player(
        item.groups,
        key,
        start=item.start,
        metrics=[_head(metric) for metric in metrics],
        scores_of=scores_of,
        style_of=lambda model: styles.get(model, "sshown"),
    )


def _item(
    item: HeardItem, id: str, scores: ItemScores, player: ItemPlayer | None
) -> dict[str, Any]:
    """The values of an item for the template."""
    before, first = item.example.before, scores.metrics[0]
    best = scores.entries[0] if scores.entries else scores.models[-1]
    value = _text(scores.means.get((best, id, first.name), nan))
    notes = []
    if player and (heard := max(f.seconds for f in _files(player))) < item.seconds - 0.05:
        end = item.start + heard
        notes.append(f"{item.start:.1f} to {end:.1f} s of {item.seconds:.1f} s")
    if item.unheard:
        notes.append(f"{item.unheard} more stems are not heard (--stems)")
    return {
        "id": id,
        "name": before.origin.name or item.example.song,
        "credit": before.origin.attribution or before.artist,
        "license": before.license,
        "note": "; ".join(notes),
        "text": getattr(item.brief, "text", None) or "",
        "summary": f"{best}: {value} {first.unit}",
        "player": player,
        "numbers": _values(item, scores),
        "settings": settings_table(
            item.example.console,
            {m: a.console for m, a in item.answers.items() if a.console is not None},
        ),
        "desks": _desks(item),
        "scores": _all_scores(id, scores),
    }


def _files(player: ItemPlayer) -> list[Any]:
    return [sound.file for group in player.groups for sound in group.sounds if sound.file]


def _values(item: HeardItem, scores: ItemScores) -> dict[str, Any] | None:
    """The numbers of all answers beside the true ones, where a task asks for numbers."""
    if not item.wanted.values:
        return None
    models = [m for m in scores.models if m in item.answers]
    rows = [
        [name, _text(true), *(_beside(item.answers[m].values.get(name, nan), true) for m in models)]
        for name, true in item.wanted.values.items()
    ]
    return {"heads": ["number", "true", *models], "rows": rows}


def _beside(value: float, true: float) -> str:
    """An answered number, and how far it is from the true one."""
    if isnan(value):
        return "–"
    return f"{_text(value)} ({value - true:+.2f})"


def _desks(item: HeardItem) -> list[dict[str, Any]]:
    """The desks of an item: that of the data set, and those that models answered. Of equal ones the
    first is drawn."""
    consoles = [("the data set", item.example.console)]
    consoles += [(m, a.console) for m, a in item.answers.items() if a.console is not None]
    drawn, seen = list[dict[str, Any]](), list[Any]()
    for name, console in consoles:
        plain = (console.strips, console.bus, console.groups, console.auxes)
        if has_settings(console) and plain not in seen:
            seen.append(plain)
            drawn.append({"name": name, "strips": desk(console), "open": not drawn})
    return drawn


def _all_scores(id: str, scores: ItemScores) -> dict[str, Any]:
    """A row for each metric and stem."""
    stems = dict.fromkeys(stem for _, item, stem, _ in scores.stems if item == id)
    rows = []
    for metric in scores.metrics:
        of = [
            s for s in stems if any((m, id, s, metric.name) in scores.stems for m in scores.models)
        ]
        for stem in of:
            name = _head(metric) if len(of) == 1 else f"{_head(metric)}, {stem}"
            values = [scores.stems.get((m, id, stem, metric.name), nan) for m in scores.models]
            rows.append([name, *map(_text, values)])
    return {"heads": ["metric", *scores.models], "rows": rows}


def _head(metric: Ranged) -> str:
    arrow = "↑" if metric.better == "higher" else "↓"
    unit = "" if metric.unit == "1" else f", {metric.unit}"
    return f"{metric.name}{unit} {arrow}"


def _text(value: float) -> str:
    if isnan(value):
        return "–"
    return f"{round(value, 2) + 0.0:.2f}"


def _numbers(
    scores: ItemScores, chosen: Sequence[str], styles: Mapping[str, str]
) -> dict[str, Any]:
    """What the table of items and the plot are drawn from."""
    heard = {id: place for place, id in enumerate(chosen)}
    values = [
        [
            [_number(scores.means.get((model, id, metric.name), nan)) for id in scores.items]
            for metric in scores.metrics
        ]
        for model in scores.models
    ]
    return {
        "metrics": [{"name": m.name, "unit": m.unit, "better": m.better} for m in scores.metrics],
        "models": [{"name": model, "style": styles[model]} for model in scores.models],
        "items": [
            {"id": id, "song": scores.songs[id], "heard": heard.get(id)} for id in scores.items
        ],
        "entries": [scores.models.index(model) for model in scores.entries],
        "values": values,
        "failed": [
            [place for place, id in enumerate(scores.items) if (model, id) in scores.failed]
            for model in scores.models
        ],
    }


def _number(value: float) -> float | None:
    return None if isnan(value) else float(f"{value:.6g}")
