"""What models are called on boards and in comparisons, where that is not their own name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from automix_bench.errors import UsageError
from automix_bench.untrusted.shown import one_line

LONGEST = 200


def label_of(models: Sequence[str], labels: Mapping[str, str]) -> dict[str, str]:
    """What each model is called: its label, or its own name.

    Raises:
        UsageError: a label is empty, too long or of a model that is not there, or two models would
            have one name.
    """
    for model, label in labels.items():
        if model not in models:
            there = ", ".join(map(one_line, models))
            raise UsageError(
                f"label {one_line(label)}: no model {one_line(model)}; there is {there}"
            )
        if not label.strip() or len(label) > LONGEST:
            raise UsageError(
                f"label of {one_line(model)}: expected 1 to {LONGEST} characters, got {len(label)}"
            )
    shown = {model: one_line(labels.get(model, model)).strip() for model in models}
    for model, label in shown.items():
        for other in models:
            if other != model and shown[other] == label and {model, other} & labels.keys():
                raise UsageError(
                    f"label {label}: {one_line(model)} and {one_line(other)} would both have it"
                )
    return {model: labels.get(model, model) for model in models}


def labels_from(texts: Sequence[str]) -> dict[str, str]:
    """Labels by model, from texts such as `my_model.py=Ours (small)`.

    Raises:
        UsageError: a text has no `=` or nothing before it, or a model has two labels.
    """
    labels: dict[str, str] = {}
    for text in texts:
        model, equals, label = text.partition("=")
        if not equals or not model:
            raise UsageError(f"--label {one_line(text)}: expected NAME=SHOWN")
        if model in labels:
            raise UsageError(f"--label {one_line(text)}: {one_line(model)} has two labels")
        labels[model] = label
    return labels
