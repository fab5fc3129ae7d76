"""The command line: parse, call one function of the library, print. No other work is done here.

Heavy imports wait until a command needs them, so that `--help` is quick.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automix_bench import __version__, errors

if TYPE_CHECKING:
    from automix_bench.report import Bars

EXIT_CODES = (
    "Exit codes: 0 done · 1 a fault of automix-bench (with a traceback) · 2 what was asked for "
    "cannot be · 3 what is on disk is not what is needed, or verify found a problem · 4 no room on "
    "the disk · 5 a model failed on some items · 130 interrupted."
)

app = typer.Typer(
    help="Make pseudo-multitrack data, run mixing and effect-removal models on it, and rank them.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Data = Annotated[Path, typer.Argument(help="A data set that `make` made.")]
TaskName = Annotated[str, typer.Argument(help="A task by name, or a .py file.")]
Split = Annotated[
    str | None, typer.Option(help="Only the examples of train, valid or test; all of them if none.")
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Ask again for answers that an earlier run has.")
]
Cache = Annotated[
    Path | None,
    typer.Option(help="Where separated stems are kept; the user's cache folder if none is given."),
]


@app.command()
def demo(
    songs: Annotated[Path | None, typer.Argument(help="A folder of your own mixed music.")] = None,
    out: Annotated[Path, typer.Option(help="Where everything is put.")] = Path("automix_demo"),
    cache: Cache = None,
) -> None:
    """Music to data set to boards, in a few minutes and with no download."""
    from automix_bench import report
    from automix_bench.demo import demo as shown
    from automix_bench.separation import default_cache

    with _bars() as bars:
        result = shown(out, songs, cache=cache or default_cache(), progress=bars, told=report.tell)
    report.tell_made(result.made)
    for evaluated in result.evaluated.values():
        report.print_board(evaluated.board)
        report.tell_failures(evaluated)
    report.print_next_steps(out, result.page)


@app.command()
def make(
    recipe: Annotated[str, typer.Argument(help="A recipe by name, or a .py file.")],
    out: Annotated[Path, typer.Argument(help="Where the data set is put, or gone on with.")],
    set: Annotated[
        list[str] | None, typer.Option(help="A setting of the recipe, as name=value; repeatable.")
    ] = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Make a recipe's data set. Killed, it goes on where it was; run again, it changes no byte."""
    from automix_bench.making import make as made_by
    from automix_bench.recipe_settings import recipe_from
    from automix_bench.report import print_json, tell, tell_made
    from automix_bench.separation import default_cache

    wanted = recipe_from(recipe, set or ())
    with _bars() as bars:
        made = made_by(wanted, out, cache=cache or default_cache(), progress=bars, told=tell)
    tell_made(made)
    if as_json:
        rejected = [{"item": r.item, "reason": r.reason} for r in made.rejected]
        print_json({"folder": str(out), "plan_root": made.plan.root, "examples": len(made.rows),
                     "rejected": rejected, "shards_rendered": made.rendered})  # fmt: skip


@app.command()
def verify(
    data: Data,
    rerender: Annotated[
        bool, typer.Option("--rerender", help="Render every example from its settings again.")
    ] = False,
    effect: Annotated[
        list[str] | None, typer.Option(help="The .py file of an effect in it that is not built in.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find what is damaged, missing or foreign in a data set."""
    from automix_bench import plugin
    from automix_bench.report import print_json
    from automix_bench.verifying import verify as problems_in

    for name in effect or ():
        plugin.load("effects", name)
    with _bars() as bars:
        problems = problems_in(data, rerender=rerender, progress=bars)
    if as_json:
        print_json([{"item": p.item, "what": p.what} for p in problems])
    else:
        for problem in problems:
            typer.echo(f"{problem.item}: {problem.what}")
        typer.echo(f"{data}: {len(problems) or 'no'} problem{'s' * (len(problems) != 1)}")
    if problems:
        raise typer.Exit(3)


@app.command()
def run(
    model: Annotated[str, typer.Argument(help="A model by name, or a .py file.")],
    task: TaskName,
    data: Data,
    out: Annotated[Path, typer.Argument(help="Where the answers are put.")],
    split: Split = None,
    fresh: Fresh = False,
) -> None:
    """Show a model every example and keep its answers."""
    from automix_bench import bench
    from automix_bench.dataset import Dataset
    from automix_bench.report import tell_kept, tell_lines
    from automix_bench.task import task_named

    with _bars() as bars:
        ran = bench.run(
            bench.entry(model), task_named(task), Dataset(data, split), out,
            fresh=fresh, progress=bars,
        )  # fmt: skip
    tell_kept({model: ran.kept} if ran.kept else {})
    tell_lines(f"{model} failed on", ran.failures)
    if ran.failures:
        raise typer.Exit(5)


@app.command()
def score(
    answers: Annotated[Path, typer.Argument(help="What `run` wrote.")],
    data: Data,
    out: Annotated[
        Path | None, typer.Option(help="The scorecard; beside the run if none is given.")
    ] = None,
    task: Annotated[str | None, typer.Option(help="The task, if it is in a .py file.")] = None,
    as_json: Json = False,
) -> None:
    """Measure the answers of a run, and write a scorecard."""
    from automix_bench import bench
    from automix_bench.dataset import Dataset
    from automix_bench.report import print_card, tell
    from automix_bench.task import task_named

    said = bench.identity(answers)
    chosen = task_named(task or said["task"])
    with _bars() as bars:
        card = bench.score(chosen, Dataset(data, said["split"]), answers, progress=bars)
    path = out or answers.resolve().with_suffix(".json")
    card.write(path)
    print_card(card, chosen.metrics, as_json)
    tell(f"the scorecard: {path}")
    if card.coverage < 1.0:
        raise typer.Exit(5)


@app.command()
def evaluate(
    task: TaskName,
    data: Data,
    models: Annotated[
        list[str] | None, typer.Argument(help="Models by name, or .py files.")
    ] = None,
    runs: Annotated[
        Path | None, typer.Option(help="Where answers are kept; beside the data if none is given.")
    ] = None,
    split: Split = None,
    fresh: Fresh = False,
    as_json: Json = False,
) -> None:
    """Run and score models, with the floor and the ceiling, and print the board."""
    from automix_bench.dataset import Dataset
    from automix_bench.evaluating import evaluate as evaluated_on
    from automix_bench.report import show_board, tell_failures, tell_kept
    from automix_bench.task import task_named

    where = runs or data.resolve().with_name(f"{data.resolve().name}-runs")
    with _bars() as bars:
        evaluated = evaluated_on(
            task_named(task), Dataset(data, split), models or [], where,
            fresh=fresh, progress=bars,
        )  # fmt: skip
    show_board(evaluated.board, as_json)
    tell_kept(evaluated.kept)
    tell_failures(evaluated)
    if evaluated.failures:
        raise typer.Exit(5)


@app.command()
def board(
    task: TaskName,
    cards: Annotated[list[Path], typer.Argument(help="Scorecards.")],
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    as_json: Json = False,
) -> None:
    """Rank scorecards."""
    from automix_bench.leaderboard import board as ranked
    from automix_bench.report import show_board
    from automix_bench.scorecard import read_scorecard
    from automix_bench.task import task_named

    made = ranked(task_named(task), [read_scorecard(path) for path in cards])
    if markdown:
        typer.echo(made.to_markdown(), nl=False)
    else:
        show_board(made, as_json)


@app.command("list")
def list_plugins(
    kind: Annotated[str | None, typer.Argument(help="effects, metrics, models, …")] = None,
    as_json: Json = False,
) -> None:
    """List the plug-ins of a kind, or of all."""
    from automix_bench import plugin
    from automix_bench.report import print_json

    found = {one: plugin.names(one) for one in ([kind] if kind else plugin.KINDS)}
    if as_json:
        print_json(found)
    else:
        for one, names in found.items():
            typer.echo(f"{one}: {', '.join(names)}" if kind is None else "\n".join(names))


@app.command()
def card(
    what: Annotated[str, typer.Argument(help="A kind of plug-in, or a data set's folder.")],
    name: Annotated[str | None, typer.Argument(help="The plug-in, where a kind is given.")] = None,
    as_json: Json = False,
) -> None:
    """Print the card of a plug-in (`card metrics si_sdr`) or of a data set (`card DATA`)."""
    from automix_bench import cards
    from automix_bench.report import print_json

    made = cards.card(what, name)
    if as_json:
        print_json(made.facts)
    else:
        typer.echo(made.text)


def main() -> None:
    """Say an expected error in one line; let an unexpected one show where it happened."""
    try:
        app()
    except BaseException as error:
        ending = errors.ending(error)
        if ending is None:
            raise
        if ending.line:
            typer.echo(f"automix-bench: {ending.line}", err=True)
        raise SystemExit(ending.code) from None


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@contextlib.contextmanager
def _bars() -> Iterator[Bars]:
    from rich.console import Console

    from automix_bench.report import Bars

    # What a model or a plug-in prints is no result of ours.
    with Bars(Console(stderr=True)) as bars, contextlib.redirect_stdout(sys.stderr):
        yield bars
