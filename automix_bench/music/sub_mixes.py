"""Files among a song's stems that are a mix of other files, whatever they are called.

A file is a mix or a sub-mix if a sum of other files, each at a gain of 0 or more, leaves less than
`NEARLY_DB` of it; and a second copy if one other file does. Gains of 0 or more keep apart what was
added from what can be computed: the bass is not its song minus everything else. The gains are found
by non-negative least squares (Lawson and Hanson, 1974) on blocks that are spread over the song, and
hold only if they fit the whole song.

-20 dB is a hundredth of the power. It lies between what was measured: sums of the stems of twelve
composed songs are left with -22.9 dB or less after Ogg Vorbis of 190 kbit/s, and with -150 dB as
they are; no true stem of those songs and of eight published games' multitracks comes below -2.9 dB,
and no mix of an engineer below -9.8 dB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio, total
from automix_bench.errors import Rejected
from automix_bench.music.gram import Gram, error_share, gram
from automix_bench.music.stem_sum import best_lag, shifted

NEARLY_DB = -20.0
_QUIET_DB = -60.0
_LATEST_SECONDS = 0.1
_PART_DB = -40.0
_SIDE = re.compile(r"(?<![a-z])(l|r|left|right)(?![a-z])")
_CHUNK = 1 << 16
_RIDGE = 1e-9
_NAMED = 3


@dataclass(frozen=True)
class SubMix:
    """A file that is nearly a mix of others.

    Attributes:
        parts: the names of the others.
        lag: how many samples it comes later than they do.
    """

    name: str
    parts: tuple[str, ...]
    lag: int = 0

    def __str__(self) -> str:
        late = f", {abs(self.lag)} samples {'later' if self.lag > 0 else 'earlier'}" * bool(
            self.lag
        )
        if len(self.parts) == 1:
            return f"{self.name} is nearly the same sound as {self.parts[0]}{late}"
        return f"{self.name} is nearly a mix of {_listed(self.parts)}{late}"


def refuse_sub_mixes(
    stems: Mapping[str, Audio],
    mix: tuple[str, Audio] | None,
    song: str,
    stated: frozenset[str] = frozenset(),
) -> None:
    """Raises `Rejected` if one of a song's files of stems is a mix of others.

    Args:
        stems: by the name of the file, all of one shape.
        mix: the name of the file of the mix, and its sound; None where there is none.
        song: its name in the source, for the message.
        stated: files that the user said are stems; they are taken at his word.
    """
    if found := [each for each in sub_mixes(stems, mix) if each.name not in stated]:
        more = f" (and {len(found) - _NAMED} more)" if len(found) > _NAMED else ""
        each = "; ".join(map(str, found[:_NAMED])) + more
        raise Rejected(
            song,
            f"expected stems that are not in each other, got: {each}: say which file is the mix "
            "with --set mixture=…, which files are stems with --set stems=…, or remove it",
        )


def sub_mixes(
    stems: Mapping[str, Audio], mix: tuple[str, Audio] | None = None
) -> tuple[SubMix, ...]:
    """The files of stems that are nearly a mix of other files, loudest first.

    Silent files are nobody's copy. Two files whose names differ only in a side (`piano_L`,
    `piano_R`) are a pair, and may be equal. A stem may equal the mix if no other stem is heard.
    """
    if len(stems) < 2:
        return ()
    names = [*stems, *((mix[0],) if mix else ())]
    sounds = [*stems.values(), *((mix[1],) if mix else ())]
    products = gram(sounds)
    powers = np.diag(products)
    heard = powers > max(float(powers.max()), 1e-30) * 10.0 ** (_QUIET_DB / 10.0)
    found: list[SubMix] = []
    for target in sorted(np.flatnonzero(heard[: len(stems)]), key=lambda n: (-powers[n], n)):
        weights = _weights(products, int(target), heard)
        parts = _parts(products, int(target), weights, len(stems) if mix else None)
        if not parts or _is_known(names, int(target), parts, found):
            continue
        if error_share(products, int(target), weights) <= _NEARLY and (
            _whole_error_share(sounds, int(target), weights) <= _NEARLY
        ):
            found.append(SubMix(names[target], tuple(names[part] for part in parts)))
    return tuple(found) or tuple(_moved_mix(stems, powers[: len(stems)]))


_NEARLY = 10.0 ** (NEARLY_DB / 10.0)


def _weights(products: Gram, target: int, heard: np.ndarray) -> Float64[np.ndarray, " sounds"]:
    """The gains of 0 or more of the other sounds whose sum is nearest to the target."""
    from scipy.optimize import nnls

    weights = np.zeros(len(products))
    others = np.flatnonzero(heard & (np.arange(len(products)) != target))
    if not len(others):
        return weights
    inner, outer = products[np.ix_(others, others)], products[others, target]
    scale = 1.0 / np.sqrt(np.diag(inner))
    inner = inner * np.outer(scale, scale) + _RIDGE * np.eye(len(others))
    # |A x - b|^2 with A^T A = inner and A^T b = outer: the Cholesky factor stands for the sounds.
    factor = np.linalg.cholesky(inner)
    fitted, _ = nnls(factor.T, np.linalg.solve(factor, outer * scale))
    weights[others] = fitted * scale
    return weights


def _parts(
    products: Gram, target: int, weights: Float64[np.ndarray, " sounds"], mix: int | None
) -> tuple[int, ...]:
    """The sounds that are heard in the weighted sum. None if the sum is the mix and this is the
    only stem that is heard."""
    powers = weights**2 * np.diag(products)
    parts = np.flatnonzero(powers > products[target, target] * 10.0 ** (_PART_DB / 10.0))
    if mix is not None and mix in parts:
        stems = np.delete(np.diag(products), [target, mix])
        if stems.sum() <= products[target, target] * 10.0 ** (_PART_DB / 10.0):
            return ()
    return tuple(int(part) for part in parts)


def _is_known(
    names: Sequence[str], target: int, parts: tuple[int, ...], found: Sequence[SubMix]
) -> bool:
    """Whether it is a pair of sides, or the other half of copies that were found already."""
    if len(parts) != 1:
        return False
    one, other = names[target], names[parts[0]]
    if any((each.name, each.parts) == (other, (one,)) for each in found):
        return True
    pair = [_SIDE.sub("", re.sub(r"[^a-z]+", " ", name.lower())) for name in (one, other)]
    sides = [_SIDE.findall(re.sub(r"[^a-z]+", " ", name.lower())) for name in (one, other)]
    return pair[0] == pair[1] and bool(sides[0]) and sides[0] != sides[1]


def _whole_error_share(
    sounds: Sequence[Audio], target: int, weights: Float64[np.ndarray, " sounds"]
) -> float:
    """`error_share` over the whole song."""
    rest_power = power = 0.0
    for start in range(0, sounds[target].length, _CHUNK):
        part = slice(start, start + _CHUNK)
        rest = sounds[target].samples[:, part].astype(np.float64)
        power += float(np.sum(np.square(rest)))
        for number in np.flatnonzero(weights):
            rest -= weights[number] * sounds[int(number)].samples[:, part]
        rest_power += float(np.sum(np.square(rest)))
    return rest_power / power if power > 0.0 else 0.0


def _moved_mix(
    stems: Mapping[str, Audio], powers: Float64[np.ndarray, " stems"]
) -> Iterator[SubMix]:
    """The loudest file, if it is nearly the sum of all others up to `_LATEST_SECONDS` away: a mix
    that a codec or an export has moved. An echo of a stem comes later than that."""
    loudest = list(stems)[int(np.argmax(powers))]
    others = {name: stem for name, stem in stems.items() if name != loudest}
    if not any(stem.samples.any() for stem in others.values()):
        return
    lag = best_lag(others, stems[loudest])
    if not 0 < abs(lag) <= _LATEST_SECONDS * stems[loudest].rate:
        return
    sounds = [shifted(total(others.values()), lag), stems[loudest]]
    products = gram(sounds)
    gain = products[0, 1] / products[0, 0] if products[0, 0] > 0.0 else 0.0
    if gain > 0.0 and _whole_error_share(sounds, 1, np.array([gain, 0.0])) <= _NEARLY:
        yield SubMix(loudest, tuple(others), lag)


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
