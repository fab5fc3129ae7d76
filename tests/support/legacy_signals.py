"""The fixed sounds on which published code was run, and is compared with ours."""

import numpy as np
import scipy.signal

from automix_bench.audio import Audio

RATE = 44_100


def signals(rate: int = RATE) -> dict[str, tuple[Audio, Audio]]:
    """Pairs by name: a reference of ten seconds and what was done to it. Notes over a hiss, in
    stereo, between two silent ends of which the code cuts off what it sees."""
    reference = _notes(rate)
    rng = np.random.default_rng(2)
    noise = 0.01 * rng.standard_normal(reference.shape)
    sos = scipy.signal.butter(2, 3_000.0, fs=rate, output="sos")
    loud = 0.98 * reference / np.abs(reference).max()
    estimates = {
        "noise": (reference, reference + noise),
        "low-passed": (reference, scipy.signal.sosfilt(sos, reference)),
        "clipped": (reference, np.clip(reference, -0.1, 0.1)),
        "narrow": (reference, 0.7 * reference + 0.3 * reference[::-1]),
        "-0.9 dB near full scale": (loud, 10.0 ** (-0.9 / 20.0) * loud),
    }
    return {
        name: (
            Audio(reference.astype(np.float32), rate),
            Audio(estimate.astype(np.float32), rate),
        )
        for name, (reference, estimate) in estimates.items()
    }


def _notes(rate: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    time = np.arange(10 * rate) / rate
    sound = np.zeros((2, len(time)))
    for onset in np.arange(0.6, 9.0, 0.15):
        since = np.maximum(time - onset, 0.0)
        pitch, place = 55.0 * 2.0 ** rng.uniform(0.0, 4.0), rng.uniform(0.1, 1.4)
        tones = sum(np.sin(2 * np.pi * pitch * k * since) / k for k in range(1, 8))
        note = tones * np.exp(-since / rng.uniform(0.05, 0.3)) * (time > onset)
        sound += 0.1 * np.array([[np.cos(place)], [np.sin(place)]]) * note
    hiss = 0.001 * rng.standard_normal(sound.shape)
    notes: np.ndarray = (sound + hiss) * ((time > 0.5) & (time < 9.3))
    return notes
