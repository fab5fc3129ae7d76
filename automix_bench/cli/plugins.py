"""The commands that say what there is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Json, Settings


def list_plugins(
    kind: Annotated[str | None, typer.Argument(help="effects, metrics, models, …")] = None,
    knobs: Annotated[
        bool, typer.Option("--knobs", help="Every setting of effects or of normalise.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the plug-ins of a kind, or of all; recipes with their settings."""
    from automix_bench import plugin
    from automix_bench.catalogue import entries
    from automix_bench.cli.output import plugins as output

    if knobs:
        output.show_knobs(entries.entries(kind or "effects"), kind or "effects", as_json)
    elif kind == "recipes":
        output.show_recipes(entries.recipes(), entries.material_settings(), as_json)
    else:
        found = {one: plugin.names(one) for one in ([kind] if kind else plugin.KINDS)}
        output.show_names(found, as_json)


def show(
    recipe: Annotated[str, typer.Argument(help="A recipe by name, or a .py file.")],
    settings: Settings = None,
    plot: Annotated[
        Path | None, typer.Option(help="Write a picture too: a .png, .svg or .pdf.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print what a recipe draws: every effect, its chance, and what each setting is drawn from."""
    from automix_bench.cli.output.plugins import show_draws
    from automix_bench.cli.output.terminal import tell
    from automix_bench.recipe_parts.settings_from_text import recipe_from

    wanted = recipe_from(recipe, settings or ())
    if plot is not None:
        from automix_bench.pages.recipe_plot import picture

        picture(wanted, plot)
        tell(f"the picture: {plot}")
    show_draws(wanted, as_json)


def card(
    what: Annotated[str, typer.Argument(help="A kind of plug-in, or a data set's folder.")],
    name: Annotated[str | None, typer.Argument(help="The plug-in, where a kind is given.")] = None,
    as_json: Json = False,
) -> None:
    """Print the card of a plug-in (`card metrics si_sdr`) or of a data set (`card DATA`)."""
    from automix_bench.catalogue import cards
    from automix_bench.cli.output.terminal import print_json

    made = cards.card(what, name)
    if as_json:
        print_json(made.facts)
    else:
        typer.echo(made.text)
