"""Scores of a board as the Hugging Face Hub shows them on pages of models.

The hub reads `.eval_results/*.yaml` in the repository of a model: one number for each task of a
benchmark, which is a data set on the hub.
https://huggingface.co/docs/hub/eval-results, as of August 2026. The number here is the covered
share: 0 is the task's floor, 1 its ceiling. An interval has no field there; it stands in the notes.
"""

from __future__ import annotations

import hashlib
import re
from math import isnan
from pathlib import Path
from typing import Any

from automix_bench.charts.number_text import examples_text, interval
from automix_bench.errors import UsageError
from automix_bench.evaluation.board_cells import Row, ranked
from automix_bench.evaluation.leaderboard import Board
from automix_bench.files.atomic import write_whole
from automix_bench.publishing.hub import REPO
from automix_bench.song import slug
from automix_bench.untrusted.shown import one_line

FOLDER = ".eval_results"

_REVISION = re.compile(r"[0-9a-f]{40}")
_URL = re.compile(r"https?://\S+")


def eval_results(
    board: Board, dataset: str, *, revision: str = "", source: str = ""
) -> dict[str, str]:
    """The content of the hub's file for each model that has a rank on the board, by its name.

    A share below 0 or above 1 is written as 0 or 1, and the notes have it as it is.

    Args:
        dataset: the benchmark's data set on the hub, `OWNER/NAME`.
        revision: its commit; empty if that is not known.
        source: the address of what the numbers come from, such as the board; empty for none.

    Raises:
        UsageError: a name, a commit or an address is none; the board is not ranked by the task's
            own metric; or no model has a rank.
    """
    if not REPO.fullmatch(dataset):
        raise UsageError(f"data set on the hub: expected OWNER/NAME, got {one_line(dataset)}")
    if revision and not _REVISION.fullmatch(revision):
        raise UsageError(
            f"revision of {dataset}: expected a commit, 40 digits of 0-9 a-f, got "
            f"{one_line(revision)}"
        )
    if source and not _URL.fullmatch(source):
        raise UsageError(f"source: expected an address, https://…, got {one_line(source)}")
    if board.loud:
        raise UsageError(f"{board.loud} The hub is given the task's ranking: leave the metric out")
    rows = [row for row in board.rows if row.rank is not None and not isnan(row.covered)]
    if not rows:
        raise UsageError(f"board of {board.task.name}: no model has a rank and a covered share")
    about: dict[str, str] = {"id": dataset, "task_id": board.task.name}
    if revision:
        about["revision"] = revision
    return {row.model: _yaml(_entry(board, row, about, source)) for row in rows}


def write_eval_results(
    board: Board, folder: Path, dataset: str, *, revision: str = "", source: str = ""
) -> dict[str, Path]:
    """Write `<folder>/<model>/.eval_results/automix-bench-<task>.yaml` for each ranked model.

    The folder of a model has what goes into its repository on the hub. See `eval_results` for the
    arguments and the errors.

    Returns:
        The files, by the names of the models.
    """
    texts = eval_results(board, dataset, revision=revision, source=source)
    names = _folder_names(list(texts))
    files = {}
    for model, text in texts.items():
        path = folder / names[model] / FOLDER / f"automix-bench-{slug(board.task.name)}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
        files[model] = path
    return files


def _entry(board: Board, row: Row, about: dict[str, str], source: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "dataset": about,
        "value": round(min(max(row.covered, 0.0), 1.0), 6),
    }
    if source:
        entry["source"] = {"url": source, "name": "automix_bench"}
    return {**entry, "notes": _notes(board, row)}


def _notes(board: Board, row: Row) -> str:
    task, metric = board.task, board.metrics[0]
    beyond = not 0.0 <= row.covered <= 1.0
    facts = [
        f"value: share of the way from {task.floor} (0) to {task.ceiling} (1)"
        + (f", here {row.covered:.3f}" if beyond else ""),
        f"{metric.name} {interval(row.estimates[metric.name])}{metric.after_number}, "
        f"{metric.better} is better, gain over {task.floor} {interval(row.gain)}",
        f"rank {ranked(row)} of {sum(other.rank is not None for other in board.rows)}",
        f"{task.name} version {task.version}, recipe {board.recipe or 'not recorded'}, split "
        f"{board.split or 'not recorded'}, {board.songs} songs, data {board.dataset}",
        *filter(None, (examples_text(board.examples, board.left_out), board.note)),
    ]
    return one_line("; ".join(facts))


def _yaml(entry: dict[str, Any]) -> str:
    import yaml

    text: str = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, width=100)
    return text


def _folder_names(models: list[str]) -> dict[str, str]:
    """A folder for each model; names that would share one, or have no letters, get a hash."""
    slugs = {model: slug(model) for model in models}
    taken = list(slugs.values())
    return {
        model: name
        if name and taken.count(name) == 1
        else f"{name or 'model'}-{hashlib.sha256(model.encode()).hexdigest()[:8]}"
        for model, name in slugs.items()
    }
