"""Imports point one way. The order below is the reading order of the package, bottom first."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "automix_bench"
LAYERS = [
    {"errors", "audio"},
]


def imports(path):
    """The modules of the package that a file imports, as far as the first dot."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("automix_bench"):
            rest = node.module.split(".")[1:]
            yield from [rest[0]] if rest else [alias.name for alias in node.names]
