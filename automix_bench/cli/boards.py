"""The command that ranks scorecards and writes the board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automix_bench.cli import completion
from automix_bench.cli.options import Json, Labels, Plot, TaskName

if TYPE_CHECKING:
    from automix_bench.evaluation.leaderboard import Board

_FORM = "Form of the board"
_HUB = "For the Hugging Face Hub"
_SUFFIXES = {".md": "markdown", ".tex": "latex", ".csv": "csv", ".html": "html", ".json": "json"}


def board(
    task: TaskName,
    cards: Annotated[
        list[Path],
        typer.Argument(help="Scorecards of this task and one data set, floor and ceiling too."),
    ],
    metric: Annotated[
        str | None,
        typer.Option(
            help="Rank by this metric instead of the task's own; the board says so. It may be any "
            "that all cards have.",
            autocompletion=completion.plugins("metrics"),
        ),
    ] = None,
    overlap: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Drop the items that this record of `overlap` names, for all models. Repeatable.",
        ),
    ] = None,
    label: Labels = None,
    system: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="The system card of a model (see `submit card`), for its number of parameters. "
            "Repeatable.",
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="A Markdown table.", rich_help_panel=_FORM)
    ] = False,
    latex: Annotated[
        bool, typer.Option("--latex", help="A LaTeX table (booktabs).", rich_help_panel=_FORM)
    ] = False,
    csv: Annotated[
        bool, typer.Option("--csv", help="All numbers as CSV.", rich_help_panel=_FORM)
    ] = False,
    html: Annotated[
        bool, typer.Option("--html", help="A page in HTML.", rich_help_panel=_FORM)
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the board to this file. Its suffix says the form where no option does: "
            ".md, .tex, .csv, .html or .json.",
            rich_help_panel=_FORM,
        ),
    ] = None,
    plot: Plot = None,
    eval_results: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Also write the hub's .eval_results for each ranked model: its covered share.",
            rich_help_panel=_HUB,
        ),
    ] = None,
    hub_dataset: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER/NAME",
            help="The benchmark's data set on the hub.",
            rich_help_panel=_HUB,
        ),
    ] = None,
    hub_revision: Annotated[
        str, typer.Option(help="The commit of that data set.", rich_help_panel=_HUB)
    ] = "",
    hub_source: Annotated[
        str,
        typer.Option(
            metavar="URL", help="The address of what the numbers come from.", rich_help_panel=_HUB
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Rank scorecards. Every field of a card is checked first.

    With --overlap the models are ranked on the items that are in nobody's training corpus.
    """
    from dataclasses import replace

    from automix_bench.charts.picture import demand_writable
    from automix_bench.cli.output.boards import show_board
    from automix_bench.cli.output.terminal import message, print_lines
    from automix_bench.errors import UsageError
    from automix_bench.evaluation.card_checks import common_metrics, task_for_board
    from automix_bench.evaluation.common_items import on_common_items
    from automix_bench.evaluation.eval_results import write_eval_results
    from automix_bench.evaluation.labels import labels_from
    from automix_bench.evaluation.leaderboard import board as rank
    from automix_bench.files.atomic import write_whole
    from automix_bench.scorecard import read_scorecard
    from automix_bench.untrusted.overlap_record import read_overlap

    flags = {"markdown": markdown, "latex": latex, "csv": csv, "html": html, "json": as_json}
    form = _form([name for name, given in flags.items() if given], out)
    labels = labels_from(label or [])
    if plot is not None:
        demand_writable(plot)
    if (eval_results is None) != (hub_dataset is None):
        raise UsageError("board: --eval-results DIR and --hub-dataset OWNER/NAME go together")
    scorecards = [read_scorecard(path) for path in cards]
    chosen = task_for_board(task, scorecards)
    by = common_metrics(scorecards, chosen, [metric]) if metric else ()
    parameters = _parameters([card.model for card in scorecards], system or [])
    measured, name, common = chosen.measured_by(by), by[0].name if by else "", None
    if overlap:
        records = [(str(path), read_overlap(path)) for path in overlap]
        rank(measured, scorecards, name)  # whole cards that do not compare are refused
        left, common = on_common_items(scorecards, records)
        scorecards = list(left)
    ranking = rank(measured, scorecards, name, parameters)
    ranking = replace(ranking, common=common).labelled(labels)
    if plot is not None:
        ranking.plot().save(plot)
        message(f"the picture: {plot}")
    if eval_results is not None and hub_dataset is not None:
        files = write_eval_results(
            ranking, eval_results, hub_dataset, revision=hub_revision, source=hub_source
        )
        for model, path in files.items():
            message(f"for the repository of {model}: {path}")
    if out is not None:
        write_whole(out, _text(ranking, form).encode())
        message(f"the board: {out}")
    elif form in ("", "json"):
        show_board(ranking, as_json)
    else:
        print_lines(_text(ranking, form))


def _form(given: list[str], out: Path | None) -> str:
    """The form of the board; empty for the terminal's."""
    from automix_bench.errors import UsageError

    if len(given) > 1:
        raise UsageError(f"board: expected one form, got {' and '.join(f'--{g}' for g in given)}")
    if out is None or given:
        return "".join(given)
    if out.suffix not in _SUFFIXES:
        forms = ", ".join(_SUFFIXES)
        raise UsageError(f"--out {out.name}: expected a form such as --csv, or one of {forms}")
    return _SUFFIXES[out.suffix]


def _text(ranking: Board, form: str) -> str:
    from automix_bench.cli.output.terminal import json_text

    if form == "json":
        return f"{json_text(ranking.to_json())}\n"
    forms = {
        "markdown": ranking.to_markdown,
        "latex": ranking.to_latex,
        "csv": ranking.to_csv,
        "html": ranking.to_html,
    }
    return forms[form]()


def _parameters(models: list[str], systems: list[str]) -> dict[str, int]:
    """How many parameters models have, by the system cards that are given as NAME=FILE."""
    from automix_bench.errors import UsageError
    from automix_bench.submissions.record import read_system_card

    counts = {}
    for text in systems:
        model, _, path = text.partition("=")
        if model not in models:
            raise UsageError(f"--system {text}: no model {model!r}; there is {', '.join(models)}")
        count = read_system_card(Path(path))["parameters"]
        if count is not None:
            counts[model] = count
    return counts
