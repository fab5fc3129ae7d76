"""Licences as SPDX expressions: join them, and tell what they allow.

An expression is the SPDX identifier of a licence, `LicenseRef-` and a name of one's own, or several
of these with AND, OR, WITH and parentheses (SPDX specification 2.3, annex D). The package
`license-expression` parses them. This is bookkeeping, not legal advice.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from automix_bench.errors import UsageError

Terms = Literal["open", "non-commercial", "no-derivatives", "unknown"]
"""What may be done with changed copies: pass them on, pass them on without profit, or not pass them
on; `unknown` where this program cannot tell."""

_WORD = re.compile(r"(?!(?i:and|or|with)$)[A-Za-z0-9.:+-]+|AND|OR|WITH")
_FROM_MILD_TO_STRICT: tuple[Terms, ...] = ("open", "non-commercial", "no-derivatives", "unknown")
_OPEN = re.compile(
    r"CC0-1\.0|PDDL-1\.0|Unlicense|0BSD|WTFPL|CC-PDDC|CC-BY(-SA)?-\d.*|MIT(-0)?|Apache-2\.0|Zlib|ISC"
    r"|BSD-[234]-Clause.*|(A|L)?GPL-\d.*|MPL-2\.0|OFL-1\.[01].*|Artistic-\d.*|LAL-1\.[23]"
    r"|GFDL-\d.*|ODC-By-1\.0|ODbL-1\.0|BSL-1\.0|OGL-UK-\d.*"
)
_SHARE_ALIKE = re.compile(r"CC-BY-(NC-)?SA-.*|A?GPL-.*|GFDL-.*|LAL-.*|ODbL-.*")
# A licence, and those under which works of that licence may be passed on too, as its makers say.
_COMPATIBLE = {
    "CC-BY-SA-3.0": ("CC-BY-SA-4.0",),
    "CC-BY-SA-4.0": ("GPL-3.0-only", "GPL-3.0-or-later"),
    "CC-BY-NC-SA-3.0": ("CC-BY-NC-SA-4.0",),
    "GPL-2.0-or-later": ("GPL-2.0-only", "GPL-3.0-only", "GPL-3.0-or-later"),
    "GPL-3.0-or-later": ("GPL-3.0-only", "AGPL-3.0-only", "AGPL-3.0-or-later"),
    "GPL-3.0-only": ("AGPL-3.0-only", "AGPL-3.0-or-later"),
}


def checked(spdx: str) -> str:
    """The same text, if it has the form of an SPDX expression. Empty text: no licence is needed.

    Raises:
        UsageError: it does not. Identifiers are not looked up in the SPDX list.
    """
    if spdx.strip():
        _parsed(spdx)
    return spdx


def join(*spdx: str) -> str:
    """One expression for works under all of these licences.

    It is an AND of all operands in alphabetical order, each of them once, so neither the order nor
    the grouping of the arguments matters. An operand with an OR stands in parentheses. Empty
    strings are left out; the join of empty strings is empty.

    Raises:
        UsageError: an argument is no SPDX expression.
    """
    operands = {part for one in spdx if one.strip() for part in _parsed(one).operands}
    # The second key orders operands that differ only in case.
    return " AND ".join(sorted(operands, key=lambda part: (part.casefold(), part)))


def terms(spdx: str) -> Terms:
    """What an expression allows: the strictest operand of AND decides, the mildest of OR.

    A licence that forbids both profit and changes is `no-derivatives`. A licence that this program
    does not know is `unknown`, such as every `LicenseRef-...`; so is an empty expression.

    Raises:
        UsageError: it is no SPDX expression.
    """
    return _parsed(spdx).terms if spdx.strip() else "unknown"


def redistributable(spdx: str) -> bool | None:
    """Whether changed copies may be passed on, such as the sounds of a data set of effects.

    True for `open` and, without profit, for `non-commercial`; False for `no-derivatives`; None for
    `unknown`.
    """
    return {"open": True, "non-commercial": True, "no-derivatives": False}.get(terms(spdx))


def conflicts(spdx: str) -> tuple[str, ...]:
    """Pairs of operands that each ask that the whole be under their own terms, a sentence a pair.

    A hint, not a verdict. Operands with a choice (OR) or an exception (WITH) are left out, and
    separate works side by side may be no whole in the sense of the licences.
    """
    share_alike = [part for part in join(spdx).split(" AND ") if _SHARE_ALIKE.fullmatch(part)]
    return tuple(
        f"{one} and {other} each ask that the whole be under their own terms"
        for one, other in combinations(share_alike, 2)
        if other not in _COMPATIBLE.get(one, ()) and one not in _COMPATIBLE.get(other, ())
    )


@dataclass(frozen=True)
class _Expression:
    """What is asked of a parsed expression.

    Attributes:
        text: the expression with its operands in alphabetical order.
        terms: what it allows.
        operands: of AND, those of nested ANDs among them; otherwise the expression alone.
    """

    text: str
    terms: Terms
    operands: frozenset[str]


@functools.lru_cache(maxsize=1024)
def _parsed(spdx: str) -> _Expression:
    from license_expression import Licensing

    words = _words(spdx)
    if not all(_WORD.fullmatch(word) for word in words):
        raise _not_spdx(spdx)
    try:
        tree = Licensing().parse(spdx, simple=True)
        # The package also reads `MIT OR` and `MIT ISC AND`: then the tree is of other words.
        valid = _words(tree.render("{symbol.key}")) == words
    except Exception as error:  # for some texts an IndexError or an AssertionError
        raise _not_spdx(spdx) from error
    if not valid:
        raise _not_spdx(spdx)
    return _expression(tree)


def _words(spdx: str) -> list[str]:
    """The identifiers and operators of an expression, without its parentheses."""
    return re.sub(r"[()]", " ", spdx).split()


def _expression(node: Any) -> _Expression:
    """What is asked of a node of the tree that `license_expression` gives."""
    from license_expression import AND, OR, LicenseWithExceptionSymbol

    if isinstance(node, AND | OR):
        parts = [_expression(part) for part in node.args]
        return _all_of(parts) if isinstance(node, AND) else _one_of(parts)
    licence = node.license_symbol if isinstance(node, LicenseWithExceptionSymbol) else node
    text = node.render("{symbol.key}")
    return _Expression(text, _terms_of(licence.key), frozenset((text,)))


def _all_of(parts: Sequence[_Expression]) -> _Expression:
    operands = frozenset(operand for part in parts for operand in part.operands)
    strictest = max((part.terms for part in parts), key=_FROM_MILD_TO_STRICT.index)
    return _Expression(" AND ".join(sorted(operands)), strictest, operands)


def _one_of(options: Sequence[_Expression]) -> _Expression:
    mildest = min((option.terms for option in options), key=_FROM_MILD_TO_STRICT.index)
    texts = {f"({o.text})" if len(o.operands) > 1 else o.text for o in options}
    text = " OR ".join(sorted(texts))
    return _Expression(text, mildest, frozenset((f"({text})" if " OR " in text else text,)))


def _not_spdx(spdx: str) -> UsageError:
    return UsageError(
        f"{spdx!r} is no SPDX licence expression: write one such as CC-BY-4.0, "
        "GPL-2.0-or-later AND MIT, or LicenseRef- and a name of your own"
    )


def _terms_of(identifier: str) -> Terms:
    parts = identifier.split("-")
    if identifier.startswith("CC-BY-") and "ND" in parts:
        return "no-derivatives"
    if identifier.startswith("CC-BY-") and "NC" in parts:
        return "non-commercial"
    return "open" if _OPEN.fullmatch(identifier) else "unknown"
