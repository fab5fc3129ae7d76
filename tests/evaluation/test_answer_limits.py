"""What makes an answer a failure, on both sides of each limit."""

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.isolation.answer_faults import why_not_comparable, why_not_storable
from automix_bench.model import Answer


def flat(level, channels=2, length=100, rate=8_000):
    """A constant: its level is its RMS and its peak."""
    return Audio(np.full((channels, length), level, np.float32), rate)


SOUND = flat(0.1)


def decibels(level_db):
    return flat(10.0 ** (level_db / 20.0))


@pytest.mark.parametrize(
    ("answer_db", "target_db", "is_silent"),
    [
        (-79.9, -20.0, False),
        (-80.1, -20.0, True),
        (-80.1, -79.9, True),
        (-80.1, -80.2, False),  # silence was right
        (-200.0, -81.0, False),
        (-20.0, -200.0, False),
    ],
)
def test_an_answer_under_80_db_is_silent_where_the_target_is_not(answer_db, target_db, is_silent):
    why = why_not_comparable("mix", decibels(target_db), {"mix": decibels(answer_db)})
    assert why == ("mix is silent where sound was wanted" if is_silent else "")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"mix": SOUND}, ""),
        ({"bass": SOUND}, "no mix in the answer"),
        ({}, "no mix in the answer"),
        ({"mix": flat(0.1, rate=16_000)}, "at 16000 Hz, wanted 8000"),
        ({"mix": flat(0.1, channels=1)}, "has shape (1, 100), wanted (2, 100)"),
        ({"mix": flat(0.1, length=101)}, "has shape (2, 101), wanted (2, 100)"),
        ({"mix": flat(0.1, length=99)}, "has shape (2, 99), wanted (2, 100)"),
    ],
)
def test_an_answer_is_of_the_rate_and_shape_of_its_target(answer, why):
    found = why_not_comparable("mix", SOUND, answer)
    assert why in found
    assert bool(found) == bool(why)


@pytest.mark.parametrize(
    ("stems", "why"),
    [
        ({}, ""),
        ({"mix": SOUND, "bass-2": SOUND, "a" * 100: SOUND}, ""),
        ({"a" * 101: SOUND}, "cannot name a stem"),
        ({"Mix": SOUND}, "cannot name a stem"),
        ({"../mix": SOUND}, "cannot name a stem"),
        ({"": SOUND}, "cannot name a stem"),
        ({3: SOUND}, "cannot name a stem"),
        ({"mix": SOUND.samples}, "wanted Audio, got ndarray"),
        ({"mix": None}, "wanted Audio, got NoneType"),
        ({"mix": flat(0.1, channels=8)}, ""),
        ({"mix": flat(0.1, channels=9)}, "9 channels"),
        ({"mix": decibels(199.9)}, ""),
        ({"mix": decibels(200.1)}, "a peak of 200 dB"),
        ({"bass": SOUND, "mix": flat(0.1, channels=9)}, "stem mix: 9 channels"),
    ],
)
def test_an_answer_can_be_stored(stems, why):
    answer = Answer()
    object.__setattr__(answer, "stems", stems)  # as from a model, whose types nobody checks
    found = why_not_storable(answer)
    assert why in found
    assert bool(found) == bool(why)


@pytest.mark.parametrize("answer", [None, {"mix": SOUND}, SOUND, "mix", 3.0])
def test_what_is_no_answer_is_named(answer):
    assert why_not_storable(answer) == f"wanted an Answer, got {type(answer).__name__}"


def test_an_array_that_changed_after_it_became_audio_is_found():
    samples = np.full((2, 10), 0.1, np.float32)
    audio = Audio(samples, 8_000)
    samples[0, 3] = np.nan
    with pytest.raises(ValueError, match="finite"):
        why_not_storable(Answer({"mix": audio}))
