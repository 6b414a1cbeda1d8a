"""The documentation as a site: ``.ci/task site`` builds it into build/site."""

import w2v

project = "w2v"
author = "the w2v authors"
version = release = w2v.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
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
