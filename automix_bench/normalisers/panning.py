"""Where a sound lies between left and right, and how wide, brought to what is wanted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.stereo import require_stereo
from automix_bench.dsp.traits import balance_db, similarity
from automix_bench.effect import Chain
from automix_bench.effects.balance import Balance
from automix_bench.effects.stereo_width import StereoWidth
from automix_bench.normaliser import Normaliser, knob

__all__ = ["Panning"]

_HALVINGS = 10


@dataclass(frozen=True)
class Panning(Normaliser):
    """A balance that brings both sides to one power, and a width that brings them to a wanted
    likeness.

        phi(width(balance(x))) = similarity

    phi is `traits.similarity`. The fourth step of FxNorm-Automix's normalisation (Martinez Ramirez
    et al., ISMIR 2022) moves every frequency of every frame; one balance and one width for all of a
    sound do less, and are knobs that can be read. Likeness falls with width from 0, mono, to where
    the side is as strong as the middle, and rises again beyond, where the sides differ in sign
    alone; so no width beyond that, or 4, is taken, and a likeness below is not reached. A sound
    that is mono stays so. A sound that is silent on one side is left as it is.

    Raises:
        Unsuitable: the audio is not stereo.
    """

    similarity: float = knob(0.0, 1.0, "(linear)")

    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        require_stereo(audio, wanted_by="Panning")
        if not audio.samples.any(axis=1).all():
            return Chain()
        correction_db = float(np.clip(-balance_db(audio) / 2.0, -30.0, 30.0))
        balance = Balance(correction_db, -correction_db)
        centred = balance(audio)
        if np.array_equal(centred.samples[0], centred.samples[1]):
            return Chain((balance,))
        low, high = 0.0, min(_evenly_wide(centred), StereoWidth.knobs()["width"].high)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            alike = similarity(StereoWidth(middle)(centred)) > self.similarity
            low, high = (middle, high) if alike else (low, middle)
        return Chain((balance, StereoWidth((low + high) / 2.0)))


def _evenly_wide(audio: Audio) -> float:
    """The width at which the side is as strong as the middle."""
    left, right = audio.samples.astype(np.float64)
    # Not by BLAS, whose sums depend on how many threads it has.
    middle, side = (np.sum(np.square(one)) for one in (left + right, left - right))
    return float(np.sqrt(middle / side))
