"""Squared difference of logarithmic Bark bands of mid and side: a part of Diff-MST's loss.

    0.1 * mean over 24 bands, of L + R and of L - R, of (B(estimate) - B(reference))^2
    B = ln(triangles over the mean of |X| + 1e-8)

What is wrong: the side of a mono sound is the floor, ln 1e-8, so the faintest side signal moves the
value more than any equaliser. Band magnitudes depend on the width of the bands and on the length of
the transform (32768).

Undefined (NaN) where the published code stops with an error: mono, or under 16385 samples. A silent
estimate gets the value that the floors give it, not the worst value.
"""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.dsp.families.diff_mst import feature_metric
from automix_bench.dsp.published.known_pairs import left_noise
from automix_bench.metric import Known

__all__ = ["diff_mst_bark"]


def _half_as_loud() -> tuple[Audio, Audio]:
    """Noise in the left channel, and half of it."""
    noise = left_noise()
    return noise, noise.with_samples(0.5 * noise.samples)


diff_mst_bark = feature_metric(
    __name__,
    __doc__,
    "bark",
    step=0.01,
    blind_to=("polarity", "delay", "channel swap"),
    sees=("noise", "low_pass", "clip", "reverb", "level", "width", "codec"),
    known=Known("every band by ln 2: 0.1 (ln 2)^2", _half_as_loud, 0.0480453, within=1e-6),
    instead="bark_distance",
)
