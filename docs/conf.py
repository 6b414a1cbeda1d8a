"""The documentation as a site: ``.ci/task site`` builds it into build/site."""

from docutils import nodes
from latex2mathml.converter import convert

import w2v

project = "w2v"
author = "the w2v authors"
version = release = w2v.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
# Links to files outside docs/ are for readers of the repository; tests/test_docs.py checks them.
suppress_warnings = ["myst.xref_missing"]
autodoc_typehints = "none"  # the docstrings say it in words
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"w2v {release}"
html_static_path: list[str] = []

# Formulas are MathML, which browsers show by themselves: the site needs no network, and no script
# from elsewhere.
html_math_renderer = "mathml"


def _inline(page, node):
    page.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(page, node):
    page.body.append(f"<div>{convert(node.astext(), display='block')}</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Tell Sphinx how formulas are written."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
