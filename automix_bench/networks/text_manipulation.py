"""From words to what they ask for, and from the spectrum of a mix to the parts of it.

After W. Choi et al., "AMSS-Net: audio manipulation on user-specified sources with textual queries",
ACM Multimedia 2021. Theirs makes the changed sound from the words and the mix; this one says what
is to be changed and how, and the effects of this package change it.
"""

from __future__ import annotations

from jaxtyping import Float, Int64

from automix_bench.errors import MissingPart

try:
    import torch
    from torch import Tensor, nn
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

from automix_bench.networks.small_separator import SmallSeparatorNetwork

__all__ = ["TextManipulationNetwork"]

WORD, READ = 32, 48


class TextManipulationNetwork(nn.Module):
    """A reader of instructions, and the shares of the parts of a mix.

    Args:
        bands: of the spectrum.
        sources: how many an instruction can name.
        operations: how many there are, with that of doing nothing.
        parts: how many parts of a mix are told apart.
        buckets: of `model_parts.word_grams`.
    """

    def __init__(self, bands: int, sources: int, operations: int, parts: int, buckets: int) -> None:
        super().__init__()
        self.reader = _Reader(sources, operations, buckets)
        self.apart = SmallSeparatorNetwork(bands, parts)

    def read(
        self, grams: Int64[Tensor, "texts words grams"]
    ) -> tuple[Float[Tensor, "texts operations"], Float[Tensor, "texts sources"]]:
        """The logits of the operations, and those of each source to be named."""
        operations, sources = self.reader(grams)
        return operations, sources

    def parts(
        self, levels: Float[Tensor, "batch 2 frames bands"]
    ) -> Float[Tensor, "batch parts frames bands"]:
        """The share of each part in each cell; they sum to 1. `levels` as `log_levels` gives
        them."""
        parts: Tensor = self.apart(levels)
        return parts


class _Reader(nn.Module):
    """Words to what they ask for: each word is the sum of its groups of letters."""

    def __init__(self, sources: int, operations: int, buckets: int) -> None:
        super().__init__()
        self.letters = nn.EmbeddingBag(buckets + 1, WORD, mode="sum", padding_idx=0)
        self.order = nn.GRU(WORD, READ, batch_first=True, bidirectional=True)
        self.operations = nn.Linear(2 * READ, operations)
        self.sources = nn.Linear(2 * READ, sources)

    def forward(self, grams: Tensor) -> tuple[Tensor, Tensor]:
        texts, words, _ = grams.shape
        rows = self.letters(grams.flatten(0, 1)).view(texts, words, -1)
        there = (grams > 0).any(dim=-1)
        there[:, 0] = True  # a text without words has an empty one
        counts = there.sum(dim=1).cpu()
        packed = pack_padded_sequence(rows, counts, batch_first=True, enforce_sorted=False)
        heard, _ = pad_packed_sequence(self.order(packed)[0], batch_first=True, total_length=words)
        heard = heard.masked_fill(~there.unsqueeze(-1), -torch.inf).amax(dim=1)
        return self.operations(heard), self.sources(heard)
