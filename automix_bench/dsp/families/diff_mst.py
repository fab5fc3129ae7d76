"""The metrics `legacy/diff_mst_*`: parts of the audio-feature loss of Diff-MST."""

from __future__ import annotations

from functools import partial

from automix_bench.dsp.families.percentages import percentage_metric
from automix_bench.dsp.published.diff_mst_features import feature_error
from automix_bench.metric import Known, Metric

_PUBLISHED = {
    "rms": "compute_rms",
    "crest": "compute_crest_factor",
    "width": "compute_stereo_width",
    "imbalance": "compute_stereo_imbalance",
    "bark": "compute_barkspectrum",
}


def feature_metric(
    module: str,
    doc: str | None,
    feature: str,
    *,
    step: float,
    blind_to: tuple[str, ...],
    sees: tuple[str, ...],
    known: Known,
    instead: str,
) -> Metric:
    """The metric of one feature.

    Args:
        module, doc: `__name__` and `__doc__` of the plug-in file.
        feature: one of `diff_mst_features.FEATURES`.
        step, blind_to, sees, known, instead: as in `Metric`.
    """
    return percentage_metric(
        module,
        doc,
        partial(feature_error, of=feature),
        source="Vanka et al., Diff-MST, ISMIR 2024, arXiv:2407.08889; its code at 3b90ef8, "
        f"mst/loss.py: AudioFeatureLoss, {_PUBLISHED[feature]}; weights of its configs",
        step=step,
        blind_to=blind_to,
        sees=sees,
        known=known,
        instead=instead,
        symmetric=True,
    )
