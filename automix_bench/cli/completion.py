"""Complete names on the command line, in shells that ask for it (`--install-completion`).

A completion never fails: where something is wrong, it offers nothing. Typer gives a function what
its parameters' names ask for: `ctx` is the context of the command line.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from automix_bench.cli.recipe_help import on_the_line

SPLITS = ("train", "valid", "test")


def plugins(kind: str) -> Callable[[str], list[str]]:
    """Complete the names of plug-ins of a kind. What is no name is left to the shell, which
    completes files."""

    def complete(incomplete: str) -> list[str]:
        from automix_bench import plugin

        return _starting(incomplete, plugin.names(kind))

    return complete


def plugin_lists(kind: str) -> Callable[[str], list[str]]:
    """Complete the last of several names with commas between them."""

    def complete(incomplete: str) -> list[str]:
        from automix_bench import plugin

        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{name}" for name in _starting(last, plugin.names(kind))]

    return complete


def words(*known: str) -> Callable[[str], list[str]]:
    """Complete one of a few words."""

    def complete(incomplete: str) -> list[str]:
        return _starting(incomplete, known)

    return complete


def kinds(incomplete: str) -> list[str]:
    """Complete a kind of plug-in."""
    from automix_bench import plugin

    return _starting(incomplete, plugin.KINDS)


def names_of_kind(ctx: Any, incomplete: str) -> list[str]:
    """Complete the name of a plug-in of the kind that stands before it."""
    from automix_bench import plugin

    kind = ctx.params.get("what")
    return _starting(incomplete, plugin.names(kind)) if kind in plugin.KINDS else []


def settings(ctx: Any, incomplete: str) -> list[str]:
    """Complete the name of a setting of the recipe on the command line.

    Each is offered twice, without a value and with its default: after a word that is the only one
    to fit, the shell would type a space.
    """
    defaults: dict[str, str] = {}
    with contextlib.suppress(Exception, SystemExit):  # whatever the file of a recipe does
        defaults = _defaults(on_the_line(ctx, "recipe"))
    return _set(defaults, incomplete)


def training_settings(ctx: Any, incomplete: str) -> list[str]:
    """Complete the name of a setting of the training on the command line, as `settings` does."""
    defaults: dict[str, str] = {}
    with contextlib.suppress(Exception, SystemExit):  # whatever the file of a training does
        from automix_bench.catalogue import entries

        every = entries.training(on_the_line(ctx, "training")).settings
        defaults = {name: one.default for name, one in every.items()}
    return _set(defaults, incomplete)


def _set(defaults: dict[str, str], incomplete: str) -> list[str]:
    offered = [f"{name}={value}" for name, one in defaults.items() for value in ("", one)]
    return list(dict.fromkeys(_starting(incomplete, offered)))


def _defaults(recipe: str) -> dict[str, str]:
    """The default of each setting of a recipe, as text; empty for one that must be given."""
    from automix_bench.catalogue import entries

    if not recipe:
        return {}
    entry = entries.recipe(recipe)
    material: dict[str, Any] = entries.material_settings() if entry.takes_material else {}
    every = {**material, **entry.settings}
    return {
        name: "" if one.default == "must be given" else one.default for name, one in every.items()
    }


def _starting(incomplete: str, names: Any) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
