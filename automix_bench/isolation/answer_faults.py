"""What makes an answer a failure: it cannot be stored, or not be compared with its target.

`run.py` stores the failure of a model that raises an error or ends its process.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from numbers import Real

from automix_bench.audio import Audio, peak_db, rms_db
from automix_bench.console import Console
from automix_bench.consoles.console_json import console_to_json
from automix_bench.model import Answer
from automix_bench.song import NAME, Stems

SILENT_DB = -80.0
"""The RMS level below which an answer counts as silent, in dB full scale."""
LOUDEST_DB = 200.0
LONGEST_NAME = 100
MOST_CHANNELS = 8
MOST_VALUES = 10_000
MOST_EFFECTS = 1_000
"""In the console of an answer. One effect takes about as long as a stem does."""
LONGEST_CONSOLE = 4 << 20
"""In bytes of JSON."""


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
    return _values_fault(answer.values) or why_no_console(answer.console)


def _values_fault(values: object) -> str:
    if not isinstance(values, Mapping):
        return f"values: wanted numbers by name, got {type(values).__name__}"
    if len(values) > MOST_VALUES:
        return f"values: wanted at most {MOST_VALUES}, got {len(values)}"
    for name, value in values.items():
        if not isinstance(name, str) or not name or len(name) > LONGEST_NAME:
            return (
                f"values: {str(name)[:LONGEST_NAME]!r} cannot name a value: use a text of 1 to 100"
            )
        number = isinstance(value, Real) and not isinstance(value, bool)
        if not number or not math.isfinite(value):
            return f"values: wanted a finite number as {name}, got {str(value)[:LONGEST_NAME]}"
    return ""


def why_no_console(console: object) -> str:
    """Why an answer's console cannot be stored or played; empty if it can, or if there is none."""
    if console is None:
        return ""
    if not isinstance(console, Console):
        return f"console: wanted a Console, got {type(console).__name__}"
    effects = sum(len(chain.effects) for _, chain in console.places())
    if effects > MOST_EFFECTS:
        return f"console: wanted at most {MOST_EFFECTS} effects, got {effects}"
    size = len(json.dumps(console_to_json(console)))
    if size > LONGEST_CONSOLE:
        return f"console: wanted at most {LONGEST_CONSOLE} bytes of JSON, got {size}"
    return ""


def why_no_value(name: str, values: Mapping[str, float]) -> str:
    """Why a value of an answer cannot be compared; empty if it can."""
    return "" if name in values else f"no value {name} in the answer, which has {sorted(values)}"
