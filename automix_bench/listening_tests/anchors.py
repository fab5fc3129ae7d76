"""The anchors of a listening test: sounds that show raters, and readers, where the scale ends.

An anchor is a model that answers what the others were asked, such as `plain_sum` (the stems added)
or `fx_normalised_mix` (their effects normalised, then added), or the reference through a low-pass
filter, as ITU-R BS.1534-3 asks for: `lowpass_3500` and `lowpass_7000`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from automix_bench.audio import Audio
from automix_bench.errors import UsageError
from automix_bench.task import Task

LOW_PASS = re.compile(r"lowpass_([1-9][0-9]{2,4})")
NORMALISED = "fx_normalised_mix"


def default_anchors(task: Task) -> tuple[str, ...]:
    """The anchors of a task: the floor of its board, and for mixes of stems also the stems with
    normalised effects."""
    return (task.floor, NORMALISED) if task.floor == "plain_sum" else (task.floor,)


def chosen_anchors(task: Task, names: Sequence[str]) -> tuple[str, ...]:
    """The anchors that a user names; the task's own if none is named, none for `none`.

    Raises:
        UsageError: `none` stands beside others, or a name stands twice.
    """
    if not names:
        return default_anchors(task)
    if "none" in names and len(names) > 1:
        raise UsageError("--anchor none: expected it alone")
    if len(set(names)) < len(names):
        raise UsageError("--anchor: an anchor is named twice")
    return () if "none" in names else tuple(names)


def low_passed(audio: Audio, cut_off_hz: float) -> Audio:
    """A sound without what lies above a frequency, of the same length and without a delay: a
    linear-phase filter by Kaiser's window, 80 dB down 500 Hz above the cut-off.

    Raises:
        UsageError: the cut-off is at or above half the rate.
    """
    from scipy.signal import fftconvolve, firwin, kaiserord

    if not 0.0 < cut_off_hz + 250.0 < audio.rate / 2.0:
        raise UsageError(
            f"anchor lowpass_{cut_off_hz:g}: expected less than {audio.rate / 2.0 - 250.0:g} Hz "
            f"for sound of {audio.rate} Hz"
        )
    taps, beta = kaiserord(80.0, 500.0 / (audio.rate / 2.0))
    filter_ = firwin(taps | 1, cut_off_hz + 250.0, window=("kaiser", beta), fs=audio.rate)
    return audio.with_samples(
        np.stack([fftconvolve(channel, filter_, mode="same") for channel in audio.samples])
    )
