"""How Sphinx builds the site: MyST for Markdown, Furo for its looks, and nothing that is loaded from elsewhere."""

import os
import re

from docutils import nodes

os.environ["NUMBA_DISABLE_JIT"] = "1"  # docstrings are read from functions; nothing is compiled
os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"

from evosim import __version__

project = "evosim"
author = "The evosim developers"
project_copyright = "the evosim developers, MIT licence"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 4  # the anchors that code hosts make, too
smartquotes = False
highlight_language = "none"  # indented blocks are commands and TOML beside each other

default_role = "code"  # docstrings write `[P, L]` as Markdown does
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = "evosim"
html_static_path = ["static"]
html_css_files = ["evosim.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f5fa8", "color-brand-content": "#1f5fa8"},
    "dark_css_variables": {"color-brand-primary": "#8ab8f0", "color-brand-content": "#8ab8f0"},
}


def show_examples(app, what, name, obj, options, lines) -> None:
    """Mark indented blocks of a docstring as code, as Markdown reads them; those below `Raises:` are no code."""
    for at in reversed(range(1, len(lines))):
        begins = lines[at].startswith("    ") and not lines[at - 1]
        before = next((line for line in reversed(lines[:at]) if line), "")
        if begins and not before.startswith((" ", ".. ")):
            lines[at:at] = [".. code-block:: python", ""]


def break_names(app, document, name) -> None:
    """Let long names in tables break after a dot, an underscore or a comma, and nowhere else."""
    for entry in document.findall(nodes.entry):
        for literal in list(entry.findall(nodes.literal)):
            parts = re.split(r"(?<=[._,])(?=\w)", literal.astext())
            literal.clear()
            for part in parts:
                literal += [nodes.Text(part), nodes.raw("", "<wbr>", format="html")]
            literal.pop()


def setup(app) -> None:
    """Connect what is called while Sphinx works."""
    app.connect("doctree-resolved", break_names)
    app.connect("autodoc-process-docstring", show_examples)
