"""Songs of another source, restricted to some licences."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.errors import Rejected, UsageError
from automix_bench.licence import checked, join
from automix_bench.song import Song
from automix_bench.source import Catalogue, Listing, Source

__all__ = ["OnlyLicensed"]


@dataclass(frozen=True)
class OnlyLicensed:
    """The songs whose licence is in `allowed`. The others are rejected, each with the reason.

    If a licence is an expression, every operand of AND must be allowed, or at least one operand of
    OR. An expression may also be allowed as a whole, such as `GPL-2.0-or-later AND MIT`. Names must
    match exactly: allowing CC-BY-4.0 does not allow CC-BY-3.0.

    Raises:
        UsageError: `allowed` is empty, or one of its items is not an SPDX expression.
    """

    source: Source
    allowed: tuple[str, ...]

    def __post_init__(self) -> None:
        if not any(spdx.strip() for spdx in self.allowed):
            raise UsageError("only_licensed: no licence is allowed: name one such as CC-BY-4.0")
        for spdx in self.allowed:
            checked(spdx)

    def catalogue(self) -> Catalogue:
        """The allowed songs, in the source's order."""
        inner = self.source.catalogue()
        named = ", ".join(self.allowed)
        refused = tuple(
            Rejected(each.origin.name, f"its licence is {each.license}, allowed are {named}")
            for each in inner.listings
            if not self._allows(each.license)
        )
        allowed = tuple(each for each in inner.listings if self._allows(each.license))
        return Catalogue(allowed, (*inner.rejected, *refused))

    def load(self, listing: Listing) -> Song:
        """Load the song from the source."""
        return self.source.load(listing)

    def _allows(self, license: str) -> bool:
        return not license or _holds(license, frozenset(join(spdx) for spdx in self.allowed))


def _holds(expression: str, allowed: frozenset[str]) -> bool:
    if join(expression) in allowed:
        return True
    for word, enough in ((" OR ", any), (" AND ", all)):
        parts = _parted(expression, word)
        if len(parts) > 1:
            return enough(_holds(part, allowed) for part in parts)
    return expression.startswith("(") and _holds(expression[1:-1], allowed)


def _parted(expression: str, word: str) -> list[str]:
    """The operands of `word` outside all parentheses."""
    parts = [""]
    for piece in expression.split(word):
        whole = parts[-1].count("(") == parts[-1].count(")")
        parts = [*parts, piece] if whole else [*parts[:-1], parts[-1] + word + piece]
    return [part.strip() for part in parts[1:]]
