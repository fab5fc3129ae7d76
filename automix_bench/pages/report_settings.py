"""The settings of the consoles that models answered, beside those of the data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from automix_bench.answer_metrics.settings_metric import Placed, matched
from automix_bench.console import Console
from automix_bench.effect import Chain
from automix_bench.pages.mixing_desk import setting_text

MOST_ROWS = 200


def settings_table(true: Console, answers: Mapping[str, Console]) -> dict[str, Any] | None:
    """A row for each setting of the data set's console that a model answered too: of the effect of
    the same name and turn, at the same place. None where there is no such setting.

    Args:
        answers: by model.
    """
    if not answers:
        return None
    rows = list(_rows(true, answers))
    if not rows:
        return None
    shown = rows[:MOST_ROWS]
    if len(rows) > MOST_ROWS:
        shown.append([f"{len(rows) - MOST_ROWS} more", *[""] * (len(answers) + 1)])
    return {"heads": ["setting", "true", *answers], "rows": shown}


def _rows(true: Console, answers: Mapping[str, Console]) -> Iterator[list[str]]:
    chains = {model: dict(console.places()) for model, console in answers.items()}
    for place, chain in true.places():
        if place.startswith("prepared "):
            continue
        of_model = {
            model: matched(reference=chain, estimate=places.get(place, Chain()))
            for model, places in chains.items()
        }
        for number in range(len(chain.effects)):
            pairs = {model: pairs[number] for model, pairs in of_model.items()}
            one = next(iter(pairs.values()))[0]
            if any(other is not None for _, other in pairs.values()):
                yield from _of_effect(place, one, {m: other for m, (_, other) in pairs.items()})


def _of_effect(place: str, one: Placed, others: Mapping[str, Placed | None]) -> Iterator[list[str]]:
    turn = f" {one.turn}" if one.turn > 1 else ""
    for field in fields(one.effect):
        name = f"{place} · {one.name}{turn} · {field.name}"
        answered = (
            "–" if other is None else setting_text(getattr(other.effect, field.name))
            for other in others.values()
        )
        yield [name, setting_text(getattr(one.effect, field.name)), *answered]
