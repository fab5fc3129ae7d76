"""The metrics `legacy/mape_*`: relative errors of features, as automix-toolkit (`mape_t_*`) and
FxNorm-Automix (`mape_f_*`) report them."""

from __future__ import annotations

from automix_bench.metric import Known, Measure, Metric, metric, of_file


def percentage_metric(
    module: str,
    doc: str | None,
    error: Measure,
    *,
    source: str,
    step: float,
    blind_to: tuple[str, ...],
    sees: tuple[str, ...],
    known: Known,
    instead: str,
    symmetric: bool = False,
) -> Metric:
    """The metric of one relative error, which is a fraction.

    Args:
        module, doc: `__name__` and `__doc__` of the plug-in file.
        error: a function of `automix_bench.dsp.published.percentage_error`.
        source: made by `automix_toolkit` or `fxnorm_automix`.
        step, blind_to, sees, known, instead, symmetric: as in `Metric`.
    """
    return metric(
        **of_file(module, doc),
        unit="1",
        better="lower",
        low=0.0,
        high=100.0,
        perfect=0.0,
        step=step,
        blind_to=blind_to,
        sees=sees,
        source=source,
        known=(known,),
        instead=instead,
        symmetric=symmetric,
    )(error)


def automix_toolkit(feature: str) -> str:
    """The source of a feature, given its key in the published code."""
    return (
        "automix-toolkit at e4a6ecf (Steinmetz, Vanka, Martínez Ramírez & Bromham, ISMIR 2022 "
        "tutorial), automix/evaluation/utils_evaluation.py: get_features, "
        f"'{feature}'"
    )


def fxnorm_automix(function: str, feature: str) -> str:
    """The source of a feature, given the published function and the key of its result."""
    return (
        "FxNorm-Automix at 916bf7e (Martínez Ramírez et al., ISMIR 2022, arXiv:2208.11428), "
        f"automix/utils_data_normalization.py: {function}, '{feature}'"
    )
