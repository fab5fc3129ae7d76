"""The lag of an echo in whole samples."""

from __future__ import annotations

from automix_bench.effect import Unsuitable


def whole_lag(delay_ms: float, rate: int, *, knob: str) -> int:
    """`delay_ms` in samples of `rate`, rounded to the nearest, a half to even. `knob` names the
    setting in the message.

    Raises:
        Unsuitable: it is less than half a sample, so there is no echo.
    """
    lag = round(delay_ms * rate / 1_000.0)
    if lag == 0:
        raise Unsuitable(
            f"{knob} must be a sample or more, {1_000.0 / rate:g} ms at {rate} Hz, "
            f"got {delay_ms} ms: raise it, or resample the audio first"
        )
    return lag
