"""Builds the pages of this folder as one site: `sphinx-build -W docs build/docs`."""

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml

import gpu_smotetomek

project = "gpu_smotetomek"
author = copyright = "The gpu_smotetomek developers"
version = release = gpu_smotetomek.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = f"gpu_smotetomek {release}"
html_static_path = html_css_files = ["formulas.css"]
html_show_sourcelink = html_show_sphinx = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

default_role = "py:obj"  # a name in single backticks is a link where it has an entry, and code elsewhere
autodoc_typehints = "none"  # the docstrings say the types
autodoc_class_signature = "mixed"
numpydoc_show_class_members = False


def inline(self, node):
    """Formulas as MathML: no script and no network to read them, and one that is no TeX ends the build."""
    self.body.append(tex2mathml(node.astext()))
    raise SkipNode


def block(self, node):
    self.body.append(tex2mathml(node.astext(), as_block=True))
    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))


html_math_renderer = "mathml"
