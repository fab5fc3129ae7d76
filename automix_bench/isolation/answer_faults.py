"""What makes an answer a failure: it cannot be stored, or not be compared with its target.

`run.py` stores the failure of a model that raises an error or ends its process.
"""

from __future__ import annotations

from automix_bench.audio import Audio, peak_db, rms_db
from automix_bench.model import Answer
from automix_bench.song import NAME, Stems

SILENT_DB = -80.0
"""The RMS level below which an answer counts as silent, in dB full scale."""
LOUDEST_DB = 200.0
LONGEST_NAME = 100
MOST_CHANNELS = 8


def why_not_comparable(stem: str, target: Audio, answered: Stems) -> str:
    """Why a stem of an answer cannot be compared with its target; empty if it can."""
    if stem not in answered:
        return f"no {stem} in the answer, which has {sorted(answered)}"
    estimate = answered[stem]
    if estimate.rate != target.rate:
        return f"{stem} is at {estimate.rate} Hz, wanted {target.rate} Hz"
    if estimate.samples.shape != target.samples.shape:
        return f"{stem} has shape {estimate.samples.shape}, wanted {target.samples.shape}"
    if rms_db(estimate) < SILENT_DB <= rms_db(target):
        return f"{stem} is silent where sound was wanted"
    return ""


def why_not_storable(answer: object) -> str:
    """Why a returned value is not an answer that can be stored; empty if it is one."""
    if not isinstance(answer, Answer):
        return f"wanted an Answer, got {type(answer).__name__}"
    for name, audio in answer.stems.items():
        if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            return f"{str(name)[:LONGEST_NAME]!r} cannot name a stem: use a-z 0-9 _ -, 100 at most"
        if not isinstance(audio, Audio):
            return f"stem {name}: wanted Audio, got {type(audio).__name__}"
        # Check a copy again: an array can change after its `Audio` was made.
        Audio(audio.samples.copy(), audio.rate)
        if audio.channels > MOST_CHANNELS:
            return f"stem {name}: {audio.channels} channels; is it (samples, channels)?"
        if peak_db(audio) > LOUDEST_DB:
            return f"stem {name}: a peak of {peak_db(audio):.0f} dB"
    return ""
