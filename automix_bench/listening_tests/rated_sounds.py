"""The sounds of one listening test: what people said of each, and the value that each metric has.

The values come from scorecards (`of_cards`) or are measured on the sounds themselves (`of_folder`).
Names in rating files are strangers' text: they are looked up, and never become part of a path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from pathlib import Path

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.memo import sharing
from automix_bench.errors import DatasetError, Rejected, UsageError
from automix_bench.evaluation.card_checks import demand_scores, demand_sound
from automix_bench.evaluation.compare import demand_comparable
from automix_bench.executor import Progress, silent
from automix_bench.files.canonical_json import pretty
from automix_bench.files.decode import decode
from automix_bench.listening_tests.rating import Rating
from automix_bench.metric import Metric, Ranged
from automix_bench.scorecard import Scorecard
from automix_bench.untrusted.shown import one_line

Place = tuple[str, str]
"""A rated sound: the name of the page (a song, or an example of one), and the system."""
SOUNDS = {".wav", ".flac", ".mp3", ".ogg", ".aif", ".aiff", ".opus", ".m4a"}
NAMED = 5
"""How many names a note lists."""


@dataclass(frozen=True)
class RatedSounds:
    """One listening test, a stratum of a board.

    Attributes:
        source: the name of the test, which the board shows.
        ratings: those of sounds that have values.
        values: by metric and place, larger is better; NaN where the metric is undefined.
        songs: by page, the song that it belongs to.
        seed: of every interval; depends on the data alone.
        notes: what was left out, and why, a line each.
    """

    source: str
    ratings: tuple[Rating, ...]
    values: Mapping[str, Mapping[Place, float]]
    songs: Mapping[str, str]
    seed: str
    notes: tuple[str, ...] = ()


def of_cards(
    source: str,
    ratings: Sequence[Rating],
    cards: Sequence[Scorecard],
    metrics: Sequence[Ranged],
    called: Mapping[str, str] | None = None,
) -> RatedSounds:
    """The rated sounds with the scores of these cards, matched by model, and by song or example.

    Args:
        called: names of systems and songs in the ratings, with their names in the cards.

    Raises:
        UsageError: two cards are of one model.
        DatasetError: the cards are of different tasks, versions or data sets, or lack a metric.
    """
    demand_comparable(cards)
    for metric in metrics:
        demand_scores(cards, metric)
    demand_sound(cards, metrics)
    songs = {name: s.song for c in cards for s in c.scores for name in (s.example, s.song)}
    values = {
        metric.name: {
            (page, card.model): metric.sign * value
            for card in cards
            for page, value in means_by_name(card, metric).items()
        }
        for metric in metrics
    }
    named = _called(ratings, called or {})
    models = {card.model for card in cards}
    systems = {rating.system for rating in named}
    notes = [
        *_note(source, "rated, without a scorecard", systems - models),
        *_note(source, "rated, in no scorecard", {rating.song for rating in named} - set(songs)),
        *_note(source, "a scorecard, but not rated", models - systems),
    ]
    return _matched(source, named, values, songs, cards[0].dataset, notes)


def means_by_name(card: Scorecard, metric: Ranged) -> dict[str, float]:
    """The mean score of each song, and of each example, by id; NaN where none is defined."""
    cells: dict[str, list[float]] = {}
    for score in card.of(metric):
        for name in {score.song, score.example}:
            cells.setdefault(name, []).append(score.value)
    defined = {name: [v for v in values if not isnan(v)] for name, values in cells.items()}
    return {name: float(np.mean(of)) if of else nan for name, of in defined.items()}


def of_folder(
    source: str,
    ratings: Sequence[Rating],
    folder: Path,
    target: str,
    metrics: Sequence[Metric],
    *,
    called: Mapping[str, str] | None = None,
    trim: bool = False,
    progress: Progress = silent,
) -> RatedSounds:
    """The rated sounds in a folder, measured against one sound of each song.

        FOLDER/SONG/SYSTEM.wav

    That sound itself is left out: every metric would put it first.

    Args:
        target: the name of the sound that metrics compare with.
        called: names of systems and songs in the ratings, with their names in the folder.
        trim: cut the sounds of a song to the shortest.

    Raises:
        DatasetError: no rated sound is there, two files have one name, a sound is damaged, or the
            sounds of a song differ in rate, in channels or, without `trim`, in length.
    """
    named = _called(ratings, called or {})
    files = _files(folder)
    places = dict.fromkeys((rating.song, rating.system) for rating in named)
    missing = [f"{song}/{system}" for song, system in places if (song, system) not in files]
    pages = dict.fromkeys(song for song, _ in places)
    lacking = {page for page in pages if (page, target) not in files}
    chosen = [p for p in places if p in files and p[0] not in lacking and p[1] != target]
    if not chosen:
        raise DatasetError(
            f"{folder}: no rated sound with its {one_line(target)} there: expected FOLDER/SONG/"
            f"SYSTEM.wav such as {_example(places, target)}; say with --called RATED=NAME who is "
            "who, and with --target what metrics compare with"
        )
    notes = [
        *_note(source, "rated, without a sound", missing),
        *_note(source, f"without the sound {one_line(target)}", lacking),
        *_note(source, "a sound, but not rated", _unrated(files, places, pages, target)),
    ]
    values: dict[str, dict[Place, float]] = {metric.name: {} for metric in metrics}
    for number, page in enumerate(pages, 1):
        own = [place for place in chosen if place[0] == page]
        if own:
            for place, sounds in _pairs(files, (page, target), own, trim):
                with sharing():
                    for metric in metrics:
                        values[metric.name][place] = metric.sign * metric(
                            reference=sounds[0], estimate=sounds[1]
                        )
        progress("measured", number, len(pages), "songs")
    seed = hashlib.sha256(pretty([sorted(place) for place in sorted(chosen)]).encode()).hexdigest()
    return _matched(source, named, values, {page: page for page in pages}, seed, notes)


def _files(folder: Path) -> dict[Place, Path]:
    """The sounds below a folder, by the names of their folder and of the file."""
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such folder: give one with FOLDER/SONG/SYSTEM.wav")
    files: dict[Place, Path] = {}
    for inner in sorted(one for one in folder.iterdir() if one.is_dir()):
        for path in sorted(one for one in inner.iterdir() if one.is_file()):
            if path.suffix.lower() not in SOUNDS:
                continue
            for name in {path.stem, path.name}:
                if (other := files.setdefault((inner.name, name), path)) != path:
                    raise DatasetError(f"{other} and {path}: two sounds of one name: leave one")
    return files


def _unrated(
    files: Mapping[Place, Path],
    places: Mapping[Place, None],
    pages: Mapping[str, None],
    target: str,
) -> set[str]:
    """The sounds in folders of rated songs that nobody rated."""
    rated = {files[place] for place in places if place in files}
    return {
        f"{song}/{path.stem}"
        for (song, name), path in files.items()
        if song in pages and path not in rated and path.stem != target and name != target
    }


def _pairs(
    files: Mapping[Place, Path], target: Place, places: Sequence[Place], trim: bool
) -> Iterator[tuple[Place, tuple[Audio, Audio]]]:
    """Each sound of a song with the song's target, of equal shape."""
    sounds = {place: _decoded(files[place]) for place in (target, *places)}
    if trim:
        shortest = min(sound.length for sound in sounds.values())
        sounds = {
            place: sound.with_samples(sound.samples[:, :shortest].copy())
            for place, sound in sounds.items()
        }
    reference = sounds[target]
    for place in places:
        sound = sounds[place]
        if (sound.samples.shape, sound.rate) != (reference.samples.shape, reference.rate):
            cut = "" if trim or sound.length == reference.length else ", or cut them with --trim"
            raise DatasetError(
                f"{files[place]}: expected {_shape(reference)} as {files[target]}, got "
                f"{_shape(sound)}: export both alike{cut}"
            )
        yield place, (reference, sound)


def _decoded(path: Path) -> Audio:
    try:
        return decode(path, name=str(path))
    except Rejected as error:
        raise DatasetError(f"{path}: {error.reason}") from error


def _shape(sound: Audio) -> str:
    return f"{sound.channels} channels, {sound.rate} Hz and {sound.length} samples"


def _example(places: Mapping[Place, None], target: str) -> str:
    song, system = next(iter(places), ("SONG", "SYSTEM"))
    return f"{one_line(song)}/{one_line(system)}.wav and {one_line(song)}/{one_line(target)}.wav"


def _called(ratings: Sequence[Rating], called: Mapping[str, str]) -> list[Rating]:
    """The ratings by the names of songs and systems that are used elsewhere."""
    return [
        replace(r, song=called.get(r.song, r.song), system=called.get(r.system, r.system))
        for r in ratings
    ]


def _note(source: str, what: str, names: Sequence[str] | set[str]) -> list[str]:
    """A line on these names; none without names."""
    listed = [one_line(name) for name in sorted(names)]
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return [f"{source}: {what}: {', '.join(listed[:NAMED])}{more}"] if listed else []


def _matched(
    source: str,
    ratings: Sequence[Rating],
    values: Mapping[str, Mapping[Place, float]],
    songs: Mapping[str, str],
    seed: str,
    notes: Sequence[str],
) -> RatedSounds:
    """The ratings of sounds that have values; and of pages with two such sounds.

    Raises:
        UsageError: there are none.
    """
    have = set().union(*values.values())
    rated: dict[str, set[str]] = {}
    for rating in ratings:
        if (rating.song, rating.system) in have:
            rated.setdefault(rating.song, set()).add(rating.system)
    enough = {page for page, systems in rated.items() if len(systems) > 1}
    matched = tuple(r for r in ratings if r.song in enough and (r.song, r.system) in have)
    if not matched:
        systems = ", ".join(sorted({one_line(r.system) for r in ratings})[:NAMED])
        pages = ", ".join(sorted({one_line(r.song) for r in ratings})[:NAMED])
        theirs = ", ".join(sorted({one_line(system) for _, system in have})[:NAMED])
        raise UsageError(
            f"{source}: agreement: no song has two systems that are rated and scored: rated "
            f"{systems} on {pages}; scored {theirs}; say with --called RATED=NAME who is who"
        )
    return RatedSounds(source, matched, values, songs, seed, tuple(notes))
