"""The examples of a data set that are heard on its page, before and after their consoles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from automix_bench.audio import Audio
from automix_bench.dataset.manifest import ManifestRow
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import UsageError
from automix_bench.example import Example
from automix_bench.pages.item_player import item_player
from automix_bench.pages.item_sounds import HeardSound, SoundGroup
from automix_bench.pages.mixing_desk import desk, has_settings
from automix_bench.pages.sound_files import excerpt_of, loudest_start

HEARD, SECONDS, STEMS = 3, 8.0, 2
"""How many examples are heard, how long, and how many stems of each beside the mix."""


def heard_examples(dataset: Dataset, most: int = HEARD) -> list[dict[str, Any]]:
    """The values of the examples that are heard, for the template of the page.

    They are evenly spaced from the mix that its console changes least to the one that it changes
    most, of different songs as far as there are any.

    Raises:
        UsageError: `most` is less than 0.
        DatasetError: an example is damaged.
    """
    if most < 0:
        raise UsageError(f"the number of examples to hear must be 0 or more, got {most}")
    numbers = _evenly(dataset.rows, most)
    return [_values(dataset[number], place) for place, number in enumerate(numbers)]


def _evenly(rows: Sequence[ManifestRow], most: int) -> list[int]:
    """The numbers of the examples that are heard."""
    order = sorted(range(len(rows)), key=lambda n: (rows[n]["mix_severity_db"] or 0.0, n))
    of_song: dict[str, int] = {}
    for number in reversed(order):  # of each song the example that is changed most
        of_song.setdefault(rows[number]["song"], number)
    pool = sorted(of_song.values(), key=order.index) if len(of_song) >= most else order
    count = min(most, len(pool))
    if count <= 1:
        return pool[len(pool) // 2 :][:count]
    return [pool[round(n * (len(pool) - 1) / (count - 1))] for n in range(count)]


def _values(example: Example, place: int) -> dict[str, Any]:
    before, after = example.before, example.after
    start = loudest_start([after.mix], SECONDS)
    groups = [_group("mix", before.mix, after.mix)]
    for name in _most_effects(example)[:STEMS]:
        groups.append(_group(name, before.stems[name], after.stems[name]))
    groups = [
        replace(g, sounds=tuple(replace(s, audio=_cut(s, start)) for s in g.sounds)) for g in groups
    ]
    console = example.console
    return {
        "id": example.id,
        "name": before.origin.name or example.song,
        "credit": before.origin.attribution or before.artist,
        "license": before.license,
        "summary": ", ".join(before.stems),
        "player": item_player(groups, f"sound-{place}", start=start / before.mix.rate),
        "strips": desk(console) if has_settings(console) else [],
    }


def _group(name: str, before: Audio, after: Audio) -> SoundGroup:
    sounds = (
        HeardSound("before the console", "reference", before),
        HeardSound("after the console", "model", after),
    )
    return SoundGroup(name, "", sounds)


def _cut(sound: HeardSound, start: int) -> Audio:
    assert sound.audio is not None
    return excerpt_of(sound.audio, start, SECONDS)


def _most_effects(example: Example) -> list[str]:
    """The stems with effects, those with most first."""
    strips = example.console.strips
    names = [name for name in example.before.stems if strips[name].effects and name != "residual"]
    return sorted(names, key=lambda name: (-len(strips[name].effects), name))
