"""A check that a frequency lies below half the rate."""

from __future__ import annotations

from automix_bench.effect import Unsuitable


def require_below_nyquist(frequency_hz: float, rate: int, *, knob: str) -> None:
    """Refuse a frequency that audio of `rate` cannot have. `knob` names it in the message.

    Raises:
        Unsuitable: the frequency is not below half the rate.
    """
    if not frequency_hz < rate / 2.0:
        raise Unsuitable(
            f"{knob} must lie below half the audio's rate, {rate / 2.0:g} Hz at {rate} Hz, "
            f"got {frequency_hz:g} Hz: lower it, or resample the audio first"
        )
