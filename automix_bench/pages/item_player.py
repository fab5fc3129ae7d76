"""A player of synchronised sounds: its sounds as files, and what its template and script need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from automix_bench.pages.item_sounds import SoundGroup
from automix_bench.pages.sound_files import SoundFile, common_gain, matching_gains, sound_file

KEYS = (
    ("space", "play or pause"),
    ("1 – 9", "hear a sound, by its line"),
    ("↑ ↓", "hear the sound above or below"),
    ("← →", "go back or on by a second; with Shift by five"),
    ("[ ] \\", "loop from here, to here, the whole; or drag over the waveform"),
    ("L", "loop or not"),
    ("M", "equal loudness, or the levels as they are"),
    ("D", "the difference to the reference"),
    ("B", "blind: names, scores and pictures are hidden, and the lines are shuffled"),
    ("X", "ABX: 1, 2, 3 play A, B, X; 4 and 5 answer that X is A or B"),
)


@dataclass(frozen=True)
class ShownScore:
    """A score beside a sound."""

    text: str
    failed: bool = False


@dataclass(frozen=True)
class PlayerSound:
    """A line of a player.

    Attributes:
        style: the class of its colour.
        place: which of the sounds of its group it is; -1 without a sound.
        file: None where there is no sound; `fault` says why.
    """

    title: str
    kind: str
    style: str
    place: int
    file: SoundFile | None
    fault: str = ""
    scores: tuple[ShownScore, ...] = ()


@dataclass(frozen=True)
class PlayerGroup:
    """The lines that are switched between."""

    title: str
    sounds: tuple[PlayerSound, ...]


@dataclass(frozen=True)
class ItemPlayer:
    """A player.

    Attributes:
        spec: what the script reads.
        metrics: the heads of the columns of scores.
        comparable: whether a group has a reference and another sound.
        files: by key: the base64 of each sound.
    """

    groups: tuple[PlayerGroup, ...]
    spec: dict[str, Any]
    metrics: tuple[str, ...] = ()
    comparable: bool = True
    files: dict[str, str] = field(default_factory=dict)


def item_player(
    groups: Sequence[SoundGroup],
    key: str,
    *,
    start: float = 0.0,
    metrics: Sequence[str] = (),
    scores_of: Callable[[str, str], tuple[ShownScore, ...]] = lambda stem, model: (),
    style_of: Callable[[str], str] = lambda model: "s0",
) -> ItemPlayer | None:
    """A player of some groups of sounds; None where there is no sound at all.

    Args:
        key: what the keys of its sounds begin with; a path relative to the page.
        start: where the excerpt begins in the item, in seconds.
        metrics: the names of the scores that stand beside the sounds.
        scores_of: the scores by stem and model, as many as there are metrics.
        style_of: the class of a model's colour.
    """
    shown, specs, files = list[PlayerGroup](), list[dict[str, Any]](), dict[str, str]()
    rate = 0
    for number, group in enumerate(groups):
        sounds, of_spec = list[PlayerSound](), list[dict[str, Any]]()
        encoded = [None if s.audio is None else sound_file(s.audio) for s in group.sounds]
        there = [file for file in encoded if file is not None]
        heard = [s.kind for s in group.sounds if s.audio is not None]
        reference = heard.index("reference") if "reference" in heard else -1
        gains = iter(matching_gains(there, max(reference, 0)) if there else ())
        for sound, file in zip(group.sounds, encoded, strict=True):
            scores = scores_of(group.stem, sound.model) if sound.model else ()
            scores = scores or (ShownScore(""),) * len(metrics)
            style = {"reference": "sref", "shown": "sshown", "style": "sshown"}.get(sound.kind)
            style = style or style_of(sound.model)
            place = len(of_spec) if file else -1
            line = (sound.title, sound.kind, style, place, file, sound.fault, scores)
            sounds.append(PlayerSound(*line))
            if file is None:
                continue
            name = f"{key}-{number}-{place}"
            files[name], rate = file.text, file.rate
            about = {"key": name, "title": sound.title, "kind": sound.kind}
            of_spec.append({**about, "scale": file.scale, "match": next(gains)})
        if not of_spec:
            continue
        kinds = [one["kind"] for one in of_spec]
        models = [place for place, kind in enumerate(kinds) if kind in ("model", "floor")]
        shown.append(PlayerGroup(group.title, tuple(sounds)))
        specs.append(
            {
                "sounds": of_spec,
                "common": common_gain(there),
                "reference": reference,
                "first": models[0] if models else 0,
            }
        )
    if not shown:
        return None
    comparable = any(s["reference"] >= 0 and len(s["sounds"]) > 1 for s in specs)
    spec = {"rate": rate, "start": round(start, 3), "groups": specs}
    return ItemPlayer(tuple(shown), spec, tuple(metrics), comparable, files)
