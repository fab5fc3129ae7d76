"""Target stereo position and width."""

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
    """A balance that gives both sides the same power, and a width that gives them a target
    similarity.

        phi(width(balance(x))) = similarity

    phi is `traits.similarity`. The fourth step of FxNorm-Automix's normalisation (Martinez Ramirez
    et al., ISMIR 2022) changes every frequency of every frame. One balance and one width for the
    whole sound change less, but they are readable settings. The similarity falls as the width rises
    from 0 (mono) to the width where side and mid are equally strong. Beyond that it rises again,
    because the sides then differ mainly in sign. So the width is never beyond that point or 4, and
    a smaller similarity is not reached. A mono sound stays mono. A sound that is silent on one side
    stays as it is.

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
    """The width at which the side signal is as strong as the mid signal."""
    left, right = audio.samples.astype(np.float64)
    # Not by BLAS, because its sums depend on its number of threads.
    middle, side = (np.sum(np.square(one)) for one in (left + right, left - right))
    return float(np.sqrt(middle / side))
