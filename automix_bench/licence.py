"""Licences as SPDX expressions: joined, and sorted into what a data card has to say of them.

An expression is a licence's SPDX identifier, `LicenseRef-` and a name of one's own, or several of
them with AND, OR, WITH and parentheses (SPDX specification 2.3, annex D). This is bookkeeping, not
legal advice.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import Literal

from automix_bench.errors import UsageError

Terms = Literal["open", "non-commercial", "no-derivatives", "unknown"]
"""What may be done with changed copies: passed on, passed on without profit, not passed on, or
nobody here can tell."""

_TOKEN = re.compile(r"\(|\)|[A-Za-z0-9.:+-]+")
_OPERATORS = ("AND", "OR", "WITH")
_FROM_MILD_TO_STRICT: tuple[Terms, ...] = ("open", "non-commercial", "no-derivatives", "unknown")
_OPEN = re.compile(
    r"CC0-1\.0|PDDL-1\.0|Unlicense|0BSD|WTFPL|CC-PDDC|CC-BY(-SA)?-\d.*|MIT(-0)?|Apache-2\.0|Zlib|ISC"
    r"|BSD-[234]-Clause.*|(A|L)?GPL-\d.*|MPL-2\.0|OFL-1\.[01].*|Artistic-\d.*|LAL-1\.[23]"
    r"|GFDL-\d.*|ODC-By-1\.0|ODbL-1\.0|BSL-1\.0|OGL-UK-\d.*"
)
_SHARE_ALIKE = re.compile(r"CC-BY-(NC-)?SA-.*|A?GPL-.*|GFDL-.*|LAL-.*|ODbL-.*")
# The one may be passed on under the other, as their makers say.
_REACH = {
    "CC-BY-SA-3.0": ("CC-BY-SA-4.0",),
    "CC-BY-SA-4.0": ("GPL-3.0-only", "GPL-3.0-or-later"),
    "CC-BY-NC-SA-3.0": ("CC-BY-NC-SA-4.0",),
    "GPL-2.0-or-later": ("GPL-2.0-only", "GPL-3.0-only", "GPL-3.0-or-later"),
    "GPL-3.0-or-later": ("GPL-3.0-only", "AGPL-3.0-only", "AGPL-3.0-or-later"),
    "GPL-3.0-only": ("AGPL-3.0-only", "AGPL-3.0-or-later"),
}


def checked(spdx: str) -> str:
    """The expression as it came, if it has the shape of one; empty stands for no licence needed.

    Raises:
        UsageError: it has not. Whether an identifier is on the SPDX list is not looked up.
    """
    if spdx.strip():
        _Reader(spdx).expression()
    return spdx


def join(*spdx: str) -> str:
    """What all of the licences ask together, as one expression.

    Operands of AND are taken apart, doubles dropped, the rest put in alphabetical order, so neither
    order nor grouping matters; an operand that holds an OR keeps it, in parentheses. Empty
    strings (nothing asked) are left out: of nothing else, the join is empty.

    Raises:
        UsageError: one of them is no SPDX expression.
    """
    operands = {part for one in spdx if one.strip() for part in _Reader(one).expression().operands}
    # Equal but for case stays in a fixed order too.
    return " AND ".join(sorted(operands, key=lambda part: (part.casefold(), part)))


def terms(spdx: str) -> Terms:
    """The class of an expression: of AND the strictest operand's, of OR the mildest's.

    A licence that forbids both profit and changes counts as `no-derivatives`. One that is not known
    here, `LicenseRef-...` among them, is `unknown`, and so is an empty expression.

    Raises:
        UsageError: it is no SPDX expression.
    """
    return _Reader(spdx).expression().terms if spdx.strip() else "unknown"


def redistributable(spdx: str) -> bool | None:
    """Whether changed copies, as a data set of effects holds them, may be passed on: yes for `open`
    and, without profit, for `non-commercial`; no for `no-derivatives`; None if unknown."""
    return {"open": True, "non-commercial": True, "no-derivatives": False}.get(terms(spdx))


def conflicts(spdx: str) -> tuple[str, ...]:
    """Pairs among an expression's operands that each want the whole under their own name.

    A hint for whoever looks closer, not a verdict: operands that offer a choice (OR) or carry an
    exception (WITH) are not looked at, and separate works side by side may not be a whole at all.
    """
    wanting = [part for part in join(spdx).split(" AND ") if _SHARE_ALIKE.fullmatch(part)]
    return tuple(
        f"{one} and {other} each ask that the whole be under their own terms"
        for one, other in combinations(wanting, 2)
        if other not in _REACH.get(one, ()) and one not in _REACH.get(other, ())
    )


class _Parsed:
    """An expression's canonical text, its class, and its operands if it is a plain AND."""

    def __init__(self, text: str, terms: Terms, operands: frozenset[str]) -> None:
        self.text, self.terms, self.operands = text, terms, operands


class _Reader:
    """Reads one expression, by the grammar: OR of AND of (identifier [WITH exception])."""

    def __init__(self, spdx: str) -> None:
        self._spdx = spdx
        self._tokens = _TOKEN.findall(spdx)
        self._next = 0
        if "".join(self._tokens) != "".join(spdx.split()):
            raise self._error()

    def expression(self) -> _Parsed:
        parsed = self._either()
        if self._next != len(self._tokens):
            raise self._error()
        return parsed

    def _either(self) -> _Parsed:
        options = [self._all()]
        while self._take("OR"):
            options.append(self._all())
        if len(options) == 1:
            return options[0]
        mildest = min((option.terms for option in options), key=_FROM_MILD_TO_STRICT.index)
        text = " OR ".join(sorted({_bracketed(option) for option in options}))
        return _Parsed(text, mildest, frozenset((f"({text})" if " OR " in text else text,)))

    def _all(self) -> _Parsed:
        parts = [self._one()]
        while self._take("AND"):
            parts.append(self._one())
        operands = frozenset(operand for part in parts for operand in part.operands)
        strictest = max((part.terms for part in parts), key=_FROM_MILD_TO_STRICT.index)
        text = parts[0].text if len(parts) == 1 else " AND ".join(sorted(operands))
        return _Parsed(text, strictest, operands)

    def _one(self) -> _Parsed:
        if self._take("("):
            inner = self._either()
            if not self._take(")"):
                raise self._error()
            return inner
        text = name = self._identifier()
        if self._take("WITH"):
            text = f"{name} WITH {self._identifier()}"
        return _Parsed(text, _terms_of(name), frozenset((text,)))

    def _identifier(self) -> str:
        token = self._tokens[self._next] if self._next < len(self._tokens) else ""
        if not token or token in "()" or token in _OPERATORS:
            raise self._error()
        self._next += 1
        return str(token)

    def _take(self, token: str) -> bool:
        found = self._next < len(self._tokens) and self._tokens[self._next] == token
        self._next += found
        return found

    def _error(self) -> UsageError:
        return UsageError(
            f"{self._spdx!r} is no SPDX licence expression: write one such as CC-BY-4.0, "
            "GPL-2.0-or-later AND MIT, or LicenseRef- and a name of your own"
        )


def _bracketed(option: _Parsed) -> str:
    return f"({option.text})" if len(option.operands) > 1 else option.text


def _terms_of(identifier: str) -> Terms:
    parts = identifier.split("-")
    if identifier.startswith("CC-BY-") and "ND" in parts:
        return "no-derivatives"
    if identifier.startswith("CC-BY-") and "NC" in parts:
        return "non-commercial"
    return "open" if _OPEN.fullmatch(identifier) else "unknown"
