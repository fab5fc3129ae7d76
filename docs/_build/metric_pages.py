"""The pages about metrics: a table a family, every card, and what each metric sees.

What each metric sees is measured, which takes minutes: `python docs/_build/make_pages.py sensitivity`
writes it to `docs/metrics/sensitivity.json`, and the pages are made from that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import nan
from pathlib import Path
from typing import Any

from automix_bench.catalogue.metrics import built_in, metrics_named
from automix_bench.evaluation.board_cells import ARROWS
from automix_bench.files.canonical_json import pretty
from automix_bench.metric import Metric
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.proofs.sensitivity import Sensitivity, Sight, sensitivity
from automix_bench.proofs.sensitivity_files import picture
from automix_bench.proofs.songs import SECONDS, proof_songs

MEASURED = Path(__file__).parent.parent / "metrics" / "sensitivity.json"
PICTURE = MEASURED.with_suffix(".svg")

FAMILIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "loudness": (
        "Loudness and level",
        (
            "loudness_error",
            "momentary_max_error",
            "short_term_max_error",
            "loudness_range_error",
            "true_peak_error",
            "peak_error",
            "rms_error",
            "plr_error",
            "psr_error",
            "crest_error",
            "dr_error",
            "dynamic_spread_error",
            "microdynamics_error",
            "ldr_fast_error",
            "ldr_slow_error",
            "balance_error",
        ),
    ),
    "spectrum": (
        "Spectrum",
        (
            "audible_distance",
            "mrstft",
            "mrstft_automix",
            "mrstft_deepafx",
            "mrstft_mid_side",
            "mrstft_sum_difference",
            "spectral_convergence",
            "log_spectral_distance",
            "third_octave_distance",
            "bark_distance",
            "mel_snr",
            "multi_mel_snr",
            "mel_ssim",
            "centroid_error",
            "bandwidth_error",
            "rolloff_error",
            "flatness_error",
            "contrast_error",
            "tilt_error",
        ),
    ),
    "space": (
        "Space",
        (
            "width_error",
            "imbalance_error",
            "correlation_error",
            "mono_loss_error",
            "panning_error",
            "panning_low_error",
            "panning_mid_error",
            "panning_high_error",
        ),
    ),
    "waveform": (
        "Waveform",
        (
            "sdr",
            "si_sdr",
            "sd_sdr",
            "sdr_aligned",
            "si_sdr_aligned",
            "latency",
            "bss_sdr",
            "bss_isr",
            "bss_sir",
            "bss_sar",
            "log_wmse",
            "l1",
        ),
    ),
    "artifacts": (
        "Artifacts",
        ("clicks", "clipped_runs", "dc_offset", "pre_echo", "gaps", "gain_jumps", "aliasing"),
    ),
}
"""Title and metrics of each page, in order; the rest is where its file lies, or needs a package."""

_OTHERS = {
    "perceptual": "Perceptual, with packages of their own",
    "legacy": "As published",
}


def families() -> dict[str, tuple[str, list[Metric]]]:
    """The metrics of every page by its name, with its title."""
    known = {metric.name: metric for metric in built_in()}
    found = {
        page: (title, [known.pop(name) for name in names if name in known])
        for page, (title, names) in FAMILIES.items()
    }
    legacy = [metric for metric in known.values() if metric.instead]
    perceptual = [metric for metric in known.values() if metric.packages and not metric.instead]
    found["perceptual"] = (_OTHERS["perceptual"], perceptual)
    found["legacy"] = (_OTHERS["legacy"], legacy)
    return {page: family for page, family in found.items() if family[1]}


def pages(made: str, markdown: Any) -> dict[str, str]:
    """The text of every page, by its path in the folder of the docs.

    Args:
        made: the line that says who wrote the page.
        markdown: a docstring as Markdown.
    """
    found = families()
    index = "\n".join((made, *_index(found)))
    cards = {
        f"metrics/{page}.md": "\n".join((made, f"# {title}\n", *_cards(metrics, markdown)))
        for page, (title, metrics) in found.items()
    }
    return {"metrics.md": index, **cards}


def draw() -> None:
    """Write the picture of what was measured last."""
    PICTURE.write_text(picture(measured()), encoding="utf-8")


def measure() -> None:
    """Write what every quick metric sees."""
    found = sensitivity(metrics_named("cheap"), proof_songs())
    MEASURED.parent.mkdir(exist_ok=True)
    MEASURED.write_text(pretty(found.to_json()), encoding="utf-8")


def measured() -> Sensitivity:
    """What was written last."""
    stored = json.loads(MEASURED.read_text(encoding="utf-8"))
    sights: list[dict[str, Any]] = [
        {key: nan if value is None else value for key, value in one.items()}
        for one in stored["sights"]
    ]
    return Sensitivity(tuple(stored["songs"]), tuple(Sight(**one) for one in sights))


def _index(found: Mapping[str, tuple[str, list[Metric]]]) -> Iterator[str]:
    yield "# Metrics\n"
    yield (
        "`automix-bench metric NAME` prints a card and proves it; `automix-bench metric all` "
        "proves them all; `automix-bench sensitivity` makes the table at the end. Arrows "
        "point to the better end of the range, where a perfect copy stands; a failed item gets the "
        "other. A step is a difference that matters.\n"
    )
    for page, (title, metrics) in found.items():
        yield f"## {title}\n"
        yield "| metric | range | step | blind to | sees in order |"
        yield "| --- | --- | --- | --- | --- |"
        yield from (_row(metric, page) for metric in metrics)
        yield ""
    yield from _seen()


def _row(metric: Metric, page: str) -> str:
    up = f"{metric.low:g} to {metric.high:g}{metric.after_number} {ARROWS[metric.better]}"
    sees = ", ".join(metric.sees)
    if metric.instead:
        sees = f"{sees}; use `{metric.instead}`".removeprefix("; ")
    link = f"[`{metric.name}`](metrics/{page}.md#{anchor(metric.name)})"
    return f"| {link} | {up} | {metric.step:g} | {', '.join(metric.blind_to)} | {sees} |"


def anchor(heading: str) -> str:
    """Of a heading, as GitHub makes it."""
    return heading.lower().replace(" ", "-").replace("/", "")


def _seen() -> Iterator[str]:
    found = measured()
    yield "## What each metric sees\n"
    yield (
        f"Measured on {', '.join(found.songs)} ({SECONDS:g} s of each), spoiled in five grades of "
        "eight ways: Spearman's rank correlation of how far off the value is with the grade, the "
        "mean over songs. Blind: no grade moves the value by a step. In a frame, and bold in the "
        "table: the card claims that the grades are in strict order on every song, and the tests "
        "hold it to that.\n"
    )
    yield f"![What each metric sees](metrics/{PICTURE.name})\n"
    yield "| degradation | grades |\n| --- | --- |"
    for one in DEGRADATIONS.values():
        amounts = ", ".join(f"{amount:g}" for amount in one.amounts)
        yield f"| {one.name} | {amounts} {one.unit} |"
    yield f"\n{found.to_markdown()}"


def _cards(metrics: list[Metric], markdown: Any) -> Iterator[str]:
    for metric in metrics:
        unit = metric.after_number
        facts = {
            "Range": f"{metric.low:g} to {metric.high:g}{unit}, better {metric.better}, perfect "
            f"{metric.perfect:g}, worst {metric.worst:g}; a step is {metric.step:g}{unit}",
            "Blind to": ", ".join(metric.blind_to) or "nothing of what is tried",
            "Sees in order": ", ".join(metric.sees) or "nothing that it claims",
            "Symmetric": "yes" if metric.symmetric else "no",
            "By hand": "; ".join(known.what for known in metric.known),
            "Beside": ", ".join(_beside(metric)),
            "Needs": ", ".join(f"`{name}`" for name in metric.packages),
            "Cost": "a minute of sound takes " + ("under 3 s" if metric.cheap else "over 3 s"),
            "Use instead": f"`{metric.instead}`" if metric.instead else "",
            "Source": metric.source,
            "Licence": metric.license,
        }
        yield f"## {metric.name}\n"
        yield markdown(metric.description)
        yield "\n".join(f"* {name}: {fact}" for name, fact in facts.items() if fact) + "\n"


def _beside(metric: Metric) -> Iterator[str]:
    for peer in metric.peers:
        yield f"{peer.name} within {peer.within:g}{metric.after_number}"
