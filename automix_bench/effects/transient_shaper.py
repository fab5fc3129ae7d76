"""A transient shaper: more or less attack and sustain, independent of level."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, no_type_check

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.compiled import compiled
from automix_bench.dsp.dynamics.detector import loudest_channel, pole
from automix_bench.dsp.dynamics.lookahead import highest_ahead
from automix_bench.dsp.loops import SILENCE, doubles
from automix_bench.effect import Effect, knob

__all__ = ["TransientShaper"]

_HELD_MS = 12.5
_QUICK_ATTACK_MS = 1.0
_QUICK_RELEASE_MS = 20.0


@dataclass(frozen=True)
class TransientShaper(Effect):
    """Raises or lowers the beginnings and the ends of notes, by the differences of envelopes.

    p[n] is the largest magnitude of any channel within the last 12.5 ms, so a steady tone of 40 Hz
    or more has a constant p. Four envelopes follow p, each by one pole with two speeds,

        e[n] = a e[n-1] + (1 - a) p[n],  a = exp(-1 / (time rate)),

    where the time is the attack of the envelope while p[n] > e[n-1] and its release otherwise:

        f: 1 ms and 20 ms,  s: attack_ms and 20 ms,  v: 0 and 20 ms,  u: 0 and sustain_ms.

    All are time constants, in which an envelope, in amplitude, covers 63 % (1 - 1/e) of its way. So
    s <= f, and s is smaller the newer the note is. Likewise v <= u, and v is smaller the further
    the note has died away. The output is

        y[n] = 10^((attack_db (1 - s/f) + sustain_db (1 - v/u)) / 20) x[n].

    1 - s/f depends on the distance D of the envelopes in dB: it is 1 - 10^(-D / 20), which is 0 in
    a steady tone and almost 1 at a note after silence. So `attack_db` and `sustain_db` are the
    largest possible changes. There is no threshold: scaling the input scales the output. Still, the
    effect is not linear: the output of a sum of two sounds is not the sum of their outputs.
    Differences of envelopes that need no threshold are the principle of SPL's Transient Designer
    (1998); these envelopes and this gain are this project's own.

    Detector: peak, held. There is no knee, make-up gain or side-chain filter. All channels get one
    gain, so the stereo image stays. There is no look-ahead; latency: 0 samples. The envelopes start
    from silence.
    """

    irreversible: ClassVar[str] = (
        "the gain depends on envelopes of the input; no closed form gets those from the output"
    )

    neutral: ClassVar[Mapping[str, float]] = {"attack_db": 0.0, "sustain_db": 0.0}

    attack_db: float = knob(-24.0, 24.0, "dB")
    sustain_db: float = knob(-24.0, 24.0, "dB")
    attack_ms: float = knob(2.0, 200.0, "ms", default=20.0)
    sustain_ms: float = knob(30.0, 2_000.0, "ms", default=300.0)

    def __call__(self, audio: Audio) -> Audio:
        samples, rate = doubles(audio), audio.rate
        ahead = round(_HELD_MS * rate / 1_000.0)
        loudest = np.concatenate([np.zeros(ahead), loudest_channel(samples)])
        held = highest_ahead(loudest, ahead)[: audio.samples.shape[1]]
        quick = (pole(_QUICK_ATTACK_MS, rate), pole(_QUICK_RELEASE_MS, rate))
        slow = (pole(self.attack_ms, rate), pole(self.sustain_ms, rate))
        gain = _shape(held, self.attack_db, self.sustain_db, *quick, *slow)
        return audio.with_samples(gain * samples)

    def inverse(self) -> None:
        return None


@compiled
@no_type_check
def _shape(
    held: np.ndarray,
    attack_db: float,
    sustain_db: float,
    quick_attack: float,
    quick_release: float,
    slow_attack: float,
    slow_release: float,
) -> np.ndarray:
    gain = np.empty(held.size)
    to_log = math.log(10.0) / 20.0
    f = s = v = u = 0.0
    for n in range(held.size):
        p = held[n] + SILENCE
        f = p + (quick_attack if p > f else quick_release) * (f - p)
        s = p + (slow_attack if p > s else quick_release) * (s - p)
        v = p if p > v else p + quick_release * (v - p)
        u = p if p > u else p + slow_release * (u - p)
        change_db = attack_db * (1.0 - s / f) + sustain_db * (1.0 - v / u)
        gain[n] = math.exp(to_log * change_db)
    return gain
