"""A picture of a recipe: a histogram of every setting that it draws, and the response curves of one
console that is drawn from it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup

from automix_bench.audio import Audio
from automix_bench.charts.picture import Picture, demand_writable
from automix_bench.charts.svg import Axis, Plot, series_class
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Choice, LogUniform
from automix_bench.effect import Chain, Effect, Fitted, Unsuitable
from automix_bench.pages.drawn_settings import DrawnSetting, drawn_settings
from automix_bench.pages.response_curves import (
    BANDS_HZ,
    LEVELS_DB,
    RATE,
    levels_out_db,
    response_db,
)
from automix_bench.pages.template import filled
from automix_bench.recipe import Recipe, desks
from automix_bench.sampling import Distribution, Seed, as_text

COLUMNS = 4
BINS = 50
LEAST_SPAN_DB = 3.0
STEMS = ("vocals", "drums", "bass", "other")

_PANEL = 340, 226
_PLOT_HEIGHT = 184
_HEADING = 40


@dataclass(frozen=True)
class PicturePanel:
    """A chart with its title, and below the title a subtitle or the names of its lines.

    Attributes:
        keys: the names of lines, by the class that colours them.
        text: lines that stand instead of a chart.
        columns: the number of columns that the panel takes.
    """

    title: str
    subtitle: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    chart: Markup | str = ""
    text: tuple[str, ...] = ()
    columns: int = 1


def picture(recipe: Recipe, path: Path, draws: int = 10_000, seed: int = 0) -> None:
    """Write the picture of a recipe. Equal arguments give equal pictures.

    The first panels show each setting that can differ: the share of `draws` draws that falls into
    each of `BINS` bins, and as a line the share that the distribution declares. The others belong
    to one console: the frequency response and the level curve of each of its chains.

    Args:
        path: its suffix says the kind: .png, .svg or .pdf.

    Raises:
        UsageError: the suffix is none of those, or the recipe draws what its effect refuses.
        MissingPart: the picture is a .png or a .pdf, and vl-convert-python is not installed.
    """
    demand_writable(path)
    title = f"{recipe.name}, version {recipe.version}: {draws} draws, seed {seed}"
    panels = [_share_panel(setting) for setting in drawn_settings(recipe, draws, seed)]
    drawing = _arranged(title, panels, list(_curve_panels(recipe, seed)))
    Picture(drawing).save(path)


def _arranged(title: str, small: Sequence[PicturePanel], wide: Sequence[PicturePanel]) -> str:
    """The text of an SVG file: the small panels row by row, then the wide ones."""
    width, height = _PANEL
    small_rows, wide_rows = -(-len(small) // COLUMNS), -(-2 * len(wide) // COLUMNS)
    cells = [divmod(place, COLUMNS) for place in range(len(small))]
    for place in range(len(wide)):
        row, column = divmod(2 * place, COLUMNS)
        cells.append((small_rows + row, column))
    placed = [
        (panel, column * width, _HEADING + row * height)
        for panel, (row, column) in zip([*small, *wide], cells, strict=True)
    ]
    return filled(
        "recipe.svg",
        title=title,
        width=COLUMNS * width,
        height=_HEADING + max(1, small_rows + wide_rows) * height,
        column_width=width,
        placed=placed,
    )


def _share_panel(setting: DrawnSetting) -> PicturePanel:
    """The shares of a setting's values. Numbers are binned; words and choices are not."""
    numbers = all(isinstance(value, int | float) for value in setting.values)
    counted = numbers and not isinstance(setting.sampler, Choice)
    where = ", ".join(setting.places[:3]) + (" …" if len(setting.places) > 3 else "")
    chart = _number_shares(setting) if counted else _word_shares(setting)
    return PicturePanel(setting.title, where, chart=chart)


def _number_shares(setting: DrawnSetting) -> Markup:
    """The share of each bin: drawn as bars, declared as a line. A bin includes its upper end."""
    values, sampler = np.sort(np.array(setting.values, np.float64)), setting.sampler
    known = isinstance(sampler, Distribution)
    low, high = sampler.ends() if known else (values[0], values[-1])
    if low == high:
        low, high = low - 0.5, high + 0.5
    log = low > 0.0 and (isinstance(sampler, LogUniform) or setting.unit == "Hz")
    edges = np.geomspace(low, high, BINS + 1) if log else np.linspace(low, high, BINS + 1)
    edges[0], edges[-1] = np.nextafter(low, -np.inf), high
    drawn = 100.0 * np.diff(np.searchsorted(values, edges, side="right")) / len(values)
    declared = 100.0 * np.diff(sampler.cdf(edges)) if known else np.zeros(0)
    edges[0] = low
    most = max([*drawn, *declared])
    plot = _plot(Axis(setting.unit, float(low), float(high), log), _percent(most))
    marks = [
        plot.bar(start, end, share, "s0", f"{start:.4g} to {end:.4g}: {share:.3g} %")
        for start, end, share in zip(edges[:-1], edges[1:], drawn, strict=True)
        if share
    ]
    if known:
        marks.append(plot.steps(edges, declared, "ink", "as declared"))
    return plot.drawn(marks)


def _word_shares(setting: DrawnSetting) -> Markup:
    """The share of each word: drawn as bars, declared as short lines."""
    drawn = [as_text(value) for value in setting.values]
    declared = dict[str, float]()
    if isinstance(setting.sampler, Choice):
        for option, share in zip(setting.sampler.options, setting.sampler.shares(), strict=True):
            word = as_text(option)
            declared[word] = declared.get(word, 0.0) + 100.0 * share
    words = list(dict.fromkeys((*declared, *sorted(set(drawn)))))
    shares = {word: 100.0 * drawn.count(word) / len(drawn) for word in words}
    most = max([*shares.values(), *declared.values()])
    plot = _plot(Axis(setting.unit, -0.6, len(words) - 0.4), _percent(most))
    marks = []
    for place, (word, share) in enumerate(shares.items()):
        marks.append(plot.bar(place - 0.4, place + 0.4, share, "s0", f"{word}: {share:.3g} %"))
        if declared:
            level = declared.get(word, 0.0)
            ends = (place - 0.25, place + 0.25)
            marks.append(plot.line(ends, (level, level), "ink", f"{word}: {level:.3g} % declared"))
    return plot.drawn(marks, words)


def _plot(across: Axis, up: Axis, columns: int = 1) -> Plot:
    return Plot(across, up, _PANEL[0] * columns, _PLOT_HEIGHT)


def _percent(most: float) -> Axis:
    return Axis("% of draws", 0.0, 1.05 * float(most))


def _curve_panels(recipe: Recipe, seed: int) -> Iterator[PicturePanel]:
    """The frequency response and the level curve of each chain of one drawn console."""
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
    """Two seconds of noise at -23 dB RMS, on which normalisers find their settings."""
    rng = (Seed(seed) / "picture" / "noise").rng()
    samples = 10.0 ** (-23.0 / 20.0) * rng.standard_normal((2, 2 * RATE))
    return Audio(np.clip(samples, -1.0, 1.0).astype(np.float32), RATE)


def _parted(chain: Chain) -> tuple[list[Effect], list[Effect]]:
    """The linear effects, and the others."""
    plain = [one.effect if isinstance(one, Fitted) else one for one in chain.effects]
    return [one for one in plain if one.linear], [one for one in plain if not one.linear]


def _response(title: str, effects: list[Effect]) -> PicturePanel:
    """The frequency response of each effect, and of all together if there are several."""
    curves = [(type(effect).__name__, response_db(effect)) for effect in effects]
    if len(effects) > 1:
        curves.append(("together", response_db(Chain(tuple(effects)))))
    low, high = _span([values for _, values in curves])
    plot = _plot(
        Axis("Hz", float(BANDS_HZ[0]), float(BANDS_HZ[-1]), log=True),
        Axis("dB", min(low, -LEAST_SPAN_DB), max(high, LEAST_SPAN_DB)),
        columns=2,
    )
    return _line_panel(
        f"{title}: frequency response of the linear effects", plot, BANDS_HZ, curves, []
    )


def _levels(title: str, effects: list[Effect]) -> PicturePanel:
    """The level that leaves each effect over the level that enters it; dashed where both are
    equal."""
    curves = [(type(effect).__name__, levels_out_db(effect)) for effect in effects]
    low, high = _span([LEVELS_DB, *(values for _, values in curves)])
    plot = _plot(
        Axis("dB in", float(LEVELS_DB[0]), float(LEVELS_DB[-1])),
        Axis("dB out", low, high),
        columns=2,
    )
    equal = plot.line(LEVELS_DB, LEVELS_DB, "rule", "out as in")
    return _line_panel(
        f"{title}: levels through the other effects, 1 kHz sine", plot, LEVELS_DB, curves, [equal]
    )


def _line_panel(
    title: str,
    plot: Plot,
    at: np.ndarray,
    curves: Sequence[tuple[str, np.ndarray]],
    marks: list[Markup],
) -> PicturePanel:
    keys = []
    for number, (name, values) in enumerate(curves):
        style = "ink" if name == "together" else series_class(number)
        marks.append(plot.line(at, values, style, name))
        keys.append((name, style))
    return PicturePanel(title, keys=tuple(keys), chart=plot.drawn(marks), columns=2)


def _span(curves: Sequence[np.ndarray]) -> tuple[float, float]:
    """The lowest and the highest value, with room to spare."""
    low, high = (float(end([end(values) for values in curves])) for end in (np.min, np.max))
    margin = max(0.05 * (high - low), 0.5)
    return low - margin, high + margin


def _unsuitable(title: str, reason: str) -> PicturePanel:
    """The reason why a chain has no curves."""
    text = tuple(textwrap.wrap(reason, 110))
    return PicturePanel(f"{title}: cannot take noise", text=text, columns=2)
