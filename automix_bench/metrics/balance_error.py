"""How far off the level of each stem is, among the stems."""

from __future__ import annotations

import math
from collections.abc import Mapping

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import BLOCK_SECONDS, integrated_lufs
from automix_bench.dsp.plain_sounds import tone
from automix_bench.metric import Known, stems_metric

__all__ = ["balance_error"]


@stems_metric(
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

    L is integrated loudness. A stem too loud has a positive difference of balance, one too soft a
    negative one, and the others are off the other way, by as much as they are masked: one stem of
    four equal ones raised by 6 LU is 3.6 LU too loud, the others are 2.4 LU too soft. All stems
    louder alike is no difference. The powers of the stems are added, not the sounds: how they
    cancel in the mix is not seen.

    Where a stem that sounds in the reference is missing from the answer, or silent in it, all stems
    get the worst value: without it there is no balance to speak of, and leaving out a bad stem must
    not mend that of the others. Undefined (NaN) for a reference under the gate of -70 LUFS, which
    is silence, whatever the answer has in its place, and for audio shorter than 0.4 s. A sound by
    itself is the only stem of its song: its balance is 0, and only silence is wrong.

    Raises:
        ValueError: a sound has more than 5 channels, or a rate under 4 kHz.
    """
    wanted, got = _balances(references), _balances(estimates)
    whole = all(
        math.isfinite(got.get(name, -math.inf))
        for name, balance in wanted.items()
        if math.isfinite(balance)
    )
    return {name: _apart(wanted[name], got[name] if whole else -math.inf) for name in estimates}


def _apart(wanted: float, got: float) -> float:
    if not math.isfinite(wanted):
        return math.nan
    return abs(got - wanted) if math.isfinite(got) else math.inf


def _balances(stems: Mapping[str, Audio]) -> dict[str, float]:
    """Each in LU below all together; `-inf` of silence, NaN of what is too short."""
    levels = {
        name: math.nan if stem.seconds < BLOCK_SECONDS else integrated_lufs(stem)
        for name, stem in stems.items()
    }
    power = sum(10.0 ** (level / 10.0) for level in levels.values() if math.isfinite(level))
    together = 10.0 * math.log10(power) if power else -math.inf
    return {
        name: level - together if math.isfinite(level) else level for name, level in levels.items()
    }
