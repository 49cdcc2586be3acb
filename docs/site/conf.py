"""How Sphinx builds the site; `workbook site` writes what it reads."""

import re
from pathlib import Path

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

project = "ML in production"
author = "the authors of the workbook"
html_title = "ML in production: the workbook"
extensions = ["myst_nb"]
add_module_names = False
exclude_patterns = ["downloads", "media", "sliders", "files"]

nb_execution_mode = "off"
nb_code_prompt_show = "Show a solution"
nb_code_prompt_hide = "Hide the solution"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

suppress_warnings = ["myst.header", "docutils"]  # a cell may begin with a small heading

html_theme = "pydata_sphinx_theme"
html_static_path = ["workbook.css", "workbook.js"]
html_css_files = ["workbook.css"]
html_js_files = [("workbook.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # it would fetch pages, which a browser forbids in a folder
html_search_scorer = str(Path(__file__).with_name("scorer.js"))
html_show_sphinx = False
html_show_copyright = False
html_math_renderer = "mathml"
html_sidebars = {"index": [], "coverage": [], "ledger": []}
html_theme_options = {
    "logo": {"text": "ML in production"},
    "header_links_before_dropdown": 8,
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": [],
    "footer_end": [],
    "show_toc_level": 1,
    "back_to_top_button": True,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def write_inline(translator, node):
    """A formula in a line, as MathML: every browser of today draws it, with no script and no font of ours."""
    translator.body.append(convert(node.astext()))
    raise SkipNode


def write_display(translator, node):
    """A formula on lines of its own."""
    text = re.sub(r"\n\s*\n", "\n", node.astext())
    translator.body.append(f'<div class="wb-formula" tabindex="0">{convert(text, display="block")}</div>')
    raise SkipNode


def setup(app):
    """Register the formulas."""
    app.add_html_math_renderer("mathml", inline_renderers=(write_inline, None), block_renderers=(write_display, None))
