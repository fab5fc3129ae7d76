"""A live show as messages: both sides of the pipe.

    harness  show     names of the stems, rate, channels, samples of a frame
    model    playing  latency_samples
    harness  frame    one frame of every stem
    model    frame    one frame of the mix; and so on

The harness sends a frame after it has the mix of the one before, so nothing that lies ahead is in
the model's process. A failure ends the show, and the model waits for the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from automix_bench.audio import Audio
from automix_bench.errors import UsageError
from automix_bench.files.weights import answering
from automix_bench.isolation.briefs import STEM
from automix_bench.isolation.live import (
    MIX,
    NOT_LIVE,
    AnyModel,
    FrameFailed,
    LiveBrief,
    LiveModel,
    MixFrame,
    Performance,
    Show,
    performed,
    place_of,
    stated_latency,
    why_no_frame,
)
from automix_bench.isolation.wire import Message, Sound, WireError
from automix_bench.song import Stems
from automix_bench.untrusted.fields import shown

SHOW, PLAYING, FRAME, FAILURE = "show", "playing", "frame", "failure"


class Refused(Exception):
    """The model sent a failure.

    Args:
        message: that it sent.
        place: which frame; empty before the first.
    """

    def __init__(self, message: Message, place: str) -> None:
        super().__init__(place)
        self.message, self.place = message, place


def perform(
    brief: LiveBrief,
    exchange: Callable[[Message], Message],
    seed: int,
    tell: Callable[[float], None],
) -> Performance:
    """Send a model a show, frame by frame, and collect its mix.

    Args:
        exchange: sends a message and receives the next.

    Raises:
        Refused: the model sent a failure.
        FrameFailed: see `live.performed`.
        WireError: what came is no message of the protocol, or the model's process has ended.
    """
    show = brief.show
    number = -1

    def received(message: Message, expected: str) -> Message:
        place = place_of(number, show) if number >= 0 else ""
        try:
            answer = exchange(message)
            if answer.type not in (expected, FAILURE):
                raise WireError(f"expected a message of type {expected}, got {shown(answer.type)}")
        except WireError as error:
            error.place = place
            raise
        if answer.type == FAILURE:
            raise Refused(answer, place)
        return answer

    def mix_frame(stems: Stems) -> Audio:
        nonlocal number
        number += 1
        answer = received(_message(FRAME, stems), FRAME)
        names = [sound.name for sound in answer.sounds if sound.role == STEM]
        if names != [MIX]:
            raise FrameFailed(
                f"{place_of(number, show)}: expected one sound, {MIX}, got {shown(names)}"
            )
        return answer.sounds[0].audio

    head = {
        "type": SHOW,
        "stems": show.stems,
        "rate": show.rate,
        "channels": show.channels,
        "frame_samples": show.frame_samples,
        "seed": seed,
    }
    playing = received(Message(head), PLAYING)
    return performed(brief, playing.head.get("latency_samples", 0), mix_frame, tell)


class Stage:
    """The model's side of a show."""

    def __init__(self, model: AnyModel) -> None:
        self._model = model
        self._mix_frame: MixFrame | None = None
        self._show = Show((), 1, 1, 1)

    def reply(self, message: Message) -> Message:
        """What the model answers to a show or to a frame. It may raise anything; the show is then
        over.

        Raises:
            WireError: a frame comes without a show.
        """
        mix_frame, self._mix_frame = self._mix_frame, None
        with answering():
            if message.type == SHOW:
                if not isinstance(self._model, LiveModel):
                    raise UsageError(NOT_LIVE)
                self._show = _show_of(message.head)
                mix_frame = self._model.live(self._show)
                latency = stated_latency(mix_frame)
                answer = Message({"type": PLAYING, "latency_samples": latency})
            elif mix_frame is None:
                raise WireError("a frame came without a show")
            else:
                mixed = mix_frame({sound.name: sound.audio for sound in message.sounds})
                if fault := why_no_frame(mixed, self._show):
                    raise FrameFailed(fault)
                answer = _message(FRAME, {MIX: Audio(mixed.samples.copy(), mixed.rate)})
        self._mix_frame = mix_frame
        return answer


def _message(type: str, stems: Stems) -> Message:
    return Message({"type": type}, tuple(Sound(STEM, name, one) for name, one in stems.items()))


def _show_of(head: Mapping[str, Any]) -> Show:
    return Show(tuple(head["stems"]), head["rate"], head["channels"], head["frame_samples"])
