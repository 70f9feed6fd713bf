"""``site``: the course as a small static website, to be read without a network and without Python.

Sphinx builds it, with MyST-NB and the theme furo, from a copy of the saved notebooks and pages that
leaves out what is not for readers. Nothing is executed.
"""

import re
import shutil
import sys
import tempfile
import tomllib
import zipfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from course_utils.cli import environment, notebooks
from course_utils.cli.environment import _ProblemError, _say, _writing
from course_utils.files import ROOT, write_json
from course_utils.units import course_map

_PACKAGES = {"sphinx": "sphinx~=9.0.4", "myst_nb": "myst-nb~=1.4.0", "furo": "furo==2025.12.19"}
_PAGES = ("notebooks/glossary", "notebooks/errata", "ANYWHERE", "INSTRUCTORS")
_PARTS = Path(__file__).parent / "reveal" / "parts.zip"
_TREE = "```{toctree}\n:hidden:\n:caption: %s\n\n%s\n```\n"


def _missing() -> list[str]:
    """Return what has to be installed before a site can be built here."""
    return [wanted for name, wanted in _PACKAGES.items() if find_spec(name) is None]


def main(folder: Path) -> int:
    """Build the site into a new or empty folder; the status is 1 if Sphinx warns of anything."""
    if _missing():  # a Python that has Sphinx needs no environment of the course, nor TensorFlow
        environment._enter(["site", str(folder)])
    if _missing():
        wanted = " ".join(f'"{one}"' for one in _PACKAGES.values())
        raise _ProblemError(
            "The site is built by Sphinx, which is not here. To install it: "
            f"{sys.executable} -m pip install {wanted}"
        )
    target = folder.resolve()
    with _writing(target, new=True), tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        _prepare(source)
        build = import_module("sphinx.application").Sphinx(
            source,
            confdir=None,
            outdir=Path(scratch) / "site",  # MyST-NB leaves a folder beside it
            doctreedir=Path(scratch) / "read",
            buildername="html",
            confoverrides=_settings(source),
            status=None,
            warningiserror=True,
        )
        build.build()
        shutil.copytree(Path(scratch) / "site", target, dirs_exist_ok=True)
    _say(f"The site is in {target}: open index.html in any browser.")
    return int(build.statuscode)


def _settings(source: Path) -> dict[str, Any]:
    licence = (ROOT / "LICENSE").read_text("utf-8")
    owner = re.search(r"^Copyright \(c\) (.+)$", licence, re.MULTILINE)
    rights = f"{owner[1] if owner else ''}. Code: MIT; text and figures: CC BY 4.0"
    fixed = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {**fixed, "copyright": rights, "html_static_path": [str(source / "static")]}


def _anchor(heading: str) -> str:
    """Return a heading's name in links, as JupyterLab gives it: ``Pooling-(5-minutes)``."""
    return heading.replace(" ", "-")


def _prepare(source: Path) -> None:
    """Write what Sphinx reads into a new folder, laid out as the checkout is: so links hold."""
    shutil.copytree(ROOT / "notebooks" / "images", source / "notebooks" / "images")
    for name in ("LICENSE", "CITATION.cff", *(f"{page}.md" for page in _PAGES)):
        shutil.copy(ROOT / name, source / name)
    reading = ["# Reading list\n\nWhere each unit says to go on.\n"]
    for unit in course_map():
        name = f"{unit.name}.ipynb"
        notebook = notebooks._read(notebooks._FOLDER / name)
        write_json(source / "notebooks" / name, _for_readers(notebook))
        reading.append(f"## [{unit.number}, {unit.title}]({name})\n\n{_further(notebook)}\n")
    (source / "notebooks" / "reading_list.md").write_text("\n".join(reading), "utf-8")
    (source / "index.md").write_text(_front_page(), "utf-8")
    with zipfile.ZipFile(_PARTS) as parts:
        for name in ("mathjax/tex-svg.js", "mathjax/LICENSE"):
            parts.extract(name, source / "static")
    shutil.copy(Path(__file__).with_suffix(".css"), source / "static")


def _for_readers(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook without solutions, cells for tests and notes; what is hidden is closed."""
    cells = []
    for cell in notebook["cells"]:
        if not notebooks._is_for_class(cell):
            continue
        hidden = cell["metadata"].get("jupyter", {})
        closed = [part for part in ("source", "outputs") if hidden.get(f"{part}_hidden")]
        tag = {"source": "hide-input", "outputs": "hide-output", "sourceoutputs": "hide-cell"}
        tags = [tag["".join(closed)]] if closed else []
        cells.append({**cell, "metadata": {"tags": tags}})
    return {**notebook, "cells": cells}


def _further(notebook: dict[str, Any]) -> str:
    """Return what a notebook names for further reading."""
    text = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return _sections("\n\n".join(map(notebooks._source, text)))["Further reading"].strip()


def _front_page() -> str:
    """Return the front page: what the README says to readers, and the order of the pages."""
    said = _sections((ROOT / "README.md").read_text("utf-8"))
    parts = [said[""]]
    parts += [f"## {name}{said[name]}" for name in ("The course", "Two commands", "Licences")]
    units = [f"{one.number} {one.title} <notebooks/{one.name}>" for one in course_map()]
    trees = [("Units", units), ("To look up", ["notebooks/reading_list", *_PAGES])]
    return "\n".join([*parts, *(_TREE % (name, "\n".join(tree)) for name, tree in trees)])


def _sections(text: str) -> dict[str, str]:
    """Split a page into what comes first, named "", and its sections."""
    opening, *rest = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return {"": opening, **dict(zip(rest[::2], rest[1::2], strict=True))}
