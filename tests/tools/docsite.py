# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the documentation site: the guides of docs/docsite, and a page for each plugin and role.

    python tests/tools/docsite.py .venv/docs

It runs in an environment that has what tests/requirements/docs.txt names, and needs no network. The folder gets `html`,
the site, and `source`, the pages that Sphinx made it from. Links within the site are followed.
`linkcheck` as a second argument checks the links to other sites instead, which needs a network.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path

import yaml

from environments import ROOT, start

DOCSITE = ROOT / "docs" / "docsite"
#: Writes a page of all messages from the code. In the guide about errors, a comment holds the place of the link to it.
ERROR_TABLE = ROOT / "tests" / "tools" / "error_table.py"
PLACE_OF_LINK, LINK_TO_ERRORS = ".. all errors", ":doc:`Every message </all_errors>`, from the code."
#: Pages for contributors, which are Markdown beside the guides.
FOR_CONTRIBUTORS = ("architecture", "contributing", "reliability", "performance")
PREFIX = "ansible_collections.scaleway.inference.docsite."
#: Follows the links within a folder. Those of the page for wrong addresses begin at the root of what is published.
FOLLOW = ["lychee", "--offline", "--include-fragments", "--no-progress", "--quiet", "--exclude-path", r"/404\.html$"]
CONTENTS = re.compile(r"^\.\. contents::.*\n(?: +:.*\n)*", re.MULTILINE)
ENTRY_POINT = re.compile(r"(?=^\.\. _[\w.]+_role__entrypoint-\w+:$)", re.MULTILINE)
TITLE = re.compile(r"^scaleway\.inference\.(\w+) (module|inventory|role) -- (.*)$", re.MULTILINE)


def adapted(page: str) -> str:
    """A page of antsibull-docs without what the theme has already, main parts first, with a title that fits a phone."""
    page = CONTENTS.sub("", page)
    page, mark, links = page.partition("\n.. Extra links\n")
    page = main_first(page) + mark + links
    if found := re.search(rf"{TITLE.pattern}\n(\++)$", page, re.MULTILINE):
        name, kind, summary, line = found.groups()
        title = f"{name} {kind} -- {summary}"
        page = page.replace(found[0], f"{title}\n{line[: len(title)]}")
    return page


def main_first(page: str) -> str:
    """The page of a role with the entry point that users begin with before the others."""
    head, *points = ENTRY_POINT.split(page)
    points.sort(key=lambda one: not one.partition("\n")[0].endswith("entrypoint-main:"))
    return "".join([head, *points])


def toctree(caption: str, entries: Iterable[str]) -> str:
    """The directive by which Sphinx adds these pages to its navigation."""
    lines = [".. toctree::", f"   :caption: {caption}", "   :maxdepth: 1", ""]
    return "\n".join([*lines, *(f"   {entry}" for entry in entries), "", ""])


def reference(source: Path) -> str:
    """A page with what each plugin and role does, from the titles of their pages, which it adapts."""
    kinds = {"module": "Modules", "inventory": "Inventory", "role": "Roles"}
    found: dict[str, dict[str, str]] = {kind: {} for kind in kinds}
    for path in sorted(source.glob("*.rst")):
        page = path.read_text(encoding="utf-8")
        for name, kind, summary in TITLE.findall(page):
            found[kind][name] = summary
        path.write_text(adapted(page), encoding="utf-8")
    lines = ["Modules, inventory and roles", "============================", ""]
    lines += ["What each does. Its page has every option, result and example; ``ansible-doc`` shows it too.", ""]
    for kind, heading in kinds.items():
        lines += [heading, "-" * len(heading), "", ".. list-table::", "   :widths: 30 70", ""]
        for name, summary in sorted(found[kind].items()):
            lines += [f"   * - :ansplugin:`{name} <scaleway.inference.{name}#{kind}>`", f"     - {summary}"]
        lines += ["", ".. toctree::", "   :hidden:", ""]
        lines += [*(f"   {name} <{name}_{kind}>" for name in sorted(found[kind])), ""]
    # Each of these pages refers to the label.
    lines += [".. _communication_for_scaleway.inference:", "", "Help", "----", "", f":ref:`{PREFIX}help`.", ""]
    return "\n".join(lines)


def write_inventory(path: Path) -> None:
    """Write what our pages link to in Ansible's documentation in the form that intersphinx reads."""
    lines = (DOCSITE / "ansible-labels.txt").read_text(encoding="utf-8").splitlines()
    parts = (line.split(" ", 3) for line in lines if line and not line.startswith("#"))
    entries = "".join(f"{name} std:{kind} -1 {address} {title}\n" for kind, name, address, title in parts)
    head = ["# Sphinx inventory version 2", "# Project: Ansible", "# Version: ", "# The rest is compressed using zlib."]
    path.write_bytes("".join(f"{line}\n" for line in head).encode() + zlib.compress(entries.encode()))


def write_source(source: Path) -> None:
    """Write all pages that Sphinx is to read."""
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    source.chmod(0o755)  # antsibull-docs refuses a folder that others may write to
    form = ["--use-current", "--squash-hierarchy", "--no-add-antsibull-docs-version", "--fail-on-error"]
    collection = ["antsibull-docs", "collection", *form, "--dest-dir", str(source), "scaleway.inference"]
    subprocess.run(collection, check=True)
    shutil.copytree(DOCSITE / "site", source, dirs_exist_ok=True)
    sections = yaml.safe_load((DOCSITE / "extra-docs.yml").read_text(encoding="utf-8"))["sections"]
    for name in FOR_CONTRIBUTORS:
        shutil.copy(ROOT / "docs" / f"{name}.md", source)
    pages = ["reference", "all_errors", "Environment variables of Ansible <environment_variables>", "changelog"]
    subprocess.run([sys.executable, str(ERROR_TABLE), str(source / "all_errors.rst")], check=True)
    guide = source / "docsite" / "errors.rst"
    text = guide.read_text(encoding="utf-8")
    guide.write_text(text.replace(PLACE_OF_LINK, LINK_TO_ERRORS), encoding="utf-8")
    (source / "reference.rst").write_text(reference(source), encoding="utf-8")
    navigation = [toctree(one["title"], (f"docsite/{page}" for page in one["toctree"])) for one in sections]
    navigation += [toctree("Reference", pages)]
    navigation += [toctree("Contribute", FOR_CONTRIBUTORS)]
    index = (DOCSITE / "site" / "index.rst").read_text(encoding="utf-8")
    (source / "index.rst").write_text("\n".join([index, *navigation]), encoding="utf-8")
    write_inventory(source / "ansible.inv")


def main(arguments: list[str]) -> int:
    """Build into a folder. A second argument is another builder of Sphinx to run, such as `linkcheck`."""
    folder, builder = Path(arguments[0]), (arguments[1:] or ["html"])[0]
    source, built = folder / "source", folder / builder
    write_source(source)
    shutil.rmtree(built, ignore_errors=True)
    build = ["sphinx-build", "--fail-on-warning", "--keep-going", "--quiet", "-b", builder, "-c", str(DOCSITE)]
    done = subprocess.run([*build, "-d", str(folder / "doctrees"), str(source), str(built)], check=False)
    if done.returncode == 0 and builder == "html":
        site = built.resolve()
        other_versions = rf"^file://{re.escape(str(site.parent))}/(latest|[0-9.]+)/"
        done = subprocess.run([*FOLLOW, "--exclude", other_versions, str(site)], check=False)
        print(f"The site is {built / 'index.html'}")
    return done.returncode


if __name__ == "__main__":
    start(main)
