"""Settings of the documentation site; ``make docs`` builds it into outputs/site.

The source folder is the whole repository. So cards, results and papers are pages where they lie, and a link between two
of them is the same on the site as in the repository.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

sys.path.insert(0, str(Path(__file__).parent))

import generated

import janib

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx

project = "Janib"
author = "The Janib authors"
project_copyright = author
release = version = janib.__version__
language = "en"

root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CODE_OF_CONDUCT.md",
    "README.ar.md",
    "experiments/articles/**.md",
    "experiments/results/**/README.md",
    "experiments/results/*.md",
    "experiments/results/audit/*.md",
    "experiments/results/benchmarks/*.md",
    "experiments/results/counterfactual/*.md",
    "src/janib/data/**.md",
]
exclude_patterns = [".*", "build", "dist", "outputs", "notebooks", "tests"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 4
myst_links_external_new_tab = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}
python_use_unqualified_type_names = True
napoleon_google_docstring = False
napoleon_use_ivar = True

html_theme = "pydata_sphinx_theme"
html_title = "Janib جانب"
html_static_path = ["_static"]
html_css_files = ["janib.css"]
html_additional_pages = {"index": "start.html"}
templates_path = ["_templates"]
html_sidebars = {"docs/gallery": []}
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "Janib جانب"},
    "navbar_align": "left",
    "navigation_with_keys": False,
    "show_nav_level": 1,
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
# Warnings about files of ours that are read as they are.
suppress_warnings = ["myst.header", "toc.not_included", "myst.nested_header"]


class RepositoryLinks(SphinxPostTransform):
    """Lead links of the repository to the site's pages.

    A link to a folder leads to its README; without one it is left as its words. The first page stands for README.md.
    """

    default_priority = 8  # before MyST resolves what is left

    def run(self) -> None:
        """Replace the links of one page."""
        for node in list(self.document.findall(addnodes.pending_xref)):
            target, _, heading = str(node.get("reftarget", "")).partition("#")
            folder = (Path(self.env.srcdir) / self.env.docname).parent / target
            if node.get("reftype") != "myst":
                continue
            if target == "README":
                node["reftarget"] = root_doc
            elif folder.is_dir():
                node.replace_self(self.link_folder(folder.resolve(), heading, node[0].deepcopy()))

    def link_folder(self, folder: Path, heading: str, words: Node) -> Node:
        """Return the words as a link to a heading of the folder's README, if that is a page."""
        page = (folder / "README").relative_to(self.env.srcdir).as_posix()
        if page not in self.env.all_docs:
            return words
        return make_refnode(self.app.builder, self.env.docname, page, heading, words)


def setup(app: Sphinx) -> None:
    """Register what is made at build."""
    app.add_post_transform(RepositoryLinks)
    app.connect("builder-inited", lambda app: generated.write_pages(Path(app.srcdir), Path(app.outdir)))
