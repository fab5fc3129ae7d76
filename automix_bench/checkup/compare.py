"""How far two answers are apart, and what a mix is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from automix_bench.audio import Audio, decibels, rms_db, total
from automix_bench.song import Stems

FLOOR_DB = -150.0
"""Stands for this or less: equal sounds."""
_LONGEST_LAG_SECONDS = 1.0


def difference_db(expected: Stems, got: Stems) -> float:
    """The RMS level of the difference against that of what was expected, in dB: the largest of all
    sounds. Where silence was expected, the level of what came."""
    return max(_difference_db(expected[name], got[name]) for name in expected)


def differences(expected: Stems, got: Stems) -> dict[str, Audio]:
    """Sounds to hear a difference by: what was expected, what came, and the difference."""
    heard: dict[str, Audio] = {}
    for name, audio in expected.items():
        heard[f"{name}-expected"] = audio
        heard[f"{name}-answered"] = got[name]
        heard[f"{name}-difference"] = audio.with_samples(got[name].samples - audio.samples)
    return heard


def level_db(sounds: Iterable[Audio]) -> float:
    """The RMS level of several sounds together, in dB full scale; `FLOOR_DB` or more."""
    power = sum(float(np.mean(np.square(one.samples, dtype=np.float64))) for one in sounds)
    return max(decibels(power**0.5), FLOOR_DB)


def lag(reference: Audio, estimate: Audio) -> int:
    """By how many samples the estimate comes later, up to a second either way.

    The largest absolute cross-correlation of the first differences, summed over channels; the
    differences keep low notes from moving it by a period.
    """
    import scipy.signal

    reach = min(round(_LONGEST_LAG_SECONDS * reference.rate), reference.length - 1)
    pairs = zip(np.diff(estimate.samples), np.diff(reference.samples), strict=True)
    together = sum(
        scipy.signal.correlate(late.astype(float), early.astype(float), method="fft")
        for late, early in pairs
    )
    lags = scipy.signal.correlation_lags(reference.length - 1, reference.length - 1)
    near = np.abs(lags) <= reach
    return int(lags[near][np.argmax(np.abs(together)[near])])


def moved(audio: Audio, samples: int) -> Audio:
    """The sound so many samples earlier, with silence at the end that is then empty."""
    out = np.zeros_like(audio.samples)
    if samples >= 0:
        out[:, : audio.length - samples] = audio.samples[:, samples:]
    else:
        out[:, -samples:] = audio.samples[:, :samples]
    return audio.with_samples(out)


class Unmixed:
    """A mix as a sum of its tracks: the gain of each that comes closest, for each channel.

    The mix is moved to where its plain sum lies first, so that a delay is no loss of level.
    """

    def __init__(self, tracks: Stems, mix: Audio) -> None:
        """
        Args:
            tracks: of the mix's rate and shape.
        """
        self.lag = 0
        audible = {name: track for name, track in tracks.items() if track.samples.any()}
        self._tracks = audible
        if not audible or not mix.samples.any():
            self.gains = np.zeros((mix.channels, len(audible)))
            self.closest = mix.scaled(0.0)
            return
        plain = total(audible.values())
        self.lag = lag(plain, mix) if plain.samples.any() else 0
        aligned = moved(mix, self.lag)
        gains, closest = [], []
        for channel in range(mix.channels):
            rows = np.stack([t.samples[channel].astype(np.float64) for t in audible.values()])
            gram = rows @ rows.T
            gram += 1e-9 * np.trace(gram) / len(rows) * np.eye(len(rows))
            gain = np.linalg.solve(gram, rows @ aligned.samples[channel])
            gains.append(gain)
            closest.append(gain @ rows)
        self.gains = np.stack(gains)
        self.closest = moved(mix.with_samples(np.stack(closest)), -self.lag)

    @property
    def levels_db(self) -> Mapping[str, float]:
        """By track: its level in the mix against its own level, in dB; `FLOOR_DB` or more. Silent
        tracks are left out."""
        levels = {}
        for number, (name, track) in enumerate(self._tracks.items()):
            power = np.mean(np.square(track.samples, dtype=np.float64), axis=1)
            heard = float(np.square(self.gains[:, number]) @ power)
            levels[name] = max(decibels((heard / float(power.sum())) ** 0.5), FLOOR_DB)
        return levels


def heard_levels_db(tracks: Stems, answered: Stems) -> Mapping[str, float]:
    """By track: how loud it is in a mix, or in what is returned for it, against itself."""
    if set(answered) == {"mix"} and "mix" not in tracks:
        return Unmixed(tracks, answered["mix"]).levels_db
    return {
        name: Unmixed({name: tracks[name]}, audio).levels_db.get(name, 0.0)
        for name, audio in answered.items()
        if name in tracks
    }


def lowest_against_median_db(levels_db: Mapping[str, float]) -> float:
    """How far the quietest track lies below the one in the middle, in dB."""
    values = sorted(levels_db.values())
    return values[0] - values[len(values) // 2] if values else 0.0


def moves_db(before: Mapping[str, float], after: Mapping[str, float]) -> Mapping[str, float]:
    """By track: how much louder it has become against the one in the middle, in dB."""
    moves = {name: after[name] - before[name] for name in before if name in after}
    middle = sorted(moves.values())[len(moves) // 2] if moves else 0.0
    return {name: move - middle for name, move in moves.items()}


def _difference_db(expected: Audio, got: Audio) -> float:
    rest = rms_db(expected.with_samples(got.samples.astype(np.float64) - expected.samples))
    level = rms_db(expected)
    return max(rest - level if level > float("-inf") else rest, FLOOR_DB)
