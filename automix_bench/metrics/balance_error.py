"""The error of a stem's level among all stems."""

from __future__ import annotations

import math
from collections.abc import Mapping

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, stems_metric

__all__ = ["balance_error"]


def _sounds(audio: Audio) -> bool:
    """Whether it is long enough to be measured, and above the gate."""
    return math.isfinite(or_nan(integrated_lufs, audio))


@stems_metric(
    _sounds,
    unit="LU",
    better="lower",
    low=0.0,
    high=70.0,
    perfect=0.0,
    step=0.5,
    blind_to=("gain", "polarity", "delay", "channel swap", "stereo", "truncation"),
    symmetric=True,
    source="loudness of ITU-R BS.1770-5, relative to all stems together",
    known=(
        Known(
            "a stem alone is all there is, at whatever level: 0 LU either",
            lambda: (tone(0.1, 0.1), tone(0.02, 0.02)),
            0.0,
            1e-9,
        ),
        Known(
            "a stem that is silent but should not be: the worst value",
            lambda: (tone(0.1, 0.1), tone(0.0, 0.0)),
            70.0,
            0.0,
        ),
    ),
)
def balance_error(
    *, references: Mapping[str, Audio], estimates: Mapping[str, Audio]
) -> Mapping[str, float]:
    """Absolute difference of the loudness of a stem relative to all stems together.

        balance_i = L_i - 10 log10 sum_k 10^(L_k / 10)     | balance_i(est) - balance_i(ref) |

    L is integrated loudness. The balance of a stem that is too loud is too high. The balances of
    the other stems are then too low, as the loud stem masks them: if one stem of four equal ones is
    raised by 6 LU, it is 3.6 LU too loud and the others are 2.4 LU too soft. The same gain on all
    stems makes no difference. The powers of the stems are added, not the sounds, so cancellation in
    the mix is not seen.

    Where a stem that sounds in the reference is missing from the answer, or silent in it, all stems
    get the worst value. Without that stem there is no balance, and leaving out a bad stem must not
    improve the value of the others. Undefined (NaN) for a reference under the gate of -70 LUFS,
    that is, for silence, whatever the answer has in its place, for audio shorter than 0.4 s, of
    more than 6 channels (5.1) or under 4 kHz, and in a song where fewer than two stems sound: there
    is no balance. A pair outside any song has a balance of 0, and only silence is an error.
    """
    expected, got = _balances(references), _balances(estimates)
    whole = all(
        math.isfinite(got.get(name, -math.inf))
        for name, balance in expected.items()
        if math.isfinite(balance)
    )
    return {name: _apart(expected[name], got[name] if whole else -math.inf) for name in estimates}


def _apart(expected: float, got: float) -> float:
    if not math.isfinite(expected):
        return math.nan
    return abs(got - expected) if math.isfinite(got) else math.inf


def _balances(stems: Mapping[str, Audio]) -> dict[str, float]:
    """The loudness of each stem relative to all together, in LU; `-inf` for silence, NaN for a stem
    without a loudness."""
    levels = {name: or_nan(integrated_lufs, stem) for name, stem in stems.items()}
    power = sum(10.0 ** (level / 10.0) for level in levels.values() if math.isfinite(level))
    together = 10.0 * math.log10(power) if power else -math.inf
    return {
        name: level - together if math.isfinite(level) else level for name, level in levels.items()
    }
