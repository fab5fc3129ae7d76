"""How Sphinx builds the site; docs/_build/make_site.py calls it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from docutils.nodes import Element
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

sys.path.insert(0, str(Path(__file__).parent.parent))

from docstrings import rst_of

import automix_bench

project = "automix_bench"
author = "The automix_bench authors"
copyright = f"{author}, Apache-2.0"
version = release = automix_bench.__version__
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
templates_path: list[str] = []

myst_heading_anchors = 4
myst_enable_extensions: list[str] = []
# Docs show shell sessions and tables of bytes too; only what names a lexer is highlighted.
highlight_language = "none"

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_custom_sections = [("Class attributes", "Attributes")]
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = False
napoleon_attr_annotations = False  # the signature of the class has the types

nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_timeout = 300
nb_execution_raise_on_error = False  # a warning then names the notebook, and fails the build
nb_execution_show_tb = True
# Nothing of a page comes from another host: no require.js, no MathJax, no widgets.
nb_ipywidgets_js: dict[str, dict[str, str]] = {}

html_theme = "furo"
html_title = "automix_bench"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"priority": 900})]
html_search_scorer = str(Path(__file__).parent / "scorer.js")
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None
html_theme_options: dict[str, Any] = {
    "light_css_variables": {"color-brand-primary": "#0b6e4f", "color-brand-content": "#0b6e4f"},
    "dark_css_variables": {"color-brand-primary": "#4fd1a5", "color-brand-content": "#4fd1a5"},
    "navigation_with_keys": True,
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


# Where each public class is defined, and the name that it is used by.
PUBLIC = {
    f"{one.__module__}.{one.__qualname__}": f"automix_bench.{name}"
    for name in automix_bench.__all__
    if isinstance(one := getattr(automix_bench, name), type)
}


COLON = "\N{MODIFIER LETTER COLON}"


def docstring(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Turn the Markdown of a docstring into what Sphinx reads."""
    lines[:] = rst_of(lines)
    if what in ("property", "attribute", "data") and lines:
        lines[0] = lines[0].replace(":", COLON)  # else napoleon takes what is before it for a type


def colons_again(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Undo what `docstring` hid from napoleon."""
    lines[:] = [line.replace(COLON, ":") for line in lines]


def signature(
    app: Sphinx, what: str, name: str, thing: object, options: object, given: str, returned: str
) -> tuple[str, str] | None:
    """Write a default that is made anew each time as `...`, which Sphinx can read."""
    if "<factory>" not in (given or ""):
        return None
    return given.replace("<factory>", "..."), returned


def skip(
    app: Sphinx, what: str, name: str, thing: object, skipped: bool, options: object
) -> bool | None:
    """Skip what has no docstring of its own, such as a field that its class explains."""
    return True if re.match(r"_", name) else None


def public_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: Element
) -> Element | None:
    """Lead a type in a signature to its public name: `automix_bench.audio.Audio` to `ab.Audio`."""
    name = PUBLIC.get(node.get("reftarget", ""))
    if node.get("refdomain") != "py" or name is None:
        return None
    python = env.domains.python_domain
    page = node.get("refdoc", root_doc)
    return python.resolve_xref(env, page, app.builder, "class", name, node, content)


def setup(app: Sphinx) -> None:
    """Connect the docstrings; before napoleon, which reads their sections."""
    app.connect("autodoc-process-docstring", docstring, priority=400)
    app.connect("autodoc-process-docstring", colons_again, priority=600)
    app.connect("autodoc-process-signature", signature)
    app.connect("autodoc-skip-member", skip)
    app.connect("missing-reference", public_name)
