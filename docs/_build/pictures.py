"""The pictures of the docs: what effects do, measured by playing through them.

One function a kind of picture; `captions.py` says in words what each of them shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from captions import labels
from families import Shown
from signals import FLOOR_DB, RATE, db, impulse, moments, pink, sine, wide

from automix_bench.audio import Audio
from automix_bench.effect import Effect

DPI = 100
SIZE_INCHES = (8.0, 2.8)

Curves = Sequence[tuple[str, Effect]]


def write(effect: type[Effect], shown: Shown, path: Path) -> None:
    """The picture of an effect, as a PNG whose bytes depend on nothing but what it shows."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.size": 8.0, "axes.grid": True, "grid.alpha": 0.3}):
        figure = Figure(SIZE_INCHES, layout="constrained")
        DRAWN_BY[shown.kind](figure, effect, shown)
        figure.savefig(path, dpi=DPI, metadata={"Software": None})


def _curves(effect: type[Effect], shown: Shown) -> Curves:
    _, differing = labels(shown.examples)
    return [(label, effect(**one)) for label, one in zip(differing, shown.examples, strict=True)]


def _finish(axes: Any, across: str, up: str, legend: str = "best") -> None:
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    _, names = axes.get_legend_handles_labels()
    if any(names) and legend:
        axes.legend(fontsize=7.0, loc=legend)


def _hertz(axes: Any, low: float = 20.0, high: float = 20_000.0, across: bool = True) -> None:
    ticks = [hz for hz in (20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4) if low <= hz <= high]
    words = [f"{hz / 1e3:g}k" if hz >= 1e3 else f"{hz:g}" for hz in ticks]
    (axes.set_xscale if across else axes.set_yscale)("log")
    (axes.set_xlim if across else axes.set_ylim)(low, high)
    axis = axes.xaxis if across else axes.yaxis
    axis.set_ticks(ticks, words)
    axis.set_ticks([], minor=True)


def _sweep(effect: type[Effect], example: Mapping[str, Any], sound: Audio) -> Any:
    """The one knob that the example leaves open, its values, and the sound at each of them."""
    (name,) = effect.required() - example.keys()
    spec = effect.knobs()[name]
    values = np.linspace(spec.low, spec.high, 101)
    return name, values, [wide(effect(**example, **{name: float(v)})(sound)) for v in values]


def _sides(figure: Any, effect: type[Effect], shown: Shown) -> None:
    axes, sound = figure.subplots(), pink(0.2, -20.0)
    before = np.mean(np.square(wide(sound)), axis=1)
    for number, example in enumerate(shown.examples):
        name, values, heard = _sweep(effect, example, sound)
        levels = db([np.mean(np.square(one), axis=1) / before for one in heard])
        if not effect.stereo_only:
            axes.plot(values, levels[:, 0])
            continue
        label = labels(shown.examples)[1][number]
        axes.plot(values, levels[:, 0], color=f"C{number}", label=label)
        axes.plot(values, levels[:, 1], "--", color=f"C{number}")
        axes.set_ylim(-30.0, 8.0)
    _finish(axes, name, "dB")


def _middle(figure: Any, effect: type[Effect], shown: Shown) -> None:
    axes, sound = figure.subplots(), pink(0.2, -20.0)
    for example in shown.examples:
        name, values, heard = _sweep(effect, example, sound)
        for sign, label in ((1.0, "middle"), (-1.0, "difference")):
            before, *powers = (
                np.mean(np.square(x[0] + sign * x[1])) for x in (wide(sound), *heard)
            )
            axes.plot(values, db(np.array(powers) / before), label=label)
    axes.set_ylim(-30.0, 15.0)
    _finish(axes, name, "dB")


def _response(figure: Any, effect: type[Effect], shown: Shown) -> None:
    axes = figure.subplots()
    for label, one in _curves(effect, shown):
        power = np.abs(np.fft.rfft(wide(one(impulse(1 << 16)))[0])) ** 2
        axes.plot(np.fft.rfftfreq(1 << 16, 1.0 / RATE), db(power), label=label)
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, -60.0), max(high, 3.0))
    _hertz(axes)
    _finish(axes, "Hz", "dB")


def _dynamics_of(hz: float) -> Callable[[Any, type[Effect], Shown], None]:
    levels_db = np.arange(-60.0, 0.1, 2.0)

    def draw(figure: Any, effect: type[Effect], shown: Shown) -> None:
        static, moving = figure.subplots(1, 2, width_ratios=(2, 3))
        static.plot(levels_db, levels_db, "--", color="grey", linewidth=0.8)
        parts = [sine(hz, seconds, db) for seconds, db in ((0.2, -40.0), (0.3, -6.0), (0.5, -40.0))]
        steps = Audio(np.concatenate([part.samples for part in parts], axis=1), RATE)
        for label, one in _curves(effect, shown):
            out = [wide(one(sine(hz, 1.5, float(db))))[0, -RATE // 4 :] for db in levels_db]
            static.plot(levels_db, db([2.0 * np.mean(np.square(x)) for x in out]), label=label)
            millisecond = RATE // 1_000
            powers = [
                np.mean(np.square(x[0].reshape(-1, millisecond)), axis=1)
                for x in (wide(one(steps)), wide(steps))
            ]
            gain_db = db(powers[0] / powers[1])
            # Filters ring on for a moment when the loud part ends.
            gain_db[500:505] = np.nan
            moving.plot(np.arange(gain_db.size), gain_db, label=label)
        static.set_ylim(-90.0, max(6.0, static.get_ylim()[1]))
        _finish(static, "dB in", "dB out")
        _finish(moving, "ms", "gain in dB", legend="")

    return draw


def _echoes(figure: Any, effect: type[Effect], shown: Shown) -> None:
    axes = figure.subplots()
    for _, one in _curves(effect, shown):
        left, right = wide(one(impulse(RATE)))
        for side, sign, label in ((left, 1.0, "left"), (right, -1.0, "right")):
            at = np.flatnonzero(np.abs(side) > 1e-4)
            height = sign * np.abs(side[at])
            axes.vlines(1_000.0 * at / RATE, 0.0, height, color="C0" if sign > 0.0 else "C1")
            axes.plot([], [], color="C0" if sign > 0.0 else "C1", label=label)
        last = max(np.flatnonzero(np.abs(x) > 1e-2).max() for x in (left, right))
        axes.set_xlim(-0.02 * last / RATE * 1e3, 1.05 * last / RATE * 1e3)
    axes.axhline(0.0, color="black", linewidth=0.6)
    _finish(axes, "ms", "magnitude, linear", legend="upper center")


def _delays(figure: Any, effect: type[Effect], shown: Shown) -> None:
    ((_, one),) = _curves(effect, shown)
    length = round(0.05 * RATE)
    seconds, answers = moments(one, length)
    for channel, (axes, name) in enumerate(
        zip(figure.subplots(1, 2, sharey=True), ("left", "right"), strict=True)
    ):
        # In steps of a quarter of a millisecond, as loud as the loudest sample in each.
        cells = np.abs(answers[:, channel]).reshape(len(seconds), -1, RATE // 4_000).max(axis=2)
        mesh = axes.pcolormesh(
            seconds,
            0.25 * np.arange(cells.shape[1]),
            db(cells.T**2),
            vmin=-36.0,
            vmax=0.0,
            rasterized=True,
        )
        axes.grid(visible=False)
        axes.set_title(name)
        _finish(axes, "s", "delay in ms" if channel == 0 else "")
    figure.colorbar(mesh, ax=axes, label="dB")


def _swept(figure: Any, effect: type[Effect], shown: Shown) -> None:
    ((_, one),) = _curves(effect, shown)
    seconds, answers = moments(one, 4_800)
    power = np.abs(np.fft.rfft(answers[:, 0], axis=1)) ** 2
    axes = figure.subplots()
    hertz = np.fft.rfftfreq(4_800, 1.0 / RATE)
    mesh = axes.pcolormesh(
        seconds, hertz[2:], db(power.T)[2:], vmin=-24.0, vmax=12.0, rasterized=True
    )
    axes.grid(visible=False)
    _hertz(axes, 50.0, 10_000.0, across=False)
    _finish(axes, "s", "Hz")
    figure.colorbar(mesh, ax=axes, label="dB")


def _pitch(figure: Any, effect: type[Effect], shown: Shown) -> None:
    from scipy.signal import hilbert

    axes = figure.subplots()
    for label, one in _curves(effect, shown):
        turned = np.unwrap(np.angle(hilbert(wide(one(sine(1_000.0, 1.4)))[0])))
        # Over whole periods of the sine, as the ends of the sound ripple through.
        kept = turned[round(0.2 * RATE) :: RATE // 200][:201]
        hertz = np.diff(kept) * 200.0 / (2.0 * np.pi)
        axes.plot(0.2 + np.arange(200) / 200.0, 1_200.0 * np.log2(hertz / 1_000.0), label=label)
    _finish(axes, "s", "cents", legend="upper right")


def _gain_in_time(figure: Any, effect: type[Effect], shown: Shown) -> None:
    axes, steady = figure.subplots(), Audio(np.full((2, RATE), 0.5, np.float32), RATE)
    for label, one in _curves(effect, shown):
        axes.plot(np.arange(RATE) / RATE, wide(one(steady))[0] / 0.5, label=label)
    _finish(axes, "s", "gain, linear")


def _decay(figure: Any, effect: type[Effect], shown: Shown) -> None:
    axes, last = figure.subplots(), 0
    for label, one in _curves(effect, shown):
        energy = np.sum(np.square(wide(one(impulse(8 * RATE)))), axis=0)
        left = np.cumsum(energy[::-1])[::-1]
        left_db = db(left / left[0])[: 3 * RATE : RATE // 1_000]
        last = max(last, int(np.sum(left_db > -80.0)))
        axes.plot(np.arange(left_db.size) / 1e3, left_db, label=label)
    axes.set_xlim(-0.02 * last / 1e3, last / 1e3)
    axes.set_ylim(-80.0, 3.0)
    _finish(axes, "s", "dB")


def _curve(figure: Any, effect: type[Effect], shown: Shown) -> None:
    bent, lines = figure.subplots(1, 2, width_ratios=(2, 3))
    bent.axline((0.0, 0.0), slope=1.0, linestyle="--", color="grey", linewidth=0.8)
    slow, tone = sine(50.0, 1.0), sine(1_000.0, 1.0)
    for number, (label, one) in enumerate(_curves(effect, shown)):
        period = slice(-RATE // 50, None)
        out, into = wide(one(slow))[0, period], wide(slow)[0, period]
        bent.plot(into, out, label=label)
        # Half a second holds whole periods: each harmonic stands in one bin.
        power = np.abs(np.fft.rfft(wide(one(tone))[0, -RATE // 2 :]) / (RATE // 4)) ** 2
        harmonics = np.arange(1, 21)
        heights = db(power[harmonics * 500])
        shift = 0.25 * (number - 0.5)
        lines.bar(harmonics + shift, heights - FLOOR_DB, 0.25, bottom=FLOOR_DB, label=label)
    lines.set_xticks(range(1, 21, 2))
    _finish(bent, "in", "out")
    _finish(lines, "harmonic", "dB full scale")


def _tone(figure: Any, effect: type[Effect], shown: Shown) -> None:
    curves = _curves(effect, shown)
    for (label, one), axes in zip(
        curves, figure.subplots(1, len(curves), sharey=True), strict=True
    ):
        out = wide(one(sine(3_000.0, 1.0)))[0, RATE // 4 : -RATE // 4]
        window = np.hanning(out.size)
        power = np.abs(2.0 * np.fft.rfft(window * out) / window.sum()) ** 2
        axes.plot(np.fft.rfftfreq(out.size, 1e3 / RATE), db(power), linewidth=0.8)
        axes.set_title(label)
        _finish(axes, "kHz", "dB full scale")


def _spectrum(figure: Any, effect: type[Effect], shown: Shown) -> None:
    axes, noise = figure.subplots(), pink(4.0, -20.0)
    edges = 20.0 * 2.0 ** (np.arange(121) / 12.0)

    def bands(sound: Audio) -> np.ndarray:
        power = np.mean(np.abs(np.fft.rfft(wide(sound)) / sound.length) ** 2, axis=0)
        hertz = np.fft.rfftfreq(sound.length, 1.0 / RATE)
        sums, _ = np.histogram(hertz, edges, weights=2.0 * power)
        return db(sums)

    axes.stairs(bands(noise), edges, baseline=None, color="black", label="before")
    for label, one in _curves(effect, shown):
        axes.plot(np.sqrt(edges[:-1] * edges[1:]), bands(one(noise)), label=label, linewidth=1.0)
    axes.set_ylim(-80.0, -30.0)
    _hertz(axes)
    _finish(axes, "Hz", "dB full scale", legend="lower left")


DRAWN_BY: Mapping[str, Callable[[Any, type[Effect], Shown], None]] = {
    "sides": _sides,
    "middle": _middle,
    "response": _response,
    "dynamics": _dynamics_of(1_000.0),
    "dynamics_at_8_khz": _dynamics_of(8_000.0),
    "echoes": _echoes,
    "delays": _delays,
    "swept": _swept,
    "pitch": _pitch,
    "gain_in_time": _gain_in_time,
    "decay": _decay,
    "curve": _curve,
    "tone": _tone,
    "spectrum": _spectrum,
}
