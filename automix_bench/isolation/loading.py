"""A model from what a plug-in offers, what it says of itself, and what it answers."""

from __future__ import annotations

from automix_bench.errors import MissingPart, UsageError
from automix_bench.files.weights import answering
from automix_bench.metric import Metric
from automix_bench.model import Answer, Brief, Model, TruthReader


def instance(name: str, offered: object) -> Model | TruthReader:
    """A model from what a plug-in offers: a class is called without arguments, a function is
    taken as it is.

    Raises:
        UsageError: the class needs arguments, or the object is not a model.
    """
    model = offered
    if isinstance(offered, type):
        try:
            model = offered()
        except MissingPart:
            raise
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
            raise UsageError(
                f"model {name}: cannot be made without arguments: {message}"
            ) from error
    if not isinstance(model, Model | TruthReader) or isinstance(model, Metric):
        raise UsageError(f"model {name}: wanted something to call with a Brief, got {model!r}")
    return model


def answered(model: Model | TruthReader, brief: Brief, wanted: Answer) -> object:
    """What a model returns, which may be no `Answer`. It may raise anything.

    Args:
        wanted: for a model that is told it.
    """
    with answering():
        if isinstance(model, TruthReader):
            return model.knowing(brief, wanted)
        return model(brief)


def stated_fingerprint(title: str, model: object) -> str:
    """What a model says as its `fingerprint`; empty if it has none.

    Raises:
        UsageError: it is not a text, or raises.
    """
    stated = getattr(model, "fingerprint", None)
    if callable(stated):
        try:
            stated = stated()
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
            raise UsageError(f"model {title}: its fingerprint fails: {message}") from error
    if stated is not None and not (isinstance(stated, str) and stated):
        raise UsageError(
            f"model {title}: expected fingerprint to be a text that is not empty, or a method that "
            f"returns one, got {stated!r}: return for example a hash of the weights"
        )
    return stated or ""
