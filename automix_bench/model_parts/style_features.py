"""What a network hears of a reference mix, and of the tracks that are to be mixed like it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from automix_bench.audio import Audio, total
from automix_bench.dsp.stereo import in_two_channels
from automix_bench.model_parts.learned_console import TRACK_LUFS, gain_to_track_db
from automix_bench.model_parts.mel_frames import BANDS, middle_and_side
from automix_bench.model_parts.track_features import FEATURES, track_features
from automix_bench.song import Stems

__all__ = ["MIX_FEATURES", "STYLE_FEATURES", "TRACK_FEATURES", "mirrored", "style_features"]

TRACK_FEATURES = FEATURES + 1
"""Those of `track_features`, and the level of the track as it comes."""
_PARTS = 4
_OF_PART = 2 * BANDS + 4
MIX_FEATURES = _PARTS * _OF_PART + 1
STYLE_FEATURES = 2 * MIX_FEATURES
_BALANCE = 4 * BANDS + 1
"""The place of the balance of left and right among the features of a track."""
_QUIET_LUFS = -60.0

Features = tuple[Float32[np.ndarray, "tracks features"], Float32[np.ndarray, " mix_features"]]


def style_features(tracks: Stems, reference: Audio) -> Features:
    """The features of tracks, and those of a reference mix with those of the plain sum of the
    tracks, so that what is missing from the sum can be seen.

    The levels of the tracks, of the sum and of the reference are relative to the mean of the
    tracks, of 20 LU as 1.

    Args:
        tracks: as they come, without those that have no loudness.
    """
    gains = {name: gain_to_track_db(track) for name, track in tracks.items()}
    known = {name: gain for name, gain in gains.items() if gain is not None}
    usual = float(np.mean(list(known.values())))
    rows = [
        np.append(track_features(tracks[name].scaled(10.0 ** (gain / 20.0))), (usual - gain) / 20.0)
        for name, gain in known.items()
    ]
    mixes = (reference, total(tracks[name] for name in known))
    of_mixes = [_mix_features(one, usual) for one in mixes]
    return np.stack(rows).astype(np.float32), np.concatenate(of_mixes).astype(np.float32)


def mirrored(tracks: np.ndarray, mixes: np.ndarray) -> Features:
    """The features of the same sounds with left and right changed."""
    signs = np.ones(TRACK_FEATURES, np.float32)
    signs[_BALANCE] = -1.0
    parts = mixes.reshape(2, MIX_FEATURES)
    rows = parts[:, :-1].reshape(2, _PARTS, _OF_PART)[:, [1, 0, 2, 3]]
    turned = np.concatenate([rows.reshape(2, -1), parts[:, -1:]], axis=1).reshape(-1)
    return (tracks * signs).astype(np.float32), turned.astype(np.float32)


def _mix_features(mix: Audio, usual_db: float) -> np.ndarray:
    """Of left, right, middle and side the mean spectrum, how far its loud frames lie above it, and
    the scalars of `track_features`; and the level of the whole."""
    gain = gain_to_track_db(mix)
    level = (usual_db - gain) / 20.0 if gain is not None else (_QUIET_LUFS - TRACK_LUFS) / 20.0
    louder = mix.scaled(10.0 ** ((gain or 0.0) / 20.0))
    pair = in_two_channels(louder).samples
    parts = np.concatenate([pair, middle_and_side(louder).samples])
    rows = [_of_part(Audio(part[np.newaxis], mix.rate)) for part in parts]
    return np.append(np.concatenate(rows), level)


def _of_part(part: Audio) -> np.ndarray:
    features = track_features(part)
    return np.concatenate([features[: 2 * BANDS], features[4 * BANDS :]])
