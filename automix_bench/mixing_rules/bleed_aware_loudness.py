"""Loudness of the microphones of a drum kit without what they hear of the other drums."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.filters.k_weighting import LOWEST_RATE, weighted_energies
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.mixing_rules.equal_loudness import integrated
from automix_bench.mixing_rules.roles import DRUMS
from automix_bench.mixing_rules.session import Session

STEP_SECONDS = 0.05
ACTIVE = 0.05
"""A drum is struck in the steps with at least this part of its highest energy."""

QUIET_PART = 0.2
"""Bleed is this quantile of the ratio of two microphones while one drum is struck: in steps in
which the other drum rests."""

STEADY = 2.0
"""Bleed is a copy, so its ratio is steady: between half and one and a half of `QUIET_PART` it grows
by less than this factor. A drum that is played softly along with another is no bleed."""

MOST_BLEED = 0.25
"""-6 dB. A microphone that hears another drum louder than that hears its own along with it."""

CLOSE = DRUMS - {"overhead", "drums"}

Energies = Float64[np.ndarray, "microphones steps"]


def bleed_aware_loudness(session: Session) -> dict[str, float]:
    """Integrated loudness; of close microphones on drums, that of their own drum.

        e_m[t] <- max(e_m[t] - max over k of b_mk e_k[t], 0)
        b_mk = lowest fifth of e_m / e_k while k is struck; none if above -6 dB, or unsteady

    e_m[t] is the K-weighted energy of microphone m in steps of 50 ms. Each step is scaled to what
    is left of its energy, then the loudness is measured.

    D. Moffat and M. Sandler, "Automatic mixing level balancing enhanced through source interference
    identification", AES 146, 2019: faders set by the loudness of microphones that hear each other
    are wrong, as the interference counts as the source. How the interference is found is ours.
    """
    loudness = integrated(session)
    microphones = [t for t in session.audible if t.role in CLOSE]
    if len(microphones) < 2 or session.rate < LOWEST_RATE:
        return loudness
    energies = np.stack([_energies(track.audio) for track in microphones])
    own = own_energies(energies)
    for track, before, after in zip(microphones, energies, own, strict=True):
        if np.any(after < before):
            lufs = or_nan(integrated_lufs, _scaled(track.audio, before, after))
            loudness[track.name] = lufs if np.isfinite(lufs) else loudness[track.name]
    return loudness


def own_energies(energies: Energies) -> Energies:
    """What is left of the energies of microphones without the bleed of the others."""
    bleed = np.zeros(energies.shape)
    struck = energies >= ACTIVE * energies.max(axis=1, keepdims=True)
    for m, k in np.ndindex(len(energies), len(energies)):
        if m == k or not struck[k].any():
            continue
        ratios = energies[m, struck[k]] / energies[k, struck[k]]
        low, ratio, high = np.quantile(ratios, np.array([0.5, 1.0, 1.5]) * QUIET_PART).tolist()
        if ratio <= MOST_BLEED and high < STEADY * low:
            bleed[m] = np.maximum(bleed[m], ratio * energies[k])
    left: Energies = np.maximum(energies - bleed, 0.0)
    return left


def _edges(audio: Audio) -> np.ndarray:
    step = round(STEP_SECONDS * audio.rate)
    return np.arange(0, audio.length + 1, step, dtype=np.int64)


def _energies(audio: Audio) -> Float64[np.ndarray, " steps"]:
    summed: np.ndarray = weighted_energies(audio, _edges(audio)).sum(axis=0)
    return summed


def _scaled(audio: Audio, before: np.ndarray, after: np.ndarray) -> Audio:
    """Each step at what is left of its energy; a remainder shorter than a step is silent."""
    gains = np.sqrt(np.divide(after, before, out=np.zeros_like(after), where=before > 0.0))
    curve = np.repeat(gains, np.diff(_edges(audio)))
    curve = np.pad(curve, (0, audio.length - curve.size))
    return audio.with_samples(audio.samples * curve)
