"""Print lists of plug-ins, their settings, and what a recipe draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from automix_bench.catalogue import draws
from automix_bench.catalogue.entries import PluginEntry, RecipeEntry, Setting
from automix_bench.cli.output.terminal import print_json, terminal
from automix_bench.recipe import Recipe
from automix_bench.settings import Knob


def show_names(found: Mapping[str, Sequence[str]], as_json: bool) -> None:
    """The plug-ins of one kind, one a line, or of several, one kind a line."""
    if as_json:
        print_json(found)
        return
    for kind, names in found.items():
        print(f"{kind}: {', '.join(names)}" if len(found) > 1 else "\n".join(names))


def show_knobs(entries: Sequence[PluginEntry], kind: str, as_json: bool) -> None:
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


def _settings_table(entry: PluginEntry) -> Table:
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
