"""Builds the pages of this folder as one site: `sphinx-build -W docs build/docs`."""

from docutils.nodes import SkipNode, reference
from docutils.utils.math.latex2mathml import tex2mathml

import gpu_smotetomek

project = "gpu_smotetomek"
author = copyright = "The gpu_smotetomek developers"
version = release = gpu_smotetomek.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
]
html_theme = "furo"
html_title = f"gpu_smotetomek {release}"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_logo = html_favicon = "static/logo.svg"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f6fa8", "color-brand-content": "#1f6fa8"},
    "dark_css_variables": {"color-brand-primary": "#6db3e8", "color-brand-content": "#6db3e8"},
}
html_show_sourcelink = html_show_sphinx = False

myst_enable_extensions = ["alert", "attrs_block", "colon_fence", "dollarmath"]
myst_heading_anchors = 3

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

default_role = "py:obj"  # a name in single backticks is a link where it has an entry, and code elsewhere
autodoc_typehints = "none"  # the docstrings say the types
autodoc_class_signature = "mixed"
autosummary_generate = False  # its tables only; each entry is written in docs/api/
numpydoc_show_class_members = False

OTHER_PROJECTS = {
    "sklearn": "https://scikit-learn.org/stable/modules/generated/{}.html",
    "imblearn": "https://imbalanced-learn.org/stable/references/generated/{}.html",
}


def link_other_projects(_app, _env, node, contnode):
    """Link a name of another project to its reference there, by a rule that needs no network."""
    name = node.get("reftarget", "")
    address = OTHER_PROJECTS.get(name.split(".")[0])
    return reference("", "", contnode, refuri=address.format(name), internal=False) if address else None


def write_formula(self, node, as_block=False):
    """Write MathML: no script and no network to read it, and a formula that is no TeX ends the build."""
    formula = tex2mathml(node.astext(), as_block=as_block)
    self.body.append(formula.replace(">‖</mo>", ' stretchy="false">‖</mo>'))  # bars of one height
    raise SkipNode


def write_block(self, node):
    write_formula(self, node, as_block=True)


def setup(app):
    app.add_html_math_renderer("mathml", (write_formula, None), (write_block, None))
    app.connect("missing-reference", link_other_projects)


html_math_renderer = "mathml"
