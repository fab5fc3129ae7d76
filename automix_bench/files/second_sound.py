"""Find a second sound behind the first in a file, as `cat one.ogg two.ogg` leaves it."""

from __future__ import annotations

import re
from pathlib import Path

from automix_bench.files import frame_streams
from automix_bench.files.containers import Layout

_BLOCK = 1 << 22
_LONGEST_START = 64
_BEHIND_FLAC = (b"fLaC", b"RIFF", b"OggS", b"FORM")
# What the containers begin with, in as many bytes as cannot stand in coded sound by chance.
_STARTS = re.compile(
    rb"RIFF.{4}WAVE(?:fmt |JUNK|bext|LIST|ds64|fact|PEAK)"
    rb"|RIFX.{4}WAVE(?:fmt |JUNK|LIST)"
    rb"|(?:RF64|BW64).{4}WAVEds64"
    rb"|FORM.{4}AIF[FC]|FORM.{4}8SVXVHDR"
    rb"|riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb"
    rb"|caff\x00\x01\x00\x00desc"
    rb"|\.snd\x00\x00.{2}.{4}\x00\x00\x00[\x01-\x1c]"
    rb"|fLaC[\x00\x80]\x00\x00\x22"
    rb"|OggS\x00[\x02\x03\x06\x07]\x00{8}.{4}\x00{4}"
    rb"|\x00\x00.{2}ftyp[\x20-\x7e]{4}.{4}[\x20-\x7e]{4}"
    rb"|\x1a\x45\xdf\xa3.{1,40}?\x42\x82[\x81-\x88][a-z]"
    rb"|\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
    rb"|wvpk.{4}[\x00-\x20]\x04.{2}.{4}\x00{4}"
    rb"|TTA1[\x01-\x03]\x00[\x01-\x10]\x00[\x08\x10\x18]\x00"
    rb"|MAC [\x6e-\xff]\x0f|MPCKSH",
    re.DOTALL,
)


def second_sound(path: Path, layout: Layout) -> int | None:
    """Where a second sound begins, in bytes; None if the file holds one alone.

    Tags, padding and other bytes may stand before it. It may be of another format than the first.

    Raises:
        OSError: the file cannot be read.
    """
    if layout.second is not None or not layout.searched_from:
        return layout.second
    with path.open("rb") as file:
        file.seek(layout.searched_from)
        start, content = layout.searched_from, b""
        while block := file.read(_BLOCK):
            content = content[-_LONGEST_START:] + block
            # FLAC is large and its end is not stated: four plain searches take a third of the time.
            likely = layout.flac_at < 0 or any(start in content for start in _BEHIND_FLAC)
            if likely and (match := _STARTS.search(content)):
                return start + len(block) - len(content) + match.start()
            start += len(block)
    return _second_frames(path, layout)


def _second_frames(path: Path, layout: Layout) -> int | None:
    """Where frames of MPEG audio, AAC or AC-3 begin behind the stated end of another container."""
    if not layout.ends:
        return None
    with path.open("rb") as file:
        file.seek(layout.searched_from)
        content = file.read()
    for frame_at in (
        frame_streams.mpeg_frame,
        frame_streams.adts_frame,
        frame_streams.ac3_frame,
    ):
        for run in frame_streams.runs(content, 0, frame_at):
            if run.frames > frame_streams.STRAY_FRAMES:
                return layout.searched_from + run.start
    return None
