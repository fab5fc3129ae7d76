"""Print lists of plug-ins, their settings, and what a recipe draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table

from automix_bench.catalogue import draws
from automix_bench.catalogue.entries import PluginEntry, RecipeEntry, Setting
from automix_bench.cli.output.tables import available_width
from automix_bench.cli.output.terminal import (
    console,
    print_json,
    print_line,
    print_lines,
    styled,
    table,
)
from automix_bench.recipe import Recipe
from automix_bench.settings import Knob
from automix_bench.untrusted.shown import for_terminal

HELP_WIDTH = 80
"""Of the settings below a help that goes to a file or a pipe, in characters."""


def show_names(names_by_kind: Mapping[str, Sequence[str]], as_json: bool) -> None:
    """Print the plug-ins of one kind, a name a line; of several kinds, a kind a line."""
    if as_json:
        print_json(names_by_kind)
        return
    for kind, names in names_by_kind.items():
        if len(names_by_kind) > 1:
            _print_names(f"{kind}: {', '.join(names)}")
        else:
            print_lines("\n".join(map(for_terminal, names)))


def _print_names(line: str) -> None:
    """Print names in one line; on a terminal in several, none of them cut."""
    if available_width() is None:
        print_line(line)
    else:
        console().print(line)


def show_knobs(entries: Sequence[PluginEntry], kind: str, as_json: bool) -> None:
    """Print every setting of every effect or normaliser: its range or words, unit and default."""
    if as_json:
        print_json({kind: {entry.name: entry.to_json() for entry in entries}})
        return
    terminal = console(draws.WIDTH)
    for entry in entries:
        terminal.print(styled(entry.name, "bold"), styled(entry.summary), sep="  ")
        if entry.claims is not None:
            nothing = entry.claims.nothing_at
            changes = f"; changes nothing at {nothing}" if nothing else ""
            _print_indented(terminal, entry.claims.takes + changes, "dim")
            _print_indented(terminal, f"inverse: {entry.claims.inverse}", "dim")
        terminal.print(_settings_table(entry))
        terminal.print()


def _print_indented(terminal: Console, text: str, style: str = "") -> None:
    terminal.print(Padding(styled(text), (0, 2)), style=style)


def _settings_table(entry: PluginEntry) -> Table:
    settings = Table(box=None, show_header=False, padding=(0, 2))
    for width in (19, 42, 24):
        settings.add_column(min_width=width)
    for name, spec in entry.settings.items():
        unit = spec.unit if isinstance(spec, Knob) else ""
        values = str(spec).removesuffix(unit).strip()
        if name in entry.defaults:
            values += f"; {entry.defaults[name]} if not given"
        settings.add_row(name, values, unit)
    return settings


def show_recipes(
    recipes: Sequence[RecipeEntry], material: Mapping[str, Setting], as_json: bool
) -> None:
    """Print every recipe with its own settings, then the settings that most recipes share."""
    if as_json:
        known = {recipe.name: recipe.to_json() for recipe in recipes}
        print_json({"recipes": known, "material": {n: vars(s) for n, s in material.items()}})
        return
    terminal = console(draws.WIDTH)
    for recipe in recipes:
        own = ", ".join(f"{name}={setting.default}" for name, setting in recipe.settings.items())
        shared = ", and those below" if recipe.takes_material else ""
        terminal.print(styled(recipe.name, "bold"))
        _print_indented(terminal, recipe.summary)
        _print_indented(terminal, f"settings: {own or 'none'}{shared}", "dim")
    title = "settings of the music, for every recipe that takes them"
    settings = table("setting", "takes", "if not given", "", title=title)
    for name, setting in material.items():
        settings.add_row(name, setting.kind, setting.default, setting.meaning)
    terminal.print(settings)


def show_recipe_settings(recipe: RecipeEntry, material: Mapping[str, Setting]) -> None:
    """Print the settings of one recipe as `--help` prints options.

    Args:
        material: the settings that most recipes share.
    """
    show_settings(recipe.name, recipe.settings)
    if recipe.takes_material:
        panel = _settings_panel("Settings of its music: --set NAME=VALUE", material)
        console(HELP_WIDTH).print(panel)


def show_settings(name: str, settings: Mapping[str, Setting]) -> None:
    """Print the own settings of a recipe or a training as `--help` prints options."""
    terminal = console(HELP_WIDTH)
    if settings:
        terminal.print(_settings_panel(f"Settings of {name}: --set NAME=VALUE", settings))
    else:
        terminal.print(f"{name} has no settings of its own.")


def _settings_panel(title: str, settings: Mapping[str, Setting]) -> Panel:
    rows = Table.grid(padding=(0, 2), expand=True)
    rows.add_column(no_wrap=True, style="bold cyan")
    rows.add_column(ratio=1)
    for name, one in settings.items():
        takes = f"{one.kind[:1].upper()}{one.kind[1:]}: " if one.meaning else one.kind
        required = one.default == "must be given"
        default = "[required]" if required else f"[default: {one.default or 'empty'}]"
        meaning = f"{one.meaning} " if one.meaning else " "
        text = styled(f"{takes}{meaning}")
        rows.add_row(styled(name), text.append(styled(default, "red" if required else "dim")))
    return Panel(rows, title=styled(title), title_align="left", border_style="dim")


def show_draws(recipe: Recipe, as_json: bool) -> None:
    """Print what a recipe draws: every effect with its chance and its settings' distributions."""
    if as_json:
        lines = [asdict(line) for line in draws.table(recipe)]
        identity = {"recipe": recipe.name, "version": recipe.version, "seed": recipe.seed}
        print_json({**identity, "draws": lines})
    else:
        print_lines(draws.to_text(recipe, available_width() or draws.WIDTH))
