"""Why the sum of a song's stems differs from its mix: notes for the reader.

What can be named: the mix is at another level, of opposite polarity, or late; single stems are
inverted, at another level, or late; the stems are silent; or the mix has sound that no stem has,
which means a missing stem or effects on the mix. A cause is named as likely if the difference is at
least 3 dB smaller without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import scipy.fft
from jaxtyping import Bool, Float64

from automix_bench.audio import Audio, total
from automix_bench.music.gram import Gram, error_share, gram
from automix_bench.music.stem_sum import LEAST_DB, StemSum, in_db, own_lag, shifted, spread_blocks

POOR_DB = -20.0
"""A worse difference than this is told to the user: a hundredth of the mix's power."""

_LEAST_LEVEL_DB = 1.0
_BETTER_DB = 3.0
_HEARD_DB = -40.0
_POWERFUL_DB = -15.0
_ALIKE_DB = 0.6
_NAMED = 5
_EDGES_HZ = (0.0, 250.0, 2_000.0, float("inf"))
_BANDS = ("below 250 Hz", "from 250 to 2,000 Hz", "above 2,000 Hz")


def notes_on(compared: StemSum, stems: Mapping[str, Audio], mix: Audio) -> list[str]:
    """Sentences on how the mix differs from the sum of the stems; none where it does not."""
    if compared.gain_db is None:
        return ["its stems are silent, or have nothing in common with its mix"]
    notes = list(_whole(compared, mix.rate))
    if compared.difference_db > POOR_DB:
        here = _later(stems, compared.lag)
        cause = _cause(compared, here, mix)
        notes.append(
            f"the sum of its stems differs from its mix by {compared.difference_db:.1f} dB at the "
            f"best gain, sign and lag: {cause}"
        )
    return notes


def _whole(compared: StemSum, rate: int) -> Iterator[str]:
    """What holds of the mix as a whole: level, polarity and lag."""
    gain_db, lag = compared.gain_db or 0.0, compared.lag
    if abs(gain_db) >= _LEAST_LEVEL_DB and compared.difference_db <= POOR_DB:
        yield f"its mix is at another level than the sum of its stems: {gain_db:+.1f} dB"
    if compared.inverted:
        yield "its mix has the opposite polarity of the sum of its stems"
    if lag:
        word = "later" if lag > 0 else "earlier"
        yield (
            f"its mix comes {abs(lag)} samples ({1000.0 * abs(lag) / rate:.1f} ms) {word} than its "
            "stems"
        )


def _later(stems: Mapping[str, Audio], lag: int) -> dict[str, Audio]:
    """The stems, moved to where the mix has them."""
    return {name: shifted(stem, lag) for name, stem in stems.items()} if lag else dict(stems)


def _cause(compared: StemSum, stems: Mapping[str, Audio], mix: Audio) -> str:
    """The likely cause: the first one that explains all but `POOR_DB` of the mix, else the one that
    explains most, else what the stems lack."""
    names = [name for name, stem in stems.items() if stem.samples.any()]
    sounds = [*(stems[name] for name in names), mix]
    products = gram(sounds)
    weights = _weights(products)
    turned = _inverted(names, products, weights)
    if turned.left_db <= POOR_DB:
        return turned.text
    late = _late(compared, {name: stems[name] for name in names}, mix)
    if late.left_db <= POOR_DB:
        return late.text
    rest_db = in_db(error_share(products, len(names), np.append(weights, 0.0)))
    if rest_db <= POOR_DB:
        return f"its mix has its stems at other levels ({_levels(names, products, weights)})"
    best = min(turned, late, key=lambda cause: cause.left_db)
    return best.text or _missing(names, products, weights, sounds)


@dataclass(frozen=True)
class _Cause:
    """A cause that may be named: the text, empty if it is not likely, and the difference in dB that
    is left without it."""

    text: str = ""
    left_db: float = float("inf")


def _weights(products: Gram) -> Float64[np.ndarray, " stems"]:
    """The gains of the stems whose sum is nearest to the mix, by least squares."""
    inner, outer = products[:-1, :-1], products[:-1, -1]
    ridge = 1e-9 * np.trace(inner) / len(inner)
    fitted: Float64[np.ndarray, " stems"] = np.linalg.solve(
        inner + ridge * np.eye(len(inner)), outer
    )
    return fitted


def _inverted(names: list[str], products: Gram, weights: Float64[np.ndarray, " stems"]) -> _Cause:
    """The stems whose polarity is likely turned."""
    usual = 1.0 if float(np.sum(weights * np.diag(products)[:-1])) >= 0.0 else -1.0
    turned = (weights * usual < 0.0) & _is_above(_HEARD_DB, products, weights)
    before_db = _common(products, np.ones(len(names)))
    left_db = _common(products, np.where(turned, -1.0, 1.0))
    if before_db - left_db < _BETTER_DB:
        return _Cause()
    inverted = [name for name, is_turned in zip(names, turned, strict=True) if is_turned]
    verb = "is" if len(inverted) == 1 else "are"
    return _Cause(
        f"{_listed(inverted)} {verb} likely of inverted polarity; turned, the difference is "
        f"{_db_text(left_db)}",
        left_db,
    )


def _is_above(
    level_db: float, products: Gram, weights: Float64[np.ndarray, " stems"]
) -> Bool[np.ndarray, " stems"]:
    """Which stems, times their weights, have this level relative to the mix."""
    powers = weights**2 * np.diag(products)[:-1]
    above: Bool[np.ndarray, " stems"] = powers >= 10.0 ** (level_db / 10.0) * products[-1, -1]
    return above


def _common(products: Gram, signs: Float64[np.ndarray, " stems"]) -> float:
    """The difference in dB between the mix and the sum of the stems with these signs, at the best
    common gain."""
    summed = float(signs @ products[:-1, :-1] @ signs)
    gain = float(signs @ products[:-1, -1]) / summed if summed > 0.0 else 0.0
    return in_db(error_share(products, len(signs), np.append(gain * signs, 0.0)))


def _levels(names: list[str], products: Gram, weights: Float64[np.ndarray, " stems"]) -> str:
    """The levels of at most `_NAMED` stems in the mix, those that differ most first."""
    heard = _is_above(_HEARD_DB, products, weights)
    levels_db = 20.0 * np.log10(np.maximum(np.abs(weights), 1e-6))
    middle_db = float(np.median(levels_db[heard])) if heard.any() else 0.0
    order = sorted(
        range(len(names)),
        key=lambda n: (heard[n], -round(abs(float(levels_db[n]) - middle_db), 1), n),
    )
    texts = [
        f"{names[n]} {round(float(levels_db[n]), 1) + 0.0:+.1f} dB"
        if heard[n]
        else f"{names[n]} not heard in it"
        for n in order
    ]
    more = [f"{len(texts) - _NAMED} more"] * (len(texts) > _NAMED)
    return ", ".join((*texts[:_NAMED], *more))


def _late(compared: StemSum, stems: Mapping[str, Audio], mix: Audio) -> _Cause:
    """The stems that likely start at another time than in the mix, loudest first."""
    lags: dict[str, int] = {}
    left_db = compared.difference_db
    for name in sorted(stems, key=lambda name: -float(np.square(stems[name].samples).sum())):
        if not (lag := own_lag(stems[name], mix)):
            continue
        tried = {**lags, name: lag}
        moved = {one: shifted(stem, tried.get(one, 0)) for one, stem in stems.items()}
        again_db = _plain_difference_db(moved, mix)
        if left_db - again_db >= _BETTER_DB:
            lags, left_db = tried, again_db
    if not lags:
        return _Cause()
    each = [f"{name} by {abs(lag)} samples ({_direction(lag)})" for name, lag in lags.items()]
    return _Cause(
        f"likely shifted in time: {_listed(each)}; moved back, the difference is "
        f"{_db_text(left_db)}",
        left_db,
    )


def _direction(lag: int) -> str:
    """Of a stem that the mix has `lag` samples later."""
    return "early" if lag > 0 else "late"


def _plain_difference_db(stems: Mapping[str, Audio], mix: Audio) -> float:
    """The difference at the best gain on blocks of the song, without looking for a lag."""
    summed = total(stems.values())
    products = gram([summed, mix])
    gain = products[0, 1] / products[0, 0] if products[0, 0] > 0.0 else 0.0
    return in_db(error_share(products, 1, np.array([gain, 0.0])))


def _missing(
    names: list[str],
    products: Gram,
    weights: Float64[np.ndarray, " stems"],
    sounds: list[Audio],
) -> str:
    """What the mix has and no stem has, by frequency; and whether a stem is likely missing.

    Where the other stems are in the mix at one gain, only sound was added: a stem is missing.
    """
    powerful = _is_above(_POWERFUL_DB, products, weights)
    levels = 20.0 * np.log10(np.maximum(np.abs(weights[powerful]), 1e-6))
    alike = levels.size > 0 and float(np.ptp(levels)) <= _ALIKE_DB
    shares = _remainder_shares(weights, sounds)
    most = int(np.argmax(shares))
    where = f"{100.0 * shares[most]:.0f} % of what its stems lack lies {_BANDS[most]}"
    if alike:
        return f"a stem is likely missing; {where}"
    return f"its mix went through effects that its stems lack, or a stem is missing; {where}"


def _remainder_shares(
    weights: Float64[np.ndarray, " stems"], sounds: list[Audio]
) -> Float64[np.ndarray, " bands"]:
    """The shares of the power of mix minus weighted stems that lie in each of the bands."""
    *stems, mix = sounds
    powers = np.zeros(len(_BANDS))
    for block in spread_blocks(mix.length, 1 << 16, 16):
        rest = mix.samples[:, block].astype(np.float64)
        for weight, stem in zip(weights, stems, strict=True):
            rest -= weight * stem.samples[:, block]
        hz = scipy.fft.rfftfreq(rest.shape[1], 1.0 / mix.rate)
        power = np.square(np.abs(scipy.fft.rfft(rest))).sum(axis=0)
        which = np.searchsorted(_EDGES_HZ[1:-1], hz, side="right")
        powers += np.bincount(which, power, len(_BANDS))
    return powers / max(float(powers.sum()), 1e-300)


def _db_text(difference_db: float) -> str:
    return f"{difference_db:.1f} dB" + (" or less" if difference_db <= LEAST_DB else "")


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
