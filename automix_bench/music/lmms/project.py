"""Read projects of LMMS (.mmp, and compressed .mmpz) without rendering them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zlib
from dataclasses import dataclass
from fractions import Fraction

from automix_bench.errors import Rejected

TICKS_A_BEAT = 48
LONGEST_SECONDS = 3_600.0
_HEAD_BYTES = 4  # of a compressed file: the length of its text, which zlib knows as well
_INSTRUMENT, _SAMPLES = "0", "2"
_AUTOMATED = "is automated, so nobody knows how long it lasts before it is rendered"


@dataclass(frozen=True)
class Project:
    """The content of a project that matters for rendering.

    Attributes:
        tracks: names of the instrument and sample tracks that are not muted, in LMMS's order: first
            those of the song, then those of its beats.
        tempo_bpm: in quarter notes per minute.
        beats_a_bar: in quarter notes.
        bars: the number of bars up to the last one with a clip.
    """

    tracks: tuple[str, ...]
    tempo_bpm: float
    beats_a_bar: Fraction
    bars: int

    @property
    def seconds(self) -> Fraction:
        """The length of LMMS's rendering: all bars, and one more in which notes fade out."""
        return (self.bars + 1) * self.beats_a_bar * 60 / Fraction(self.tempo_bpm)


def read(content: bytes, name: str) -> Project:
    """Read a project's file.

    Raises:
        Rejected: it is not a project, has no track to render, or its tempo changes.
    """
    root = _parsed(content, name)
    head, song = root.find("head"), root.find("song/trackcontainer")
    if root.tag not in ("lmms-project", "multimedia-project") or head is None or song is None:
        raise Rejected(name, "is no project of LMMS: save it in LMMS as a project")
    tempo = _fixed(head, "bpm", name, 140.0)
    upper = _fixed(head, "timesig_numerator", name, 4.0)
    lower = _fixed(head, "timesig_denominator", name, 4.0)
    beats_a_bar = Fraction(upper) * 4 / Fraction(lower)
    bars = max((_bars(track, beats_a_bar, name) for track in _sounding(song)), default=0)
    tracks = _tracks(song)
    if not tracks or not bars:
        raise Rejected(name, "has nothing to play: wanted a track with notes that is not muted")
    project = Project(tracks, tempo, beats_a_bar, bars)
    if project.seconds > LONGEST_SECONDS:
        raise Rejected(name, "plays for more than an hour: shorten it in LMMS")
    return project


def _parsed(content: bytes, name: str) -> ET.Element:
    try:
        text = content if content.lstrip()[:1] == b"<" else zlib.decompress(content[_HEAD_BYTES:])
        return ET.fromstring(text)
    except (zlib.error, ET.ParseError) as error:
        raise Rejected(name, f"is no project of LMMS ({error}): get a whole copy") from error


def _fixed(head: ET.Element, setting: str, name: str, default: float) -> float:
    """A constant number. LMMS writes an automated number as an element of its own, which is
    rejected."""
    if head.find(setting) is not None:
        raise Rejected(name, f"its {setting} {_AUTOMATED}: fix it in LMMS, or render it there")
    text = head.get(setting, str(default))
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1000.0:
        raise Rejected(name, f"its {setting} is {text!r}, wanted a number above 0: mend it in LMMS")
    return value


def _sounding(container: ET.Element) -> list[ET.Element]:
    return [track for track in container.findall("track") if track.get("muted", "0") == "0"]


def _tracks(song: ET.Element) -> tuple[str, ...]:
    beats = [beat for beat in song.iter("trackcontainer") if beat is not song]
    return tuple(
        track.get("name", "")
        for container in (song, *beats)
        for track in _sounding(container)
        if track.get("type") in (_INSTRUMENT, _SAMPLES)
    )


def _bars(track: ET.Element, beats_a_bar: Fraction, name: str) -> int:
    """Whole bars up to the end of the track's last clip, counted as LMMS does."""
    clips = [clip for clip in track if clip.get("pos") is not None and clip.get("len") is not None]
    try:
        ends = [int(clip.get("pos", "0")) + int(clip.get("len", "0")) for clip in clips]
    except ValueError as error:
        raise Rejected(name, f"has a clip at no place ({error}): get a whole copy") from error
    return int(max(ends, default=0) / (beats_a_bar * TICKS_A_BEAT))
