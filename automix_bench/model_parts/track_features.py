"""What a learned mixer hears of a track: statistics of its mel spectrum, stereo and level."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from automix_bench.audio import Audio
from automix_bench.model_parts.mel_frames import BANDS, mel_frames

__all__ = ["FEATURES", "track_features"]

LOWEST_DB = -90.0
"""Below this, in dB full scale for a track at -30 LUFS, everything is alike."""
ACTIVE_DB = 25.0
"""A frame is active if it lies less than this under the loud ones."""
FEATURES = 4 * BANDS + 4


def track_features(audio: Audio) -> Float32[np.ndarray, " features"]:
    """The features of a whole track that was brought to one loudness.

    Of every band: the mean over active frames in dB; what a tenth and a half of them exceed,
    relative to the mean; and the mean change from frame to frame. Then the level of the side below
    the whole, the balance of left and right, the crest factor and the share of active frames. All
    are scaled to about -1 to 1.
    """
    bands_db, levels_db = _mel_db(audio)
    active = levels_db > np.percentile(levels_db, 95.0) - ACTIVE_DB
    chosen = bands_db[active]
    mean = chosen.mean(axis=0)
    change = np.abs(np.diff(bands_db, axis=0)).mean(axis=0) if len(bands_db) > 1 else 0.0 * mean
    samples = np.atleast_2d(audio.samples.astype(np.float64))
    left, right = samples[0], samples[-1]
    power = float(np.mean(left**2 + right**2)) + 1e-12
    side_db = 10.0 * np.log10(float(np.mean((left - right) ** 2)) / (2.0 * power) + 1e-6)
    balance_db = 10.0 * np.log10(
        (float(np.mean(left**2)) + 1e-9 * power) / (float(np.mean(right**2)) + 1e-9 * power)
    )
    crest_db = 10.0 * np.log10(float(np.max(samples**2)) / (power / 2.0) + 1e-6)
    parts = [
        mean / 40.0 + 1.0,
        (np.percentile(chosen, 90.0, axis=0) - mean) / 20.0,
        (np.percentile(chosen, 50.0, axis=0) - mean) / 20.0,
        change / 10.0,
        np.array(
            [side_db / 30.0 + 1.0, np.clip(balance_db, -30.0, 30.0) / 15.0, crest_db / 20.0 - 1.0]
        ),
        np.array([float(active.mean())]),
    ]
    features: Float32[np.ndarray, " features"] = np.concatenate(parts).astype(np.float32)
    return features


def _mel_db(audio: Audio) -> tuple[np.ndarray, np.ndarray]:
    """The level in each band of each frame, `(frames, bands)`, and of each frame, in dB."""
    bands = mel_frames(audio).mean(axis=0, dtype=np.float64)
    floor = 10.0 ** (LOWEST_DB / 10.0)
    return 10.0 * np.log10(bands + floor), 10.0 * np.log10(bands.sum(axis=1) + floor)
