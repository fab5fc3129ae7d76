"""More or less attack and sustain, however loud the sound."""

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
    """Turns the beginnings and the ends of notes up or down, by the differences of envelopes.

    p[n] is the largest magnitude of any channel within the last 12.5 ms, so a steady tone from 40
    Hz up has a constant p. Four envelopes follow it, each by one pole that has two speeds,

        e[n] = a e[n-1] + (1 - a) p[n],  a = exp(-1 / (time rate)),

    where the time is its attack while p[n] > e[n-1] and its release otherwise:

        f: 1 ms and 20 ms,  s: attack_ms and 20 ms,  v: 0 and 20 ms,  u: 0 and sustain_ms,

    all time constants, in which an envelope goes 63 % (1 - 1/e) of its way in amplitude. So s <= f,
    with less s the newer the note is, and v <= u, with less v the further it has died away, and

        y[n] = 10^((attack_db (1 - s/f) + sustain_db (1 - v/u)) / 20) x[n].

    1 - s/f is a function of how far the envelopes lie apart in dB, D: 1 - 10^(-D / 20), which is 0
    in a steady tone and all but 1 in a note out of silence. The knobs are the most that is ever
    done. There is no threshold: twice the sound in gives twice the sound out, but the sum of two
    sounds not the sum of what they give. Differences of envelopes that need no threshold are the
    principle of SPL's Transient Designer (1998); these envelopes and this gain are this project's.

    Detector: peak, held. No knee, make-up or filter in the side chain; all channels get one gain,
    so the stereo image stays. No look-ahead; latency: 0 samples. Starts from silence.
    """

    irreversible: ClassVar[str] = (
        "the gain follows the envelopes of the input, which the output does not tell in closed form"
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
