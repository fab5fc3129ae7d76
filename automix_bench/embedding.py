"""The contract of an embedding: a trained network turns a sound into vectors, one for each block.

Set metrics compare sets of such vectors (`set_metric`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.errors import UsageError

Vectors = Float32[np.ndarray, "blocks dimensions"]


@runtime_checkable
class Embedding(Protocol):
    """Turn a sound of any rate, mono or stereo, into one vector a block. A sound shorter than a
    block gives one vector. Equal fingerprints and equal sounds give equal vectors, on one kind of
    processor with one version of torch."""

    def __call__(self, audio: Audio) -> Vectors: ...

    @property
    def name(self) -> str:
        """The name of the file."""

    @property
    def rate(self) -> int:
        """The rate of the network's input, in Hz; sounds of other rates are resampled."""

    @property
    def dimensions(self) -> int:
        """The length of a vector."""

    @property
    def license(self) -> str:
        """SPDX expression of the licence of the weights."""

    def fingerprint(self) -> Mapping[str, Any]:
        """Everything that decides the vectors, as JSON: name, settings, the sha256 of the
        weights."""


def embedding_named(name: str) -> Embedding:
    """The embedding with a plug-in's name, with its default settings.

    Raises:
        UnknownPlugin: there is no such plug-in.
        UsageError: the plug-in is not an embedding, or has settings without a default.
        MissingPart: it needs a package that is not installed.
    """
    offered = plugin.load("embeddings", name)
    if isinstance(offered, type):
        try:
            offered = offered()
        except TypeError as error:
            raise UsageError(
                f"embedding {name}: cannot be made without settings: {error}"
            ) from error
    if not isinstance(offered, Embedding):
        raise UsageError(f"embedding {name}: wanted an Embedding, got {offered!r}")
    return offered
