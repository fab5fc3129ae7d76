"""A recipe as a picture: a histogram of every setting it draws, and the curves of one console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.catalogue.draws import Open, drawn_from
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Choice, Constant, LogUniform
from automix_bench.distributions.shaped import Each
from automix_bench.effect import Chain, Effect, Fitted, Unsuitable
from automix_bench.errors import MissingPart, UsageError
from automix_bench.pages.response_curves import (
    BANDS_HZ,
    LEVELS_DB,
    RATE,
    levels_out_db,
    response_db,
)
from automix_bench.recipe import Recipe, desks
from automix_bench.sampling import Distribution, Seed, said
from automix_bench.settings import Knob, Random

COLUMNS = 4
PANEL_INCHES = (3.4, 2.2)
# What a file of each kind may say beside the picture: not the time of day.
SUFFIXES: dict[str, dict[str, None]] = {
    ".png": {},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
BINS = 50
LEAST_SPAN_DB = 3.0
STEMS = ("vocals", "drums", "bass", "other")

Draw = Callable[[Any], None]


@dataclass(frozen=True)
class Panel:
    """A setting: where it is drawn, what from, and what was drawn."""

    title: str
    places: tuple[str, ...]
    unit: str
    sampler: Any
    values: tuple[Any, ...]


def picture(recipe: Recipe, path: Path, draws: int = 10_000, seed: int = 0) -> None:
    """Write the picture of a recipe: every setting that is not always the same as it comes out in
    `draws` draws, beside what its distribution declares; then, for one console that is drawn, each
    chain's frequency response and level curve. Equal arguments give equal pictures.

    Args:
        path: its suffix says the kind: .png, .svg or .pdf.

    Raises:
        UsageError: the suffix is none of those, or the recipe draws what its effect refuses.
        MissingPart: matplotlib is not installed.
    """
    if path.suffix not in SUFFIXES:
        raise UsageError(f"a picture's name ends in {', '.join(SUFFIXES)}, got {path.name}")
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingPart("a picture", "matplotlib", "pip install matplotlib") from error
    small = [_histogram(panel) for panel in panels(recipe, draws, seed)]
    wide = list(_curves(recipe, seed))
    small_rows, wide_rows = -(-len(small) // COLUMNS), -(-2 * len(wide) // COLUMNS)
    rows = max(1, small_rows + wide_rows)
    size = (PANEL_INCHES[0] * COLUMNS, PANEL_INCHES[1] * rows + 0.6)
    with mpl.rc_context({"svg.hashsalt": recipe.name, "font.size": 8.0, "axes.titlesize": 8.0}):
        figure = Figure(size, layout="constrained")
        figure.suptitle(f"{recipe.name}, version {recipe.version}: {draws} draws, seed {seed}")
        grid = figure.add_gridspec(rows, COLUMNS)
        for place, draw in enumerate(small):
            draw(figure.add_subplot(grid[place // COLUMNS, place % COLUMNS]))
        for place, draw in enumerate(wide):
            row, first = small_rows + 2 * place // COLUMNS, 2 * place % COLUMNS
            draw(figure.add_subplot(grid[row, first : first + 2]))
        figure.savefig(path, dpi=110, metadata=SUFFIXES[path.suffix])


def panels(recipe: Recipe, draws: int, seed: int) -> list[Panel]:
    """Every setting that is not always the same, with what was drawn for it. An effect that stands
    in several places with the same distributions is drawn once."""
    found, sends = list[tuple[Random, list[str]]](), list[Panel]()
    for split, desk in desks(recipe.console).items():
        mark = f"{split} · " if split else ""
        for place, chain in desk.everything() if isinstance(desk, Open) else ():
            for random in chain.everything():
                same = [places for other, places in found if other == random]
                if same:
                    same[0].append(mark + place)
                else:
                    found.append((random, [mark + place]))
        if isinstance(desk, RandomConsole):
            sends += _sends(desk, mark, draws, seed)
    made = [
        panel
        for number, (random, places) in enumerate(found)
        for panel in _settings(random, places, draws, Seed(seed) / "picture" / number)
    ]
    return made + sends


def _settings(random: Random, places: list[str], draws: int, seed: Seed) -> Iterator[Panel]:
    rng, kind = seed.rng(), random.effect
    drawn = [one for one in (random.sample(rng) for _ in range(draws)) if one is not None]
    where = tuple(dict.fromkeys(places))
    for name, spec in kind.settings().items():
        sampler = drawn_from(random, name)
        if isinstance(sampler, Constant) or not drawn:
            continue
        unit = spec.unit if isinstance(spec, Knob) else ""
        values = tuple(getattr(one, name) for one in drawn)
        yield _panel(f"{kind.__name__}.{name}", where, unit, sampler, values)


def _sends(desk: RandomConsole, mark: str, draws: int, seed: int) -> Iterator[Panel]:
    for name, aux in desk.auxes.items():
        if not isinstance(aux.send_db, Constant):
            rng = (Seed(seed) / "picture" / "send" / name).rng()
            values = tuple(aux.send_db.sample(rng) for _ in range(draws))
            yield _panel("send_db", (f"{mark}aux {name}",), "dB", aux.send_db, values)


def _panel(
    title: str, places: tuple[str, ...], unit: str, sampler: Any, values: tuple[Any, ...]
) -> Panel:
    """A row knob's numbers are shown together, beside what each of them is drawn from."""
    if isinstance(sampler, Each):
        flat = tuple(number for row in values for number in row)
        return Panel(f"{title}, each of {sampler.count}", places, unit, sampler.part, flat)
    return Panel(title, places, unit, sampler, values)


def _histogram(panel: Panel) -> Draw:
    numbers = all(isinstance(value, int | float) for value in panel.values)

    def draw(axes: Any) -> None:
        if numbers and not isinstance(panel.sampler, Choice):
            _bars(axes, panel)
        else:
            _words(axes, panel)
        where = ", ".join(panel.places[:3]) + (" …" if len(panel.places) > 3 else "")
        axes.set_title(f"{panel.title}\n{where}")
        axes.set_ylabel("% of draws")

    return draw


def _bars(axes: Any, panel: Panel) -> None:
    """Shares per bin, drawn as bars and declared as a line; both count a bin's upper end in."""
    values, sampler = np.sort(np.array(panel.values, np.float64)), panel.sampler
    known = isinstance(sampler, Distribution)
    low, high = sampler.ends() if known else (values[0], values[-1])
    if low == high:
        low, high = low - 0.5, high + 0.5
    log = low > 0.0 and (isinstance(sampler, LogUniform) or panel.unit == "Hz")
    edges = np.geomspace(low, high, BINS + 1) if log else np.linspace(low, high, BINS + 1)
    edges[0], edges[-1] = np.nextafter(low, -np.inf), high
    drawn = np.diff(np.searchsorted(values, edges, side="right")) / len(values)
    axes.stairs(100.0 * drawn, edges, fill=True, alpha=0.5)
    if known:
        axes.stairs(100.0 * np.diff(sampler.cdf(edges)), edges, baseline=None, color="black")
    if log:
        axes.set_xscale("log")
        _ticks(axes, low, high)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel(panel.unit)


def _ticks(axes: Any, low: float, high: float) -> None:
    """Plain numbers along a logarithmic axis: 1, 2, 5, 10 and so on, the powers of ten alone where
    there are many, the ends alone where there are few."""
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1.0)
    every = [many * power for power in powers for many in (1.0, 2.0, 5.0)]
    inside = [tick for tick in every if low <= tick <= high]
    if len(inside) > 7:
        inside = [power for power in powers if low <= power <= high]
    ticks = inside if len(inside) > 1 else [low, high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)


def _words(axes: Any, panel: Panel) -> None:
    drawn = [said(value) for value in panel.values]
    declared = dict[str, float]()
    if isinstance(panel.sampler, Choice):
        for option, share in zip(panel.sampler.options, panel.sampler.shares(), strict=True):
            word = said(option)
            declared[word] = declared.get(word, 0.0) + share
    words = list(dict.fromkeys((*declared, *sorted(set(drawn)))))
    axes.bar(range(len(words)), [100.0 * drawn.count(w) / len(drawn) for w in words], alpha=0.5)
    if declared:
        shares = [100.0 * declared.get(word, 0.0) for word in words]
        axes.plot(range(len(words)), shares, "_", color="black", markersize=18)
    axes.set_xticks(range(len(words)), words)
    axes.set_xlabel(panel.unit)


def _curves(recipe: Recipe, seed: int) -> Iterator[Draw]:
    """The frequency response and the levels of each chain of one console, as it is drawn."""
    noise = _noise(seed)
    for split, desk in desks(recipe.console).items():
        roles = desk.strips if isinstance(desk, RandomConsole) else ()
        stems = tuple(dict.fromkeys((*roles, *STEMS)))
        console = desk.draw(stems, Seed(seed) / recipe.name / "picture" / 0)
        for place, drawn in console.places():
            title = f"{split} · {place}" if split else place
            try:
                chain, _ = drawn.settled(noise)
            except Unsuitable as error:
                yield _unsuitable(title, str(error))
                continue
            linear, other = _parted(chain)
            if linear:
                yield _response(title, linear)
            if other:
                yield _levels(title, other)


def _noise(seed: int) -> Audio:
    """What normalisers find their settings on here: two seconds of noise at -23 dB, RMS."""
    rng = (Seed(seed) / "picture" / "noise").rng()
    samples = 10.0 ** (-23.0 / 20.0) * rng.standard_normal((2, 2 * RATE))
    return Audio(np.clip(samples, -1.0, 1.0).astype(np.float32), RATE)


def _parted(chain: Chain) -> tuple[list[Effect], list[Effect]]:
    """The linear effects, and the others."""
    plain = [one.effect if isinstance(one, Fitted) else one for one in chain.effects]
    return [one for one in plain if one.linear], [one for one in plain if not one.linear]


def _response(title: str, effects: list[Effect]) -> Draw:
    def draw(axes: Any) -> None:
        for effect in effects:
            axes.semilogx(BANDS_HZ, response_db(effect), linewidth=0.9, label=type(effect).__name__)
        if len(effects) > 1:
            whole = response_db(Chain(tuple(effects)))
            axes.semilogx(BANDS_HZ, whole, color="black", label="together")
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, -LEAST_SPAN_DB), max(high, LEAST_SPAN_DB))
        _ticks(axes, BANDS_HZ[0], BANDS_HZ[-1])
        axes.set_title(f"{title}: frequency response of what is linear")
        _labelled(axes, "Hz", "dB")

    return draw


def _levels(title: str, effects: list[Effect]) -> Draw:
    def draw(axes: Any) -> None:
        axes.plot(LEVELS_DB, LEVELS_DB, "--", color="grey", linewidth=0.8)
        for effect in effects:
            axes.plot(LEVELS_DB, levels_out_db(effect), label=type(effect).__name__)
        axes.set_title(f"{title}: levels of what is not, 1 kHz sine")
        _labelled(axes, "dB in", "dB out")

    return draw


def _unsuitable(title: str, reason: str) -> Draw:
    def draw(axes: Any) -> None:
        axes.set_title(f"{title}: cannot take noise")
        axes.text(0.02, 0.5, reason, wrap=True)
        axes.set_axis_off()

    return draw


def _labelled(axes: Any, across: str, up: str) -> None:
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7.0)
