"""A store of impulse responses on this machine, each named by the hash of its content.

The name of a response is its `Audio.sha256`, of samples and rate: a WAV and a FLAC file of one
response have the same name, and no other response has it. A recipe holds these names, never a path.
The store is a folder with two files for each response: `<sha256>.wav`, the samples as 32-bit
floats, and `<sha256>.json`, with the name of its original file and its licence.

One response needs no file: `example()`, for tests and first tries.
"""

from __future__ import annotations

import functools
import io
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from automix_bench import licence
from automix_bench.audio import Audio
from automix_bench.errors import DataError, Rejected, UsageError, naming_a_full_disk
from automix_bench.files import decode
from automix_bench.files.atomic import write_whole
from automix_bench.files.cache_folder import cache_folder
from automix_bench.files.canonical_json import pretty
from automix_bench.files.leavings import lies_in_leavings
from automix_bench.files.quantise import from_integers
from automix_bench.sampling import rng_for

EXAMPLE = "49c5d888962aec5cc43978483dc10a4b77b69cd56c0ba8112ca2db3e8fe1564f"
"""The name of `example()`."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHANNELS = (1, 2, 4)
_LONGEST_SECONDS = 30.0
_LOWEST_RATE = 8_000
_BOUNDS = {"train": 0.8, "valid": 0.9, "test": 1.0}


@dataclass(frozen=True)
class ImpulseResponse:
    """A response without its samples.

    Attributes:
        sha256: of samples and rate.
        name: of the original file, relative to the folder that it came from.
        license: SPDX expression.
        rate: in Hz.
        length: samples per channel.
        channels: 1; 2 for one source at two ears, or two sources; or 4, see
            `effects/convolution.py`.
    """

    sha256: str
    name: str
    license: str
    rate: int
    length: int
    channels: int


@dataclass(frozen=True)
class Added:
    """The result of adding a folder of responses.

    Attributes:
        responses: those added, in the order of their names.
        rejected: files that cannot be used, with reasons.
    """

    responses: tuple[ImpulseResponse, ...]
    rejected: tuple[Rejected, ...]


def split_of(sha256: str) -> str:
    """The split of a response: `train` (80 %), `valid` (10 %) or `test` (10 %).

    Its hash alone decides, so a response is never in two splits. Two responses of one room may be:
    the store does not know rooms.
    """
    place = rng_for(0, "impulse response", sha256).random()
    return next(split for split, bound in _BOUNDS.items() if place < bound)


@functools.cache
def example() -> Audio:
    """A small synthetic stereo room at 48 kHz: the direct sound after 5 ms, then noise that halves
    every 30 ms, 0.4 s in all. Only integers and products are used, so the bits are the same on
    every machine."""
    length, direct = 19_200, 240
    noise = rng_for(0, "example of an impulse response").integers(-(1 << 20), 1 << 20, (2, length))
    fading = np.cumprod(np.full(length - direct, 0.99952))
    samples = np.zeros((2, length))
    samples[:, direct:] = np.rint(noise[:, direct:] * fading)
    samples[:, direct] = 1 << 22
    return from_integers(samples.astype(np.int32), 48_000)


def _default_folder() -> Path:
    return cache_folder("impulse_responses")


@dataclass(frozen=True)
class ImpulseResponses:
    """A store of impulse responses.

    Attributes:
        folder: made when a response is added. By default `impulse_responses` in
            `$AUTOMIX_BENCH_CACHE`, or in the platform's folder for caches.
    """

    folder: Path = field(default_factory=_default_folder)

    def add(self, path: Path, license: str, *, name: str = "") -> ImpulseResponse:
        """Copy a response into the store. A second time, its name and licence are replaced.

        Args:
            license: SPDX expression; a data set made with the response has to credit it.
            name: of the response; by default the file's name.

        Raises:
            UsageError: `license` is no SPDX expression, or empty.
            Rejected: the file is no audio; or it is silent, longer than 30 s, below 8 kHz, or of
                other than 1, 2 or 4 channels.
            DiskFull: the disk is full.
        """
        _demand_licence(license)
        name = name or path.name
        return self._store(_fit(decode.decode(path, name=name), name), license, name)

    def add_all(self, root: Path, license: str) -> Added:
        """Copy every audio file under a folder into the store, except hidden ones.

        A file that cannot be used, or has the same sound as an earlier one, is rejected; the others
        are added.

        Raises:
            UsageError: `license` is no SPDX expression, or empty.
            DataError: `root` is no folder, or there is no audio file in it.
            DiskFull: the disk is full.
        """
        _demand_licence(license)
        names = tuple(_audio_files(root))
        if not names:
            raise DataError(f"{root}: wanted a folder of impulse responses, found no audio file")
        first: dict[str, ImpulseResponse] = {}
        rejected: list[Rejected] = []
        for name in names:
            try:
                audio = _fit(decode.decode(root / name, name=name), name)
                if audio.sha256 in first:
                    earlier = first[audio.sha256].name
                    raise Rejected(name, f"the same sound as {earlier}, which is kept")
                first[audio.sha256] = self._store(audio, license, name)
            except Rejected as reason:
                rejected.append(reason)
        return Added(tuple(first.values()), tuple(rejected))

    def listed(self) -> tuple[ImpulseResponse, ...]:
        """All responses in the store, by name.

        Raises:
            DataError: a response's JSON file cannot be read.
        """
        responses = [self.record(path.stem) for path in self.folder.glob("*.json")]
        return tuple(sorted(responses, key=lambda one: (one.name, one.sha256)))

    def record(self, sha256: str) -> ImpulseResponse:
        """The response of a hash, without its samples.

        Raises:
            UsageError: the store does not have it.
            DataError: its JSON file cannot be read.
        """
        if sha256 == EXAMPLE:
            audio = example()
            return ImpulseResponse(EXAMPLE, "example", "CC0-1.0", audio.rate, audio.length, 2)
        path = self._path(sha256, "json")
        if not path.is_file():
            raise self._missing(sha256)
        try:
            return ImpulseResponse(**json.loads(path.read_bytes()))
        except (ValueError, TypeError) as error:
            raise DataError(f"{path}: damaged: remove it and add the response again") from error

    def find(self, sha256: str) -> Audio:
        """The samples of the response of a hash, which is compared.

        Raises:
            UsageError: the store does not have it; the message says how to add it.
            DataError: its file has changed.
        """
        if sha256 == EXAMPLE:
            return example()
        path = self._path(sha256, "wav")
        if not path.is_file():
            raise self._missing(sha256)
        audio = decode.decode(path)
        if audio.sha256 != sha256:
            raise DataError(f"{path}: has changed: remove it and add the response again")
        return audio

    def _store(self, audio: Audio, license: str, name: str) -> ImpulseResponse:
        own = ImpulseResponse(audio.sha256, name, license, audio.rate, audio.length, audio.channels)
        with naming_a_full_disk(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._path(own.sha256, "wav"), _wav(audio))
        write_whole(self._path(own.sha256, "json"), pretty(asdict(own)).encode())
        return own

    def _path(self, sha256: str, suffix: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise UsageError(
                f"an impulse response is named by its sha256, 64 digits from 0 to f, got {sha256!r}"
            )
        return self.folder / f"{sha256}.{suffix}"

    def _missing(self, sha256: str) -> UsageError:
        return UsageError(
            f"no impulse response {sha256} in {self.folder}: get the file it came in and add it "
            "with `ImpulseResponses().add(path, license)` of automix_bench.files.impulse_responses"
        )


def _demand_licence(license: str) -> None:
    if not licence.checked(license).strip():
        raise UsageError(
            "wanted the licence of the impulse responses, got none: write CC0-1.0 "
            "for those that ask nothing"
        )


def _audio_files(root: Path) -> Iterator[str]:
    """Audio files under `root`, as relative paths in the order of their bytes."""
    for path in sorted(root.rglob("*"), key=lambda one: one.as_posix().encode()):
        name = path.relative_to(root)
        left = lies_in_leavings(name)
        if path.suffix.lower() in decode.SUFFIXES and not left and path.is_file():
            yield name.as_posix()


def _fit(audio: Audio, name: str) -> Audio:
    """The audio, if it can be an impulse response; otherwise raises `Rejected`."""
    if audio.channels not in _CHANNELS:
        raise Rejected(name, f"{audio.channels} channels, wanted 1, 2 or 4 for a response")
    if audio.rate < _LOWEST_RATE:
        raise Rejected(name, f"{audio.rate} Hz, wanted {_LOWEST_RATE} Hz or more for a response")
    if audio.seconds > _LONGEST_SECONDS:
        longest = f"wanted at most {_LONGEST_SECONDS:g} s for a response"
        raise Rejected(name, f"{audio.seconds:.1f} s, {longest}; is it a recording?")
    if not audio.samples.any():
        raise Rejected(name, "silent from beginning to end; remove it or export it again")
    return audio


def _wav(audio: Audio) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, audio.samples.T, audio.rate, format="WAV", subtype="FLOAT")
    return file.getvalue()
