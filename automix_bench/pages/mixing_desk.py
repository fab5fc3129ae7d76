"""A console as a mixing desk: for each place a strip with its equaliser, its dynamics, its pan and
its fader."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from automix_bench.answer_metrics.settings_metric import placed
from automix_bench.charts.svg import number_text, short_name
from automix_bench.console import Console
from automix_bench.effect import Chain, Effect
from automix_bench.effects.gain import Gain
from automix_bench.effects.mute import Mute
from automix_bench.effects.pan import Pan
from automix_bench.errors import AutomixError
from automix_bench.pages.response_curves import BANDS_HZ, LEVELS_DB, levels_out_db, response_db

FILTERS = (
    *("graphic_eq", "high_pass", "high_shelf", "low_pass", "low_shelf", "notch", "peaking_eq"),
    *("tilt", "pedalboard_high_pass", "pedalboard_low_pass"),
)
DYNAMICS = (
    *("compressor", "decompressor", "drc", "drc_inverse", "expander", "gate", "limiter"),
    *("multiband_compressor", "pedalboard_compressor", "pedalboard_gate", "pedalboard_limiter"),
    "unexpander",
)
EQ_DB = 18.0
"""The ends of the equaliser's picture, up and down."""
FADER_DB = (18.0, 12.0, 6.0, 0.0, -6.0, -12.0, -24.0, -60.0)
"""The marks of a fader, evenly spaced from top to bottom."""
_EQ_WIDTH, _EQ_HEIGHT, _CURVE, _FADER = 120.0, 56.0, 56.0, 110.0


@dataclass(frozen=True)
class DeskEffect:
    """An effect of a strip: its name, and its settings as text."""

    name: str
    settings: str


@dataclass(frozen=True)
class DeskStrip:
    """A place of the console.

    Attributes:
        name: of the place, as in `Desk.places`.
        eq, curve: SVG paths of the frequency response of all filters together, and of the level
            out over the level in of all dynamics; empty where there are none.
        pan: -1 (left) to 1; None where there is no pan.
        fader_db: the sum of the gains.
        fader_y: where the fader stands, from 0 (top) to 110.
        sends: the level to each aux.
    """

    name: str
    eq: str
    curve: str
    pan: float | None
    fader_db: float
    fader_y: float
    muted: bool
    effects: tuple[DeskEffect, ...]
    sends: tuple[str, ...] = ()

    @property
    def pan_text(self) -> str:
        """The pan in words: C, L 40, R 100."""
        if self.pan is None or round(100 * self.pan) == 0:
            return "C"
        return f"{'L' if self.pan < 0 else 'R'} {abs(round(100 * self.pan))}"

    @property
    def chain(self) -> str:
        """The names of the effects in order; of more than three, how many there are."""
        names = [effect.name for effect in self.effects]
        return " → ".join(names) or "no effects" if len(names) <= 3 else f"{len(names)} effects"

    @property
    def fader_text(self) -> str:
        """The level of the fader."""
        return "muted" if self.muted else f"{round(self.fader_db, 1) + 0.0:+.1f} dB"


def desk(console: Console) -> list[DeskStrip]:
    """The strips of a console, then its groups, its auxes and the bus. A bus without effects is
    left out, and so is what the stems went through before."""
    return [
        _strip(name, chain, console)
        for name, chain in console.places()
        if not name.startswith("prepared ") and (chain or name != "bus")
    ]


def has_settings(console: Console | None) -> bool:
    """Whether a console has an effect that could be drawn."""
    return console is not None and bool(console)


def _strip(name: str, chain: Chain, console: Console) -> DeskStrip:
    effects = [(one.name, one.effect) for one in placed(chain)]
    gains = [e.gain_db for _, e in effects if isinstance(e, Gain)]
    pans = [e.pan for _, e in effects if isinstance(e, Pan)]
    filters = tuple(e for kind, e in effects if kind in FILTERS)
    dynamics = tuple(e for kind, e in effects if kind in DYNAMICS)
    sends = tuple(
        f"{aux} {of.sends_db[name]:.1f} dB"
        for aux, of in console.auxes.items()
        if name in of.sends_db
    )
    return DeskStrip(
        name=name,
        eq=_path(_eq(filters)),
        curve=_path(_curve(dynamics)),
        pan=pans[-1] if pans else None,
        fader_db=sum(gains),
        fader_y=round(_fader_y(sum(gains)), 1),
        muted=any(isinstance(e, Mute) for _, e in effects),
        effects=tuple(DeskEffect(kind, _settings(e)) for kind, e in effects),
        sends=sends,
    )


def _fader_y(level_db: float) -> float:
    places = np.linspace(0.0, _FADER, len(FADER_DB))
    return float(np.interp(-level_db, [-mark for mark in FADER_DB], places))


def _settings(effect: Effect) -> str:
    """The settings of an effect as text; a row of numbers by its length."""
    return ", ".join(
        f"{one.name} {setting_text(getattr(effect, one.name))}" for one in fields(effect)
    )


def setting_text(value: object) -> str:
    """The value of a setting as text, to four digits; a row of numbers by its length, and of a
    long text its beginning."""
    if isinstance(value, float | int):
        return number_text(float(f"{value:.4g}"))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"({len(value)} numbers)"
    return short_name(str(value), 60)


@functools.lru_cache(4096)
def _eq(filters: tuple[Effect, ...]) -> tuple[tuple[float, float], ...]:
    """The points of the picture of some filters; none where they do not work at 44.1 kHz."""
    try:
        response = response_db(Chain(filters)) if filters else np.zeros(0)
    except (AutomixError, ArithmeticError, ValueError):
        response = np.zeros(0)
    across = np.linspace(0.0, _EQ_WIDTH, len(BANDS_HZ))
    up = _EQ_HEIGHT / 2.0 * (1.0 - np.clip(response / EQ_DB, -1.0, 1.0))
    return tuple(zip(across[: len(up)].tolist(), up.tolist(), strict=False))[::3]


@functools.lru_cache(4096)
def _curve(dynamics: tuple[Effect, ...]) -> tuple[tuple[float, float], ...]:
    """The points of the level out over the level in, both from -60 to 0 dB."""
    try:
        levels = levels_out_db(Chain(dynamics)) if dynamics else np.zeros(0)
    except (AutomixError, ArithmeticError, ValueError):
        levels = np.zeros(0)
    across = _CURVE * (LEVELS_DB + 60.0) / 60.0
    up = _CURVE * (1.0 - np.clip((levels + 60.0) / 60.0, 0.0, 1.0))
    return tuple(zip(across[: len(up)].tolist(), up.tolist(), strict=False))


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "".join(_steps(points))


def _steps(points: Sequence[tuple[float, float]]) -> Iterator[str]:
    for number, (x, y) in enumerate(points):
        yield f"{'L' if number else 'M'}{x:.1f} {y:.1f}"
