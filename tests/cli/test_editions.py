"""What a class sees of a unit, in its edition, on slides and on the site; and its teacher."""

import json
import re
import runpy
import sys
from pathlib import Path
from pkgutil import resolve_name
from unittest.mock import Mock

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes

from course_utils.classroom import find_exercise
from course_utils.cli import editions, main, notebooks, site, slides
from course_utils.cli.environment import _ProblemError
from course_utils.cli.notebooks import _source, _tags
from tests import golden

GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What students and their teacher get, and what Sphinx would read."""
    folder = tmp_path_factory.mktemp("made")
    assert main(["student", str(folder / "student")]) == 0
    assert main(["instructor", str(folder / "instructor")]) == 0
    site._prepare(folder / "site")
    return folder


def cells(path):
    return notebooks._read(path)["cells"]


def asked_in(some):
    return {key for cell in some for key in editions._keys(cell)}


def test_questions_stay_and_solutions_go(unit, made):
    before, after = cells(unit), cells(made / "student" / unit.name)
    kept = {cell["id"] for cell in after}
    for cell in before:
        hidden = {"solution", "checks"} & set(_tags(cell)) or notebooks._slide_type(cell) == "notes"
        assert (cell["id"] in kept) is not bool(hidden)
    text = json.dumps(after)
    assert not [one for one in ("SOLUTION", "For the teacher", '"Right.') if one in text]
    above = ""
    for cell in after:
        above += " ".join(_source(cell).split()) * (cell["cell_type"] == "markdown")
        for key in editions._keys(cell):
            assert " ".join(find_exercise(key).question.split()) in above, key
    assert asked_in(after) == asked_in(before) != set()
    assert not notebooks._problems(notebooks._read(made / "student" / unit.name))
    pages = {path.name for path in notebooks._FOLDER.glob("*.md")}  # which units link to
    assert {path.name for path in made.glob("student/*.md")} == pages


def test_a_folder_that_was_not_finished_says_so_and_is_finished_next_time(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(editions, "write_json", Mock(side_effect=OSError(28, "No space left")))
        with pytest.raises(_ProblemError, match="No space left"):
            editions.student(tmp_path / "units")
    assert (tmp_path / "units" / "UNFINISHED.txt").exists()
    editions.student(tmp_path / "units")
    assert not (tmp_path / "units" / "UNFINISHED.txt").exists()
    assert len(list(tmp_path.glob("units/*.ipynb"))) == len(notebooks._paths())


def test_each_check_has_its_solution_and_its_points(unit, made):
    before, after = cells(unit), cells(made / "instructor" / "source" / unit.stem / unit.name)
    graded = []
    marked = [cell for cell in after if "nbgrader" in cell["metadata"]]
    assert len({cell["metadata"]["nbgrader"]["grade_id"] for cell in marked}) == len(marked)
    assert not any(cell["metadata"].get("jupyter") for cell in marked if editions._keys(cell))
    for cell in after:
        said, text = cell["metadata"].get("nbgrader", {}), _source(cell)
        assert ("### BEGIN SOLUTION" in text) is said.get("solution", False)
        if said.get("grade"):  # a text is marked by hand: nobody else can judge it
            forms = {find_exercise(key).form for key in editions._keys(cell)}
            assert forms == ({"explain"} if said["solution"] else set())
            graded += editions._keys(cell) or re.findall(r'points\("([\w.]+)"', text)
    assert sorted(set(graded)) == sorted(asked_in(before))
    solutions = [_source(cell) for cell in before if "solution" in _tags(cell)]
    text = "".join(map(_source, after))
    assert {solution in text for solution in solutions} == {True}


def written(cells):
    """The cells of an edition as text."""
    for cell in cells:
        metadata = cell["metadata"]
        graded = metadata.get("nbgrader", {})
        words = [cell["cell_type"], cell["id"], notebooks._slide_type(cell), *_tags(cell)]
        words += [*metadata.get("jupyter", {}), *metadata.get("transient", {})]
        words += [name for name in ("grade", "solution", "locked") if graded.get(name)]
        outputs = [output["data"]["text/plain"] for output in cell.get("outputs", ())]
        yield "\n".join(
            [f"--- {' '.join(map(str, words))}", _source(cell), *map("> {}".format, outputs)]
        )


def test_one_unit_as_each_gets_it():
    """``golden/unit.json`` has a cell of each type."""
    unit = GOLDEN / "unit.json"
    shown = {
        "student": editions._without_solutions(notebooks._read(unit))["cells"],
        "student Ada": editions._without_solutions(notebooks._read(unit), "Ada")["cells"],
        "instructor": editions._with_solutions(notebooks._read(unit))["cells"],
        "slides": slides._cells_of(nbformat.read(unit, as_version=4).cells),
        "site": site._for_readers(notebooks._read(unit))["cells"],
    }
    parts = [f"=== {name}\n" + "\n".join(written(cells)) for name, cells in shown.items()]
    parts.append(f"=== reading list\n{site._further(notebooks._read(unit))}\n")
    golden.same(GOLDEN / "editions.txt", "\n\n".join(parts))


def test_a_student_has_numbers_of_ones_own(tmp_path):
    assert main(["student", str(tmp_path), "--seed", "Ada"]) == 0
    text = "".join(path.read_text("utf-8") for path in tmp_path.glob("*.ipynb"))
    for key in ("filters.occlusion", "choosing.features", "regularisation.dropout"):
        own, printed = find_exercise(key, "Ada"), find_exercise(key, "")
        assert own.question != printed.question
        assert text.count(own.question) == 3  # above its check, and twice in the output
        assert printed.question not in text
    for path in tmp_path.glob("*.ipynb"):
        first = next(cell for cell in cells(path) if cell["cell_type"] == "code")
        assert _source(first).endswith("os.environ[\"COURSE_STUDENT\"] = 'Ada'")
        assert not notebooks._problems(notebooks._read(path))


def test_a_page_holds_all_it_needs(tmp_path):
    text = new_markdown_cell("# Unit <1>\n\nSee [the next](02_next.ipynb) and $x^2$.")
    cells = [text, new_code_cell('check("a.b", ...)')]
    (tmp_path / "01_unit.ipynb").write_text(writes(new_notebook(cells=cells)), "utf-8")
    html = slides._deck(tmp_path / "01_unit.ipynb")
    assert '<a href="02_next.html">' in html
    assert "<title>Unit &lt;1&gt;</title>" in html
    assert not re.search(r"<(?:script|img|iframe)\b[^>]*\bsrc=.https?:|<link\b|@import", html)
    assert not re.search(r"url\((?!data:)[^)]*\.(?:woff|ttf|png|svg)", html)
    for licence in ("Apache License", "Permission is hereby granted", "SIL OPEN FONT LICENSE"):
        assert licence in html
    inside = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert ["MathJax = {" in inside[0], *["Reveal" in one for one in inside[2:4]]] == [True] * 3
    assert 'class="answer" contenteditable' in html
    assert slides._deck(tmp_path / "01_unit.ipynb") == html


def test_no_solution_is_on_a_slide(unit):
    notebook = nbformat.read(unit, as_version=4)
    shown = list(slides._cells_of(notebook.cells))
    text = "\n".join(cell.source for cell in shown)
    assert "BEGIN SOLUTION" not in text
    assert text.count(slides._ROOM) == sum(
        'check("' in cell.source for cell in notebook.cells if slides._slide_type(cell) != "skip"
    )
    code = [cell.source for cell in shown if cell.cell_type == "code"]
    assert max(len(one.splitlines()) for one in code) <= notebooks._MAX_CODE_LINES + 6


def test_without_a_browser_or_if_it_prints_nothing_one_sentence_says_so(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(slides, "_find_browser", lambda: None)
    monkeypatch.setattr(slides, "_deck", lambda path: "<html>")
    assert slides.main(["3"], tmp_path, pdf=True) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["03_lenet5_parameter_counting.html"]
    assert "?print-pdf" in capsys.readouterr().out.splitlines()[-1]
    with pytest.raises(_ProblemError, match=r"not print 01.html: it ended with status 2"):
        slides._print_pdf(sys.executable, Path("01.html"))


def test_the_site_has_no_solution_and_no_note_and_every_page_and_link_leads_somewhere(made):
    built = made / "site"
    pages = sorted(built.glob("notebooks/*.ipynb"))
    assert [path.name for path in pages] == [path.name for path in notebooks._paths()]
    for path in pages:
        text = path.read_text("utf-8")
        assert not [one for one in ("BEGIN SOLUTION", "For the teacher") if one in text]
        assert "check(" in text
    front = (built / "index.md").read_text("utf-8")
    assert front.startswith("# A ConvNet course that runs\n")
    menu = re.findall(r"^(?:\d\d .+ <)?([\w/]+)>?$", front, re.MULTILINE)
    pages += built.rglob("*.md")
    names = {path.relative_to(built).with_suffix("").as_posix() for path in pages}
    assert names - set(menu) == {"index"}
    assert (built / "static" / "mathjax" / "LICENSE").is_file()
    link = re.compile(r"\]\(([\w/]+\.(?:ipynb|md|png|cff)|LICENSE)[#)]")
    for path in pages:
        for address in link.findall(path.read_text("utf-8")):
            assert (path.parent / address).is_file(), f"{path.name}: {address}"
    anchor = resolve_name(site._settings(built)["myst_heading_slug_func"])  # as Sphinx finds it
    assert anchor("What is it? (3 minutes)") == "What-is-it?-(3-minutes)"


def test_the_crawler_finds_what_leads_nowhere():
    """``golden/pages`` has a good page and a bad one, ``pages.txt`` what is wrong."""
    script = Path(__file__).parents[1] / "site" / "run.py"
    found = runpy.run_path(str(script))["faults"](GOLDEN / "pages")
    golden.same(GOLDEN / "pages.txt", "\n".join(found) + "\n")
