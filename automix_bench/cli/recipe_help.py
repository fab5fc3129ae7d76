"""`make RECIPE --help`, `train TRAINING --help`: the help of a command, followed by the settings of
the recipe or the training."""

from __future__ import annotations

import contextlib
from typing import Any

import typer
from typer.core import TyperCommand

_ARGUMENTS = "automix_bench.arguments"
_WRONG_USAGE: type[Exception] = typer.BadParameter.__bases__[0]
"""What typer raises where options cannot be parsed."""
TAKERS = ("recipe", "training")
"""The arguments that name what takes settings."""


class CommandWithSettings(TyperCommand):
    """A command with an argument `recipe` or `training`. Its help ends with the settings of that,
    if one stands on the command line.

    Raises:
        UnknownPlugin, BrokenPlugin: there is no such recipe or training; after the help.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[_ARGUMENTS] = list(args)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super().format_help(ctx, formatter)
        recipe, training = (on_the_line(ctx, argument) for argument in TAKERS)
        if recipe or training:
            from automix_bench.catalogue import entries
            from automix_bench.cli.output.plugins import show_recipe_settings, show_settings

            if training:
                show_settings(training, entries.training(training).settings)
            else:
                show_recipe_settings(entries.recipe(recipe), entries.material_settings())


def on_the_line(context: Any, argument: str) -> str:
    """The recipe or training on the command line of a `CommandWithSettings`; empty if there is
    none.

    The last argument may be incomplete: an option without its value.

    Args:
        argument: one of `TAKERS`.
    """
    arguments = list(context.meta.get(_ARGUMENTS, ()))
    for given in (arguments, arguments[:-1]):
        with contextlib.suppress(_WRONG_USAGE):
            values, _, _ = context.command.make_parser(context).parse_args(list(given))
            if isinstance(values.get(argument), str):
                return str(values[argument])
    return ""
