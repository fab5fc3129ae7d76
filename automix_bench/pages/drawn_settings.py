"""Values of every setting that a recipe draws, drawn many times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from automix_bench.catalogue.draws import Open, drawn_from
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Constant
from automix_bench.distributions.shaped import Each
from automix_bench.recipe import Recipe, desks
from automix_bench.sampling import Seed
from automix_bench.settings import Knob, Random


@dataclass(frozen=True)
class DrawnSetting:
    """A setting, and the values that were drawn for it.

    Attributes:
        title: the effect and the setting, `PeakingEQ.gain_db`.
        places: where its effect stands in the console.
        unit: of the values.
        sampler: what the values were drawn from.
    """

    title: str
    places: tuple[str, ...]
    unit: str
    sampler: Any
    values: tuple[Any, ...]


def drawn_settings(recipe: Recipe, draws: int, seed: int) -> list[DrawnSetting]:
    """Draw every setting of a recipe's consoles that can differ. An effect that stands in several
    places with the same distributions is drawn once.

    Args:
        draws: the number of draws of each effect. An effect that is only there by chance has fewer
            values.
    """
    effects, sends = list[tuple[Random, list[str]]](), list[DrawnSetting]()
    for split, desk in desks(recipe.console).items():
        mark = f"{split} · " if split else ""
        for place, chain in desk.everything() if isinstance(desk, Open) else ():
            for random in chain.everything():
                same = [places for other, places in effects if other == random]
                if same:
                    same[0].append(mark + place)
                else:
                    effects.append((random, [mark + place]))
        if isinstance(desk, RandomConsole):
            sends += _sends(desk, mark, draws, seed)
    settings = [
        setting
        for number, (random, places) in enumerate(effects)
        for setting in _settings(random, places, draws, Seed(seed) / "picture" / number)
    ]
    return settings + sends


def _settings(random: Random, places: list[str], draws: int, seed: Seed) -> Iterator[DrawnSetting]:
    """The settings of one effect."""
    rng, kind = seed.rng(), random.effect
    drawn = [one for one in (random.sample(rng) for _ in range(draws)) if one is not None]
    where = tuple(dict.fromkeys(places))
    for name, spec in kind.settings().items():
        sampler = drawn_from(random, name)
        if isinstance(sampler, Constant) or not drawn:
            continue
        unit = spec.unit if isinstance(spec, Knob) else ""
        values = tuple(getattr(one, name) for one in drawn)
        yield _setting(f"{kind.__name__}.{name}", where, unit, sampler, values)


def _sends(desk: RandomConsole, mark: str, draws: int, seed: int) -> Iterator[DrawnSetting]:
    """The send levels of a desk's auxes."""
    for name, aux in desk.auxes.items():
        if not isinstance(aux.send_db, Constant):
            rng = (Seed(seed) / "picture" / "send" / name).rng()
            values = tuple(aux.send_db.sample(rng) for _ in range(draws))
            yield _setting("send_db", (f"{mark}aux {name}",), "dB", aux.send_db, values)


def _setting(
    title: str, places: tuple[str, ...], unit: str, sampler: Any, values: tuple[Any, ...]
) -> DrawnSetting:
    """The numbers of a row, such as 31 gains, count as values of one setting: each number is drawn
    from the same sampler."""
    if isinstance(sampler, Each):
        flat = tuple(number for row in values for number in row)
        return DrawnSetting(f"{title}, each of {sampler.count}", places, unit, sampler.part, flat)
    return DrawnSetting(title, places, unit, sampler, values)
