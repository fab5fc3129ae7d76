"""Licences as expressions."""

import itertools

import pytest

from automix_bench.errors import UsageError
from automix_bench.licence import checked, conflicts, join, redistributable, terms


def test_join_drops_doubles_and_empties_and_sorts():
    assert join("MIT", "", "CC-BY-4.0", "MIT") == "CC-BY-4.0 AND MIT"
    assert join("MIT AND CC-BY-4.0", "CC0-1.0") == "CC-BY-4.0 AND CC0-1.0 AND MIT"
    assert join("MIT") == "MIT"
    assert join("", " ") == join() == ""


def test_join_does_not_depend_on_order_or_grouping():
    parts = ("MIT", "GPL-2.0-only OR LicenseRef-b", "CC-BY-4.0 AND MIT", "mit-0")
    assert len({join(*order) for order in itertools.permutations(parts)}) == 1
    assert join(join(*parts[:2]), join(*parts[2:])) == join(*parts)
    assert join(join(*parts)) == join(*parts)


def test_join_keeps_a_choice_in_parentheses():
    assert join("MIT OR GPL-2.0-only", "CC-BY-4.0") == "(GPL-2.0-only OR MIT) AND CC-BY-4.0"
    assert join("(MIT OR GPL-2.0-only)", "CC-BY-4.0") == "(GPL-2.0-only OR MIT) AND CC-BY-4.0"
    assert join("MIT AND ISC OR Zlib", "ISC") == "((ISC AND MIT) OR Zlib) AND ISC"
    assert join("MIT OR MIT") == "MIT"


def test_join_keeps_an_exception_with_its_licence():
    spdx = "GPL-3.0-or-later WITH GCC-exception-3.1"
    assert join("MIT", spdx) == f"{spdx} AND MIT"
    assert terms(spdx) == "open"


@pytest.mark.parametrize(
    "text",
    [
        *("CC BY 4.0", "MIT AND", "(MIT", "MIT)", "OR", "()", "a/b", "A B", "foo_bar"),
        # license-expression by itself takes these, or ends in an IndexError or AssertionError.
        *(
            "MIT OR MIT OR",
            "(ISC) MIT AND",
            "MIT AND (ISC) Zlib",
            "MIT and ISC",
            "and",
            "MIT With x",
        ),
        *("( AND MIT", "MIT AND () AND ISC", "MIT WITH", "WITH MIT", "(MIT OR ISC) WITH x"),
    ],
)
def test_what_is_no_expression_is_refused_by_name(text):
    for use in (join, terms, checked):
        with pytest.raises(UsageError, match="no SPDX licence expression") as error:
            use(text)
        assert repr(text) in str(error.value)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("spdx", "wanted", "passed_on"),
    [
        ("CC0-1.0", "open", True),
        ("CC-BY-SA-3.0", "open", True),
        ("GPL-2.0-or-later", "open", True),
        ("LGPL-2.1-only", "open", True),
        ("Apache-2.0", "open", True),
        ("CC-BY-NC-SA-4.0", "non-commercial", True),
        ("CC-BY-ND-4.0", "no-derivatives", False),
        ("CC-BY-NC-ND-4.0", "no-derivatives", False),
        ("LicenseRef-unknown", "unknown", None),
        ("LicenseRef-MIT-like", "unknown", None),
        ("", "unknown", None),
        ("MIT AND CC-BY-NC-4.0", "non-commercial", True),
        ("MIT AND LicenseRef-x", "unknown", None),
        ("MIT OR LicenseRef-x", "open", True),
        ("(MIT OR CC-BY-NC-4.0) AND CC-BY-ND-4.0", "no-derivatives", False),
    ],
)
def test_terms(spdx, wanted, passed_on):
    assert terms(spdx) == wanted
    assert redistributable(spdx) is passed_on


def test_share_alike_conflicts_are_told():
    assert conflicts("MIT AND CC-BY-SA-4.0 AND GPL-3.0-or-later") == ()
    assert conflicts("CC-BY-SA-3.0 AND CC-BY-SA-4.0 AND CC-BY-4.0") == ()
    (told,) = conflicts("CC-BY-SA-3.0 AND MIT AND GPL-2.0-only")
    assert "CC-BY-SA-3.0" in told
    assert "GPL-2.0-only" in told
    assert len(conflicts("CC-BY-NC-SA-4.0 AND CC-BY-SA-4.0")) == 1
    assert conflicts("") == ()
