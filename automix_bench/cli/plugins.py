"""The commands that list and describe plug-ins."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli import completion
from automix_bench.cli.options import Json, RecipeName, Settings

_CROISSANT = "Croissant"


def list_plugins(
    kind: Annotated[
        str | None,
        typer.Argument(
            help="effects, metrics, models, recipes, tasks, … Default: all kinds.",
            autocompletion=completion.kinds,
        ),
    ] = None,
    knobs: Annotated[
        bool,
        typer.Option("--knobs", help="With effects or normalisers: list every setting of each."),
    ] = False,
    as_json: Json = False,
) -> None:
    """List plug-ins by kind; `list recipes` adds their settings."""
    from automix_bench import plugin
    from automix_bench.catalogue import entries
    from automix_bench.cli.output.plugins import show_knobs, show_names, show_recipes

    if knobs:
        show_knobs(entries.entries(kind or "effects"), kind or "effects", as_json)
    elif kind == "recipes":
        show_recipes(entries.recipes(), entries.material_settings(), as_json)
    else:
        names = {one: plugin.names(one) for one in ([kind] if kind else plugin.KINDS)}
        show_names(names, as_json)


def show(
    recipe: RecipeName,
    settings: Settings = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="A picture to write as well: a .png, .svg or .pdf file. Default: none."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a recipe draws: effects, chances and ranges."""
    from automix_bench.cli.output.plugins import show_draws
    from automix_bench.cli.output.terminal import message
    from automix_bench.recipe_parts.settings_from_text import recipe_from

    chosen = recipe_from(recipe, settings or ())
    if plot is not None:
        from automix_bench.pages.recipe_plot import picture

        picture(chosen, plot)
        message(f"the picture: {plot}")
    show_draws(chosen, as_json)


def card(
    what: Annotated[
        str,
        typer.Argument(
            help="A kind of plug-in, such as metrics, or the folder of a data set.",
            autocompletion=completion.kinds,
        ),
    ],
    name: Annotated[
        str | None,
        typer.Argument(
            help="Name of the plug-in, where a kind is given.",
            autocompletion=completion.names_of_kind,
        ),
    ] = None,
    croissant: Annotated[
        bool,
        typer.Option(
            "--croissant",
            help="Of a data set: its description in Croissant 1.1 (JSON-LD) in place of the card.",
            rich_help_panel=_CROISSANT,
        ),
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(help="The page where it is published.", rich_help_panel=_CROISSANT),
    ] = None,
    published: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="When it is published: 2026-05-01.", rich_help_panel=_CROISSANT
        ),
    ] = None,
    files: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="The address below which its files lie. Default: beside the description.",
            rich_help_panel=_CROISSANT,
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Print the card of a plug-in or of a data set.

    Examples: card metrics si_sdr; card my_data_set.
    """
    from automix_bench.catalogue import cards
    from automix_bench.cli.output.terminal import print_json, print_lines
    from automix_bench.errors import UsageError
    from automix_bench.publishing.published_croissant import published_croissant

    if croissant or url or published or files:
        if not (croissant and url and published) or name is not None:
            raise UsageError("card: give all of DATA --croissant --url URL --published DATE")
        print_lines(published_croissant(Path(what), url, published, files))
        return
    made = cards.card(what, name)
    if as_json:
        print_json(made.facts)
    else:
        print_lines(made.text)
