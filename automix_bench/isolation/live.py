"""Live mixing: a model mixes one frame of 50 ms, and only then gets the next."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np

from automix_bench.audio import Audio
from automix_bench.errors import AutomixError
from automix_bench.model import Answer, Brief, Model, TruthReader
from automix_bench.song import Stems

FRAME_SECONDS = 0.05
MOST_LATENCY_SECONDS = 0.05
MIX = "mix"
NOT_LIVE = (
    "answers whole briefs, and this task is live: expected a model with a method live(show), "
    "which mixes frame by frame; see docs/live.md"
)
ONLY_LIVE = (
    "mixes frame by frame, and this task shows whole stems: expected a model that is called with "
    "a Brief"
)


@dataclass(frozen=True)
class LiveBrief(Brief):
    """A brief whose stems reach the model in frames, each after it has mixed the one before.

    Attributes:
        frame_seconds: the length of a frame.
        most_latency_seconds: how late the mix may be at most.
    """

    frame_seconds: float = FRAME_SECONDS
    most_latency_seconds: float = MOST_LATENCY_SECONDS

    @property
    def show(self) -> Show:
        """What a model knows before the first frame.

        Raises:
            ValueError: there are no stems.
        """
        first = next(iter(self.stems.values()), None)
        if first is None:
            raise ValueError("a live brief needs at least one stem, got none")
        frame = max(1, round(self.frame_seconds * first.rate))
        return Show(tuple(self.stems), first.rate, first.channels, frame)


@dataclass(frozen=True)
class Show:
    """What a live model knows before the first frame: no sound, and not how long the show is.

    Attributes:
        stems: the names of the microphones.
        rate: in Hz.
        channels: of every microphone, and of the mix.
        frame_samples: of each frame, per channel.
    """

    stems: tuple[str, ...]
    rate: int
    channels: int
    frame_samples: int


MixFrame: TypeAlias = Callable[[Stems], Audio]
"""One frame of every microphone in, the frame of the mix out, of the same shape and rate. It may
have `latency_samples`, a whole number: how late its mix is."""


@runtime_checkable
class LiveModel(Protocol):
    """A model that mixes live. `live` is called once before each show; what it returns is called
    with one frame after another, in order."""

    def live(self, show: Show) -> MixFrame: ...


AnyModel: TypeAlias = Model | TruthReader | LiveModel


class FrameFailed(AutomixError):
    """A frame was not mixed: the line says which, and why."""


@dataclass(frozen=True)
class Performance:
    """The mix of a whole show, and how it came about.

    Attributes:
        mix: without the latency that the model states.
        latency_seconds: as the model states it.
        frames: how many were mixed.
        late_frames: how many took longer to be mixed than they last.
    """

    mix: Audio
    latency_seconds: float
    frames: int
    late_frames: int

    @property
    def answer(self) -> Answer:
        """The mix as an answer."""
        return Answer(stems={MIX: self.mix})


def performed(
    brief: LiveBrief,
    latency_samples: object,
    mix_frame: MixFrame,
    tell: Callable[[float], None] | None = None,
) -> Performance:
    """Mix a whole brief frame by frame.

    The last frame is filled up with silence. As many frames of silence follow as the latency wants;
    then the latency is cut from the beginning.

    Args:
        latency_samples: what the model states.
        tell: called with the share that is done.

    Raises:
        FrameFailed: the latency is no whole number or above that of the brief, or a frame of the
            mix has another shape or rate. What `mix_frame` raises is raised.
    """
    show = brief.show
    latency = checked_latency(latency_samples, brief)
    length = next(iter(brief.stems.values())).length
    count = -(-(length + latency) // show.frame_samples)
    mix = np.zeros((show.channels, count * show.frame_samples), dtype=np.float32)
    late, limit = 0, show.frame_samples / show.rate
    for number, frame in enumerate(_frames(brief.stems, show, count)):
        begun = time.perf_counter()
        mixed = mix_frame(frame)
        late += time.perf_counter() - begun > limit
        if fault := why_no_frame(mixed, show):
            raise FrameFailed(f"{place_of(number, show)}: {fault}")
        start = number * show.frame_samples
        mix[:, start : start + show.frame_samples] = mixed.samples
        if tell:
            tell((number + 1) / count)
    cut = mix[:, latency : latency + length].copy()
    return Performance(Audio(cut, show.rate), latency / show.rate, count, late)


def played_live(model: LiveModel, brief: Brief) -> Answer:
    """What a live model makes of a whole brief: for tasks that are not live, and for trials."""
    return performed_here(model, LiveBrief(brief.stems)).answer


def performed_here(model: LiveModel, brief: LiveBrief) -> Performance:
    """A show with a model in this process.

    Raises:
        FrameFailed: as `performed`. What the model raises is raised.
    """
    mix_frame = model.live(brief.show)
    return performed(brief, stated_latency(mix_frame), mix_frame)


def stated_latency(mix_frame: object) -> int | str:
    """What a model states as `latency_samples`; 0 if it states nothing, a text if it is no whole
    number."""
    stated = getattr(mix_frame, "latency_samples", 0)
    try:
        return operator.index(stated)
    except TypeError:
        return str(stated)[:100]


def checked_latency(stated: object, brief: LiveBrief) -> int:
    """A stated latency in samples.

    Raises:
        FrameFailed: it is no whole number, or out of range.
    """
    most = round(brief.most_latency_seconds * brief.show.rate)
    if type(stated) is not int or not 0 <= stated <= most:
        got = str(stated)[:100]
        raise FrameFailed(f"latency_samples: expected a whole number from 0 to {most}, got {got}")
    return stated


def why_no_frame(mixed: object, show: Show) -> str:
    """Why what a model returned is no frame of its mix; empty if it is one."""
    expected = f"a frame of shape {(show.channels, show.frame_samples)} at {show.rate} Hz"
    if not isinstance(mixed, Audio):
        return f"expected Audio, {expected}, got {type(mixed).__name__}"
    if (mixed.samples.shape, mixed.rate) != ((show.channels, show.frame_samples), show.rate):
        return f"expected {expected}, got {mixed.samples.shape} at {mixed.rate} Hz"
    return ""


def place_of(number: int, show: Show) -> str:
    """Which frame, for a message: its number from 0 on, and when it begins."""
    return f"frame {number}, at {number * show.frame_samples / show.rate:.3f} s"


def _frames(stems: Stems, show: Show, count: int) -> Iterator[Stems]:
    """The frames in order, each a copy: nothing in it leads to the samples behind it."""
    for start in range(0, count * show.frame_samples, show.frame_samples):
        yield {name: _frame(stem, start, show.frame_samples) for name, stem in stems.items()}


def _frame(stem: Audio, start: int, length: int) -> Audio:
    part = np.zeros((stem.channels, length), dtype=np.float32)
    there = stem.samples[:, start : start + length]
    part[:, : there.shape[1]] = there
    return Audio(part, stem.rate)
