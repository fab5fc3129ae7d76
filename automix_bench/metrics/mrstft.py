"""Multi-resolution short-time Fourier transform distance.

The mean of spectral convergence plus the distance of log magnitudes, over transforms of 1024, 2048
and 512 points (hop 120, 240, 50; Hann window of 600, 1200, 240 samples):

    || |R| - |E| ||_F / || |R| ||_F  +  mean | ln |R| - ln |E| |

R and E are the transforms of the reference and the estimate. The signals are reflected at their
ends, and magnitudes are floored at 1e-4 (about 120 dB under a full-scale sine). Channels are
transformed one by one; norm and mean run over all of them, so an error in a quiet channel weighs
little in the first term. The resolutions are in samples, so values at different rates cannot be
compared.

**It is not fit to rank**, and ranked our boards up to version 2 of the tasks. The logarithm counts
bands that are nearly empty, and differences there that nobody hears. Noise at -80 dBFS on a perfect
answer costs much of the way from floor to ceiling, on stems all of it; rounding to 16 bits costs
several percent (figures: `docs/ranking.md`). A compressed bass can score better than a nearly
perfect one. `audible_distance` ranks instead.

The distance depends on level: a louder copy is a worse one. Undefined (NaN) for a silent reference
and for audio of 600 samples or fewer, which cannot be reflected; a silent estimate gets the worst
value.
"""

from __future__ import annotations

from automix_bench.dsp.families.stft_distances import channels_metric
from automix_bench.dsp.plain_sounds import clicks
from automix_bench.dsp.spectra.stft_distance import AURALOSS_RESOLUTIONS, Weights
from automix_bench.metric import Known

__all__ = ["mrstft"]

mrstft = channels_metric(
    __name__,
    __doc__,
    AURALOSS_RESOLUTIONS,
    Weights(),
    source="Yamamoto, Song & Kim, ICASSP 2020, arXiv:1910.11480; as in auraloss 0.4 "
    "(Steinmetz & Reiss, DMRN+15, 2020), MultiResolutionSTFTLoss()",
    step=0.05,
    known=Known(
        "a click, doubled: convergence 1, and ln 2 in 5 of 401, 201 and 961 frames",
        lambda: (clicks(24_000), clicks(24_000, size=1.0)),
        1.0 + 0.693147 * (5 / 401 + 5 / 201 + 5 / 961) / 3.0,
        within=1e-4,
    ),
)
