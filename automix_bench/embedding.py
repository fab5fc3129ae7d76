"""The contract of an embedding: a sound becomes vectors, one a block, that a network has learnt.

Sets of such vectors are what set metrics compare (`set_metric`).
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
    """Turn a sound of any rate, mono or stereo, into one vector a block.

    A sound that is shorter than a block gives one vector. Equal fingerprints and equal sounds give
    equal vectors, on one kind of processor with one version of torch.
    """

    def __call__(self, audio: Audio) -> Vectors: ...

    @property
    def name(self) -> str:
        """The file's."""
        ...

    @property
    def rate(self) -> int:
        """That the network hears, in Hz; other sounds are resampled."""
        ...

    @property
    def dimensions(self) -> int:
        """Of a vector."""
        ...

    @property
    def license(self) -> str:
        """SPDX expression of the weights."""
        ...

    def fingerprint(self) -> Mapping[str, Any]:
        """All that decides the vectors, as JSON: name, settings, the sha256 of the weights."""
        ...


def embedding_named(name: str) -> Embedding:
    """The embedding that a plug-in's name stands for, with the settings it has by itself.

    Raises:
        UnknownPlugin: there is no such plug-in.
        UsageError: what it stands for is no embedding, or wants settings.
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
