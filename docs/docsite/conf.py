# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx builds the documentation site. tests/tools/docsite.py prepares its pages; `make docs` runs both."""

from __future__ import annotations

import json
import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[2]
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
BRANCH = "main"

#: The name of this version on the site, and of each version there, in the order of the list to choose from.
CURRENT = os.environ.get("DOCS_VERSION", "latest")
VERSIONS = json.loads(os.environ.get("DOCS_VERSIONS", json.dumps([CURRENT])))

project = "scaleway.inference"
author = ", ".join(GALAXY["authors"])
copyright = f"2026, {author}"
release = str(GALAXY["version"])
html_title = f"scaleway.inference {release}" if CURRENT == "latest" else f"scaleway.inference {CURRENT}"
language = "en"

extensions = [
    "myst_parser",
    "notfound.extension",
    "sphinx.ext.intersphinx",
    "sphinx_antsibull_ext",
    "sphinx_copybutton",
]
default_role = "any"
nitpicky = True
templates_path = ["templates"]
exclude_patterns = ["includes/*"]
suppress_warnings = ["misc.highlighting_failure"]  # examples with Jinja in places that YAML's lexer doesn't know

# Labels of Ansible's documentation, from a file of this repository, so that no build needs a network.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/projects/ansible/latest/", "ansible.inv")}

pygments_style = "ansible"
highlight_language = "text"
antsibull_ext_color_scheme = "default-autodark"

myst_heading_anchors = 4

html_theme = "furo"
html_baseurl = f"{str(GALAXY['documentation']).rstrip('/')}/{CURRENT}/"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_favicon = "static/icon.svg"
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_theme_options = {"top_of_page_buttons": ["edit"], "source_edit_link": "set for each page, by edit_link"}
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/versions.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_context = {
    "current_version": CURRENT,
    "versions": VERSIONS,
    "site_path": urlsplit(str(GALAXY["documentation"])).path,
}

notfound_urls_prefix = f"{urlsplit(html_baseurl).path}"
# Addresses that only exist once a user has made something there, or that need a login; and this site, of which an older
# build may be published: docsite.py follows the links within it.
linkcheck_ignore = [r"https://github\.com/.*/(edit|issues/new|security)/", r"https://[0-9a-f]+-.*", r"http://127\."]
linkcheck_ignore += [re.escape(str(GALAXY["documentation"]))]
linkcheck_retries = 3

# A prompt isn't part of what is copied.
copybutton_prompt_text = r"\$ "
copybutton_prompt_is_regexp = True


def source(page: str) -> str | None:
    """The file of the repository that a page is made from; None for a page that no single file makes."""
    places = (
        f"docs/docsite/rst/{page.removeprefix('docsite/')}.rst",
        f"docs/docsite/site/{page}.rst",
        f"docs/{page}.md",
        f"plugins/modules/{page.removesuffix('_module')}.py",
        f"plugins/inventory/{page.removesuffix('_inventory')}.py",
        f"roles/{page.removesuffix('_role')}/meta/argument_specs.yml",
    )
    return next((path for path in places if (ROOT / path).is_file()), None)


def edit_link(_app: Any, page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Have the page's button lead to the file that it is made from."""
    path = source(page)
    context["theme_source_edit_link"] = f"{GALAXY['repository']}/edit/{BRANCH}/{path}" if path else ""
    if path is None:
        context["theme_top_of_page_buttons"] = []


def follow_the_switch(app: Any, error: Exception | None) -> None:
    """Have antsibull's colours follow the reader's choice in the theme, and not only that of the operating system."""
    if error is None and app.builder.name == "html":
        colors = (files("sphinx_antsibull_ext") / "colors-default-autodark.css").read_text(encoding="utf-8")
        light, dark = re.findall(r":root\{([^}]*)\}", colors)
        with open(Path(app.outdir) / "_static" / "site.css", "a", encoding="utf-8") as style:
            style.write(f'\nbody[data-theme="light"] {{{light}}}\nbody[data-theme="dark"] {{{dark}}}\n')


def setup(app: Any) -> None:
    app.connect("html-page-context", edit_link, priority=900)
    app.connect("build-finished", follow_the_switch)
