"""Decode audio files at their own rate and channels; nothing is clipped or repaired.

libsndfile reads WAV, AIFF, FLAC, Ogg Vorbis, Opus, MP3 and some more. What it cannot read, or not
to its end, goes to the program ffmpeg (`with_ffmpeg`): m4a, wma, Ogg FLAC, MP3 inside a WAV, …

A file that is cut short or damaged is refused, not read as a shorter song. So is one that holds
several sounds, one behind the other: decoders read the first and drop the others. Whatever else
goes wrong in reading a file is a `Rejected` too, so that the work goes on with the other files.

Errors name the file by the `name` that the caller gives, or by its last part, never by its folder.
A refusal says what each decoder says.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from jaxtyping import Float32

from automix_bench.audio import HIGHEST_RATE, Audio
from automix_bench.errors import AutomixError, Rejected
from automix_bench.files import containers, flac, mp3_frames, with_ffmpeg
from automix_bench.files.patched_file import PatchedFile
from automix_bench.files.second_sound import second_sound
from automix_bench.files.tags import id3_size
from automix_bench.files.with_ffmpeg import Decoded, NotInstalled, Undecodable

Rows = Float32[np.ndarray, "channels samples"]

SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("wav", "wave", "w64", "rf64", "bwf", "aif", "aiff", "aifc", "au", "snd", "caf", "flac"),
        *("ogg", "oga", "opus", "mp3", "mp2", "m4a", "mp4", "aac", "wma", "ac3", "ape", "mka"),
        *("mpc", "tta", "webm", "wv"),
    )
)
"""The endings of audio files' names."""

_TAIL_SECONDS = 2
# libsndfile states a greater length for a FLAC file whose header leaves the length open (such as
# one from a pipe), and then cannot read it to its end.
_OPEN_LENGTH = 1 << 60
_UNKNOWN_FORMAT = 1
_BLOCK_VALUES = 1 << 22
# Of these it is known here whether a file is whole. libsndfile reads a dozen more, cut ones too.
_CHECKED_FORMATS = frozenset(
    ("WAV", "WAVEX", "RF64", "AIFF", "AU", "CAF", "W64", "FLAC", "OGG", "MP3")
)
_AGAIN = "get a whole copy or export it again"


@dataclass(frozen=True)
class Header:
    """The properties of a file, from its header and tags.

    Attributes:
        rate: in Hz.
        channels: 1 for mono, 2 for stereo, 6 for 5.1.
        length: samples per channel. `decode` gives exactly that many.
        format: such as `wav` or `flac`, in lower case.
        artist, title: from the file's tags; empty if they state none.
    """

    rate: int
    channels: int
    length: int
    format: str
    artist: str = ""
    title: str = ""


def probe(path: Path, *, name: str = "") -> Header:
    """The header of an audio file, with its length checked against the end of the file.

    Files that ffmpeg reads are decoded, as their containers do not state the length to the sample.
    The frames of an MP3 file without a Xing frame are counted.

    Raises:
        Rejected: the file is missing, empty, no audio, has no samples, holds several sounds, or is
            cut short as far as can be seen without decoding; or the rate is beyond 655,350 Hz.
    """
    name = name or path.name
    with _rejecting(name):
        opened = _Opened(path, _layout(path, name), name)
        try:
            with opened as file:
                return _header(file, name)
        except Undecodable as by_libsndfile:
            return _header_of(_by_ffmpeg(opened, by_libsndfile), name)


def decode(path: Path, *, name: str = "") -> Audio:
    """The audio in a file, as float32. Peaks beyond full scale stay.

    Raises:
        Rejected: as for `probe`; or the file is damaged, the decoder stops before the header's
            length, or a sample is NaN or infinite.
    """
    name = name or path.name
    with _rejecting(name):
        layout = _layout(path, name)
        opened = _Opened(path, layout, name)
        try:
            with opened as file:
                header = _header(file, name)
                samples = _whole(file, header.length)
                _refuse_other_flac(path, layout, samples, name)
        except Undecodable as by_libsndfile:
            sound = _by_ffmpeg(opened, by_libsndfile)
            samples, header = sound.samples, _header_of(sound, name)
        _refuse_non_finite(samples, header.rate, name)
        return Audio(samples, header.rate)


@contextmanager
def _rejecting(name: str) -> Iterator[None]:
    """Turn whatever is raised into a `Rejected` that names the file."""
    try:
        yield
    except AutomixError:
        raise
    except MemoryError as error:
        raise Rejected(name, "does not fit into the memory; cut it into parts") from error
    except OSError as error:
        raise Rejected(name, f"cannot be read: {error.strerror or error}") from error
    except Exception as error:
        line = " ".join(f"{type(error).__name__}: {error}".split())
        raise Rejected(name, f"cannot be read ({line}); {_AGAIN}, or remove it") from error


def _layout(path: Path, name: str) -> containers.Layout:
    """What the file's container states; a file that is not whole, or not one sound, is refused."""
    if path.is_dir():
        raise Rejected(name, "a folder, where an audio file belongs; give the files in it")
    if path.stat().st_size == 0:
        raise Rejected(name, f"an empty file (0 bytes); {_AGAIN}")
    layout = containers.layout(path)
    second = second_sound(path, layout)
    if second is not None:
        raise Rejected(
            name,
            f"several sounds, glued together: after the first another begins at byte {second}, "
            "and decoders would drop it; split the file, or export it again as one",
        )
    if layout.missing:
        raise Rejected(name, f"{layout.fault}: {layout.missing}; {_AGAIN}")
    return layout


class _Opened:
    """A file, opened by libsndfile within a `with` block.

    libsndfile is given no name. It would look for a resource fork beside the file, and take a file
    with the ending `.au` or `.vox` for samples without a header.

    Raises:
        Undecodable: libsndfile cannot open it, or raises an error within the block.

    Attributes:
        length: samples per channel that the header states; 0 before it is read, or where it is
            open or may be too great.
    """

    def __init__(self, path: Path, layout: containers.Layout, name: str) -> None:
        self.path, self.layout, self.name, self.length = path, layout, name, 0
        self._closing = ExitStack()

    def __enter__(self) -> Any:
        if self.layout.frames_only:
            raise Undecodable("counts no frames of MPEG audio of layer I and II")
        try:
            raw = self._closing.enter_context(self.path.open("rb", buffering=0))
            file = self._closing.enter_context(_sound_file(raw, self.layout))
            if file.format not in _CHECKED_FORMATS:
                raise Undecodable(f"reads cut {file.format} files as whole ones")
            if file.frames >= _OPEN_LENGTH:
                raise Undecodable("finds no length in its header")
            if file.format != "MP3" and file.subtype.startswith("MPEG"):
                raise Undecodable(f"estimates the length of MPEG audio inside {file.format}")
            self.length = 0 if file.format == "OGG" else int(file.frames)
            return file
        except BaseException as error:
            self._closing.close()
            if isinstance(error, soundfile.LibsndfileError):
                raise _Damaged(_sentence(error), error.code) from error
            raise

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        self._closing.close()
        if isinstance(error, soundfile.LibsndfileError):
            raise _Damaged(_sentence(error), error.code) from error


def _sound_file(raw: Any, layout: containers.Layout) -> Any:
    source: Any = raw.fileno()
    if layout.size or layout.stop:
        source = PatchedFile(raw, layout.size_at, layout.size, layout.stop or None)
    elif mp3_frames.begins_like_mp3(_behind_tags(raw)):
        raw.seek(0)
        content = bytes(raw.read())
        if not mp3_frames.index(content):
            source = io.BytesIO(mp3_frames.indexed(content))
    raw.seek(0)
    return soundfile.SoundFile(source, closefd=False)


def _behind_tags(raw: Any) -> bytes:
    """The first bytes of a file behind its ID3v2 tags."""
    base, head = 0, b"ID3"
    while head[:3] == b"ID3":
        raw.seek(base)
        head = raw.read(10)
        base += id3_size(head) if len(head) == 10 else 0
        if len(head) < 10:
            break
    return bytes(head)


class _Damaged(Undecodable):
    """libsndfile raises an error; `code` is its number."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def _sentence(error: Any) -> str:
    text = str(error.error_string).strip().rstrip(".").removeprefix("Error : ")
    return f"says {text!r}" if text else f"gives error {error.code}"


def _header(file: Any, name: str) -> Header:
    length = _length(file)
    if length <= 0:
        raise Rejected(name, f"holds no samples; {_AGAIN}")
    tags = file.copy_metadata()
    return Header(
        rate=_fit_rate(int(file.samplerate), name),
        channels=int(file.channels),
        length=length,
        format=str(file.format).lower(),
        artist=tags.get("artist", "").strip(),
        title=tags.get("title", "").strip(),
    )


def _header_of(sound: Decoded, name: str) -> Header:
    channels, length = sound.samples.shape
    rate = _fit_rate(sound.rate, name)
    return Header(rate, channels, length, sound.format, sound.artist, sound.title)


def _fit_rate(rate: int, name: str) -> int:
    if not 0 < rate <= HIGHEST_RATE:
        raise Rejected(name, f"{rate} Hz, expected at most {HIGHEST_RATE} Hz: resample it first")
    return rate


def _length(file: Any) -> int:
    """The number of samples. The last two seconds of FLAC and Ogg are decoded to make sure.

    A FLAC file that was cut short fails there. A whole Ogg file may state too much: by some samples
    (Opus) or a tenth of a second (Vorbis with several last pages). There the decoder's count is
    right, as `containers` has checked that the last page exists.
    """
    stated = int(file.frames)
    if file.format not in ("FLAC", "OGG") or stated <= 0:
        return stated
    file.seek(max(0, stated - _TAIL_SECONDS * file.samplerate))
    decoded = int(file.tell()) + _rows(file).shape[1]
    file.seek(0)
    return decoded if file.format == "OGG" else stated


def _whole(file: Any, length: int) -> Rows:
    rows = _rows(file)
    if rows.shape[1] != length:
        raise Undecodable(f"decodes {rows.shape[1]} of {length} samples")
    return rows


def _rows(file: Any) -> Rows:
    """All samples from where the file stands. They are read in blocks, so a header that promises
    too many does not ask for the memory of them."""
    frames = max(1, _BLOCK_VALUES // file.channels)
    blocks = []
    while len(block := file.read(frames, dtype="float32", always_2d=True)):
        blocks.append(block)
        if len(block) < frames:
            break
    whole = np.concatenate(blocks) if blocks else np.empty((0, file.channels), np.float32)
    return np.ascontiguousarray(whole.T)


def _refuse_other_flac(path: Path, layout: containers.Layout, samples: Rows, name: str) -> None:
    if layout.flac_at < 0:
        return
    with path.open("rb") as file:
        file.seek(layout.flac_at)
        start = file.read(42)
    if not flac.agrees_with_md5(start, samples):
        raise Rejected(
            name,
            f"damaged: its sound has not the MD5 that its header states; {_AGAIN}, or "
            "encode it again",
        )


def _refuse_non_finite(samples: Rows, rate: int, name: str) -> None:
    finite = np.isfinite(samples)
    if finite.all():
        return
    sample, channel = (int(i) for i in np.argwhere(~finite.T)[0])
    raise Rejected(
        name,
        f"{samples[channel, sample]} at sample {sample} ({sample / rate:.3f} s) of channel "
        f"{channel + 1}; export it again with finite samples",
    )


def _by_ffmpeg(opened: _Opened, by_libsndfile: Undecodable) -> Decoded:
    """The sound as ffmpeg decodes it. If it cannot, or finds fewer samples than the header states,
    a refusal with what both decoders say."""
    unknown = not isinstance(by_libsndfile, _Damaged) or by_libsndfile.code == _UNKNOWN_FORMAT
    fault = "no readable audio" if unknown else "damaged"
    first = f"{fault}: libsndfile cannot read it ({by_libsndfile})"
    try:
        sound = with_ffmpeg.decoded(opened.path, opened.layout.stop)
    except NotInstalled as error:
        raise Rejected(
            opened.name,
            f"{first}, and ffmpeg, which reads more (m4a, wma, ...), {error}: "
            f"{with_ffmpeg.INSTALL}, or convert the file to FLAC",
        ) from by_libsndfile
    except Undecodable as error:
        raise Rejected(
            opened.name, f"{first}, and ffmpeg cannot ({error}); {_AGAIN}, or remove it"
        ) from by_libsndfile
    length = sound.samples.shape[1]
    if opened.length and length != opened.length:
        raise Rejected(
            opened.name,
            f"cut short: its header promises {opened.length} samples, {length} can be decoded; "
            f"libsndfile {by_libsndfile}, ffmpeg decodes {length}; {_AGAIN}",
        ) from by_libsndfile
    return sound
