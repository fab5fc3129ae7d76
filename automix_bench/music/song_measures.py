"""What loading a song showed, as it is stored with every example of the song."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, TypedDict

from automix_bench.music.stem_sum import stem_sum
from automix_bench.music.stem_sum_causes import notes_on
from automix_bench.song import Song

RESAMPLED = "resampled"
"""The first word of the note on a song that was brought to another rate."""


class SongMeasures(TypedDict, total=False):
    """Measurements on a whole song. Keys that were not measured are missing.

    Attributes:
        stem_sum_db: the level of the mix minus the sum of the stems, at the best gain, sign and
            lag, relative to the mix, in dB; -120 stands for that or less.
        stem_sum_gain_db: that gain, in dB; missing where all stems are silent.
        stem_sum_lag: how many samples the mix comes later than the stems.
        notes: sentences for the reader about the song's files, such as a likely missing stem.
    """

    stem_sum_db: float
    stem_sum_gain_db: float
    stem_sum_lag: int
    notes: list[str]


def checked_measures(stored: Any) -> SongMeasures:
    """The measures in JSON that may come from a stranger. Values of wrong types are dropped."""
    measures: SongMeasures = {}
    if not isinstance(stored, Mapping):
        return measures
    difference_db, gain_db = _number(stored, "stem_sum_db"), _number(stored, "stem_sum_gain_db")
    lag, notes = _number(stored, "stem_sum_lag"), stored.get("notes")
    if difference_db is not None:
        measures["stem_sum_db"] = difference_db
    if gain_db is not None:
        measures["stem_sum_gain_db"] = gain_db
    if lag is not None and abs(lag) < 2**53:
        measures["stem_sum_lag"] = int(lag)
    if isinstance(notes, list):
        measures["notes"] = [note for note in notes if isinstance(note, str)]
    return measures


def _number(stored: Mapping[Any, Any], name: str) -> float | None:
    value = stored.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def with_notes(measured: Mapping[str, Any], *notes: str) -> dict[str, Any]:
    """The measures with further notes; unchanged without any."""
    if not notes:
        return dict(measured)
    return {**measured, "notes": [*measured.get("notes", ()), *notes]}


def measured_song(song: Song) -> dict[str, Any]:
    """What the sum of a song's stems shows about its mix, besides what was known of the song.

    A mix whose making is stored with the song, such as an engineer's console, is measured; its
    difference needs no note.
    """
    compared = stem_sum(song.stems, song.mix)
    measures: SongMeasures = {"stem_sum_db": compared.difference_db, "stem_sum_lag": compared.lag}
    if compared.gain_db is not None:
        measures["stem_sum_gain_db"] = compared.gain_db
    is_explained = "console" in song.origin.settings
    notes = () if is_explained else notes_on(compared, song.stems, song.mix)
    return with_notes({**song.measured, **measures}, *notes)
