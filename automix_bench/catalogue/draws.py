"""A recipe as a table: each place of its consoles, each effect, and what each setting is drawn
from. A desk is what draws a recipe's consoles."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from typing import Any, Protocol, runtime_checkable

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Constant
from automix_bench.normaliser import Normaliser
from automix_bench.recipe import SPLITS, Recipe, desks
from automix_bench.sampling import Joint, as_text
from automix_bench.settings import Knob, Random
from automix_bench.untrusted.shown import for_terminal

WIDTH = 100
LONGEST_DRAWS, SHORTEST_DRAWS = 60, 20
_DRAWS = 4


@runtime_checkable
class Open(Protocol):
    """A desk that shows the chains it draws from, such as `RandomConsole`."""

    def everything(self) -> Iterable[tuple[str, RandomChain]]: ...


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Attributes:
        split: train, valid or test; empty if all splits have the same desk.
        place: the place of the chain: a stem's role, `group …`, `aux …`, `bus` or `prepared`.
        step: the effect's number in the chain, from 1; `3.2` is the second effect of a chain that
            stands third. Empty for a line about the place itself.
        effect: the class of the effect or normaliser.
        chance: the probability that the effect is there, from 0 to 1.
        setting: the knob or option; `order` for the order of a chain.
        draws: what the setting is drawn from.
        unit: the unit of the knob.
    """

    split: str
    place: str
    step: str
    effect: str
    chance: float
    setting: str
    draws: str
    unit: str = ""


def table(recipe: Recipe) -> list[Line]:
    """Every line of the table, place by place in the order of the desk."""
    return [
        replace(line, split=split)
        for split, desk in desks(recipe.console).items()
        for line in _of_desk(desk)
    ]


def to_text(recipe: Recipe, width: int = WIDTH) -> str:
    """The table as text for a reader, below the recipe's name, description and sources.

    Args:
        width: of the lines, in characters. Names and units can make a line wider.
    """
    shares = ", ".join(f"{n} {100 * s:g} %" for n, s in zip(SPLITS, recipe.splits, strict=True))
    lufs = recipe.loudness_lufs
    loudness = "as released" if lufs is None else f"at {lufs:g} LUFS"
    music = (
        f"{type(recipe.source).__name__} songs, {type(recipe.separator).__name__} stems, excerpts "
        f"of {recipe.excerpt_seconds:g} s {loudness}; {shares}"
    )
    head = [
        f"{recipe.name}, version {recipe.version}, seed {recipe.seed}",
        *textwrap.wrap(recipe.description, width),
        *textwrap.wrap(music, width),
    ]
    lines = table(recipe)
    cells = [_cells(line) for line in lines]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(6)]
    longest = max(LONGEST_DRAWS - max(WIDTH - width, 0), SHORTEST_DRAWS)
    widths[_DRAWS] = min(widths[_DRAWS], longest)
    body, before = list[str](), Line("", "", "", "", 1.0, "", "")
    for line, row in zip(lines, cells, strict=True):
        if (line.split, line.place) != (before.split, before.place):
            body += ["", f"{line.split} · {line.place}" if line.split else line.place]
        if line.effect and (line.step, line.place, line.split) == (
            before.step,
            before.place,
            before.split,
        ):
            row = ("", "", "", *row[3:])
        for folded in _folded(row, widths[_DRAWS]):
            padded = [cell.ljust(width) for cell, width in zip(folded, widths, strict=True)]
            body.append(("  " + "  ".join(padded)).rstrip())
        before = line
    return "".join(f"{for_terminal(line)}\n" for line in (*head, *body))


def drawn_from(random: Random, setting: str) -> Any:
    """The sampler of a setting: its own, or the marginal of one that draws several settings, or a
    constant for a setting that stays at its default. None if it cannot be told."""
    if setting in random.knobs:
        return random.knobs[setting]
    if isinstance(random.jointly, Joint) and setting in random.jointly.names:
        return random.jointly.marginal(setting)
    defaults = {f.name: f.default for f in fields(random.effect)}
    given = random.jointly is None or isinstance(random.jointly, Joint)
    return Constant(defaults[setting]) if given and defaults[setting] is not MISSING else None


def _of_desk(desk: Any) -> Iterator[Line]:
    if not isinstance(desk, Open):
        yield from _of_closed_desk(desk)
        return
    about = _routing(desk) if isinstance(desk, RandomConsole) else {}
    for place, chain in desk.everything():
        yield from about.get(place, ())
        yield from _of_chain(place, "", chain)


def _of_closed_desk(desk: Any) -> Iterator[Line]:
    """A desk that hides its chains: the first paragraph of its docstring, and its fields."""
    place, doc = type(desk).__name__, (type(desk).__doc__ or "").strip()
    yield Line("", place, "", "", 1.0, "desk", " ".join(doc.partition("\n\n")[0].split()))
    for field in fields(desk) if is_dataclass(desk) else ():
        yield Line("", place, "", "", 1.0, field.name, as_text(getattr(desk, field.name)))


def _routing(desk: RandomConsole) -> dict[str, list[Line]]:
    """What feeds the groups and auxes, by place."""
    about = dict[str, list[Line]]()
    for name, group in desk.groups.items():
        place = f"group {name}"
        about[place] = [Line("", place, "", "", 1.0, "takes", ", ".join(group.roles))]
    for name, aux in desk.auxes.items():
        place, roles = f"aux {name}", ", ".join(aux.roles) or "every stem but the residual"
        sends = Line("", place, "", "", aux.chance, "send_db", str(aux.send_db), "dB")
        about[place] = [Line("", place, "", "", 1.0, "takes", roles), sends]
    return about


def _of_chain(place: str, step: str, chain: RandomChain) -> Iterator[Line]:
    yield Line("", place, step, "", 1.0, "order", _order(chain))
    for number, effect in enumerate(chain.effects, 1):
        inner = f"{step}.{number}" if step else str(number)
        if isinstance(effect, RandomChain):
            yield from _of_chain(place, inner, effect)
        else:
            yield from _of_effect(place, inner, effect)


def _order(chain: RandomChain) -> str:
    count = len(chain.effects)
    if not count:
        return "nothing"
    order = "shuffled" if chain.shuffled else "as listed"
    if chain.count is None:
        return order
    return f"{order}; how many of the {count} are kept: {chain.count}"


def _of_effect(place: str, step: str, random: Random) -> Iterator[Line]:
    kind, settings = random.effect, random.effect.settings()
    name = kind.__name__ + (" (normaliser)" if issubclass(kind, Normaliser) else "")
    line = Line("", place, step, name, random.chance, "", "")
    if not settings:
        yield line
    for setting, spec in settings.items():
        sampler = drawn_from(random, setting)
        draws = str(random.jointly if sampler is None else sampler)
        if sampler is None or (setting not in random.knobs and not isinstance(sampler, Constant)):
            draws += ", jointly"
        unit = spec.unit if isinstance(spec, Knob) else ""
        yield replace(line, setting=setting, draws=draws, unit=unit)


def _cells(line: Line) -> tuple[str, ...]:
    chance = f"{100.0 * line.chance:.3g} %" if line.effect or line.chance < 1.0 else ""
    return (line.step, chance.rjust(6), line.effect, line.setting, line.draws, line.unit)


def _folded(row: tuple[str, ...], width: int) -> Iterator[tuple[str, ...]]:
    """A row of cells, as several rows if the description of its sampler is long."""
    first, *others = textwrap.wrap(row[_DRAWS], width) or [""]
    yield (*row[:_DRAWS], first, *row[_DRAWS + 1 :])
    for more in others:
        yield ("",) * _DRAWS + (more, "")
