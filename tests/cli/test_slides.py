"""``slides`` shows a class what it should see, and the page needs nothing else."""

import re
from types import SimpleNamespace
from unittest.mock import Mock

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes

from course_utils import cli
from course_utils.cli import notebooks, slides


def test_a_page_holds_all_it_needs(tmp_path):
    text = new_markdown_cell("# Unit <1>\n\nSee [the next](02_next.ipynb) and $x^2$.")
    cells = [text, new_code_cell('check("a.b", ...)')]
    (tmp_path / "01_unit.ipynb").write_text(writes(new_notebook(cells=cells)), "utf-8")
    html = slides.deck(tmp_path / "01_unit.ipynb")
    assert '<a href="02_next.html">' in html
    assert "<title>Unit &lt;1&gt;</title>" in html
    assert not re.search(r"<(?:script|img|iframe)\b[^>]*\bsrc=.https?:|<link\b|@import", html)
    assert not re.search(r"url\((?!data:)[^)]*\.(?:woff|ttf|png|svg)", html)
    for licence in ("Apache License", "Permission is hereby granted", "SIL OPEN FONT LICENSE"):
        assert licence in html
    inside = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert ["MathJax = {" in inside[0], *["Reveal" in one for one in inside[2:4]]] == [True] * 3
    assert 'class="answer" contenteditable' in html
    assert slides.deck(tmp_path / "01_unit.ipynb") == html


def test_no_solution_is_on_a_slide(unit):
    notebook = nbformat.read(unit, as_version=4)
    shown = list(slides.cells_of(notebook.cells))
    text = "\n".join(cell.source for cell in shown)
    assert "BEGIN SOLUTION" not in text
    assert text.count(slides._ROOM) == sum(
        'check("' in cell.source for cell in notebook.cells if slides.slide_type(cell) != "skip"
    )
    code = [cell.source for cell in shown if cell.cell_type == "code"]
    assert max(len(source.splitlines()) for source in code) <= notebooks.MAX_CODE_LINES + 6


def test_without_a_browser_or_if_it_prints_nothing_one_sentence_says_so(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(slides, "find_browser", lambda: None)
    monkeypatch.setattr(slides, "deck", lambda path: "<html>")
    assert slides.main(["3"], str(tmp_path), pdf=True) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["03_lenet5_parameter_counting.html"]
    assert "?print-pdf" in capsys.readouterr().out.splitlines()[-1]
    done = SimpleNamespace(stdout=b"<html>", stderr=b"no display")
    run = Mock(return_value=done)
    monkeypatch.setattr(slides.subprocess, "run", run)
    with pytest.raises(cli.ProblemError, match=r"could not print .*no display"):
        slides.print_pdf("chromium", tmp_path / "01_unit.html")
    assert f"{(tmp_path / '01_unit.html').as_uri()}?print-pdf" in run.call_args.args[0]
