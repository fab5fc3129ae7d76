"""`make RECIPE --help`: the help of a command, followed by the settings of the recipe."""

from __future__ import annotations

import contextlib
from typing import Any

import typer
from typer.core import TyperCommand

_ARGUMENTS = "automix_bench.arguments"
_WRONG_USAGE: type[Exception] = typer.BadParameter.__bases__[0]
"""What typer raises where options cannot be parsed."""


class CommandWithRecipe(TyperCommand):
    """A command with an argument `recipe`. Its help ends with the settings of the recipe, if one
    stands on the command line.

    Raises:
        UnknownPlugin, BrokenPlugin: there is no such recipe; after the help.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[_ARGUMENTS] = list(args)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super().format_help(ctx, formatter)
        name = recipe_on_the_line(ctx)
        if name:
            from automix_bench.catalogue import entries
            from automix_bench.cli.output.plugins import show_recipe_settings

            recipe = entries.recipe(name)
            show_recipe_settings(recipe, entries.material_settings())


def recipe_on_the_line(context: Any) -> str:
    """The recipe on the command line of a `CommandWithRecipe`; empty if there is none.

    The last argument may be incomplete: an option without its value.
    """
    arguments = list(context.meta.get(_ARGUMENTS, ()))
    for given in (arguments, arguments[:-1]):
        with contextlib.suppress(_WRONG_USAGE):
            values, _, _ = context.command.make_parser(context).parse_args(list(given))
            if isinstance(values.get("recipe"), str):
                return str(values["recipe"])
    return ""
