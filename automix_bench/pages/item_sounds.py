"""The sounds of one item of a report, in groups that are switched within."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import Literal

import numpy as np

from automix_bench.audio import Audio, peak, total
from automix_bench.evaluation.compared import Compared, compared, wanted_of
from automix_bench.evaluation.run_folder import StoredAnswer, read_answer
from automix_bench.evaluation.stored_runs import TaskRuns
from automix_bench.example import Example
from automix_bench.isolation.live import LiveBrief
from automix_bench.model import Answer, Brief
from automix_bench.pages.report_scores import ItemScores
from automix_bench.pages.sound_files import excerpt_of, loudest_start
from automix_bench.song import Stems

Kind = Literal["shown", "reference", "floor", "ceiling", "model", "style"]
_SAME = 1e-5
"""Two sounds that differ by less than this, relative to the peak, are one line of the page."""


@dataclass(frozen=True)
class HeardSound:
    """A line of a group.

    Attributes:
        title: a model's name, or what the sound is.
        audio: the excerpt; None where there is no sound.
        fault: why there is none.
        model: whose scores stand beside it; empty for none.
    """

    title: str
    kind: Kind
    audio: Audio | None
    fault: str = ""
    model: str = ""


@dataclass(frozen=True)
class SoundGroup:
    """Sounds of one stem that are switched between; all have one rate.

    Attributes:
        stem: the name under which they are scored; empty if they are not.
    """

    title: str
    stem: str
    sounds: tuple[HeardSound, ...]


@dataclass(frozen=True)
class HeardItem:
    """An item with its sounds and numbers.

    Attributes:
        start: where its excerpt begins, in seconds.
        seconds: how long the item is; its excerpt may be shorter.
        unheard: how many groups were left out.
        answers: by model.
    """

    example: Example
    brief: Brief | LiveBrief
    wanted: Answer
    groups: tuple[SoundGroup, ...]
    start: float
    seconds: float
    unheard: int
    answers: Mapping[str, StoredAnswer]


def heard_item(
    runs: TaskRuns, scores: ItemScores, item: str, seconds: float, most_groups: int
) -> HeardItem:
    """Read the answers of all models to an item, and cut the same excerpt from all its sounds.

    The ceiling is left out where it returns what is wanted. Of several stems the worst come first.

    Args:
        seconds: the longest excerpt. It is where the wanted sounds are loudest.
        most_groups: how many stems are heard.

    Raises:
        DatasetError: an answer or the example is damaged.
    """
    example = runs.dataset[runs.dataset.number_of(item)]
    wanted, brief = wanted_of(runs.task, example), runs.task.brief(example)
    answers = {model: read_answer(runs.folders[model], item) for model in scores.models}
    parts = {model: compared(runs.task, example, wanted, a) for model, a in answers.items()}
    references = next(iter(parts.values())).references
    stems = _worst_stems(scores, item, references)
    measured = [references[stem] for stem in stems] or list(_inputs(brief).values())
    start = loudest_start(measured, seconds)
    groups = [
        SoundGroup(stem, stem, tuple(_lines(runs, scores, brief, stem, parts)))
        for stem in stems[:most_groups]
    ] or _shown_alone(brief)
    groups = [
        replace(group, sounds=tuple(_cut(sound, start, seconds) for sound in group.sounds))
        for group in groups
    ]
    rate, length = measured[0].rate, measured[0].length
    return HeardItem(
        example=example,
        brief=brief,
        wanted=wanted,
        groups=tuple(groups),
        start=start / rate,
        seconds=length / rate,
        unheard=max(len(stems) - most_groups, 0),
        answers=answers,
    )


def _cut(sound: HeardSound, start: int, seconds: float) -> HeardSound:
    if sound.audio is None:
        return sound
    return replace(sound, audio=excerpt_of(sound.audio, start, seconds))


def _worst_stems(scores: ItemScores, item: str, references: Stems) -> list[str]:
    """The stems by the mean over entries of the metric that ranks, the worst first."""
    first = scores.metrics[0]

    def goodness(stem: str) -> float:
        models = scores.entries or (scores.floor,)
        values = [scores.stems.get((model, item, stem, first.name), nan) for model in models]
        known = [first.sign * value for value in values if isfinite(value)]
        return sum(known) / len(known) if known else float("inf")

    return sorted(references, key=goodness)


def _inputs(brief: Brief | LiveBrief) -> Stems:
    return brief.stems


def _shown_alone(brief: Brief | LiveBrief) -> list[SoundGroup]:
    """What is shown, where no sound is wanted: nothing to compare with, but all to hear."""
    sounds = [HeardSound(name, "shown", audio) for name, audio in _inputs(brief).items()]
    return [SoundGroup("what was shown", "", tuple(sounds))]


def _lines(
    runs: TaskRuns,
    scores: ItemScores,
    brief: Brief | LiveBrief,
    stem: str,
    parts: Mapping[str, Compared],
) -> Iterator[HeardSound]:
    """The sounds of one stem: what was shown, the reference, the entries in the order of the board,
    the floor. Sounds that are equal share a line."""
    ends = {runs.task.floor: "floor", runs.task.ceiling: "ceiling"}
    reference = next(iter(parts.values())).references[stem]
    of_models = list[HeardSound]()
    for model in [*scores.entries, *(m for m in scores.models if m not in scores.entries)]:
        audio, fault = parts[model].estimates.get(stem), parts[model].stem_faults[stem]
        kind = ends.get(model, "model")
        if kind == "ceiling" and audio is not None and _alike(audio, reference):
            continue
        of_models.append(HeardSound(model, kind, audio, fault, model))  # type: ignore[arg-type]
    shown = HeardSound(*_shown_for(brief, stem))
    floor = next((s for s in of_models if s.kind == "floor" and s.audio is not None), None)
    if shown.audio is not None and (floor is None or not _alike(floor.audio, shown.audio)):
        yield shown
    elif shown.audio is not None and floor is not None:
        place = of_models.index(floor)
        of_models[place] = replace(floor, title=f"{floor.title}: {shown.title}")
    yield HeardSound("reference", "reference", reference)
    style = getattr(brief, "reference", None)
    if style is not None and style.rate == reference.rate and not _alike(style, reference):
        yield HeardSound("mix whose style is asked for", "style", style)
    yield from of_models


def _shown_for(brief: Brief | LiveBrief, stem: str) -> tuple[str, Kind, Audio | None]:
    """What was shown of a stem: the stem, or the plain sum of all that was shown."""
    inputs = _inputs(brief)
    if stem in inputs:
        return "as shown", "shown", inputs[stem]
    if len(inputs) == 1:
        (name,) = inputs
        return f"{name} as shown", "shown", inputs[name]
    if not inputs:
        return "", "shown", None
    return "plain sum of what was shown", "shown", total(inputs.values())


def _alike(one: Audio | None, other: Audio | None) -> bool:
    if one is None or other is None or one.samples.shape != other.samples.shape:
        return False
    difference = float(np.max(np.abs(one.samples - other.samples)))
    return difference <= _SAME * max(peak(other), _SAME)
