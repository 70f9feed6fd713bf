"""``slides`` shows a class what it should see, and the page needs nothing else."""

import re
from types import SimpleNamespace
from unittest.mock import Mock

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes

from course_utils import cli
from course_utils.cli import notebooks, slides


def code(source, kind=None, hidden=False, *tags):
    shown = new_output("display_data", {"text/html": f"<p>shown by {source[:6]}</p>"})
    metadata = {"tags": list(tags), "jupyter": {"source_hidden": hidden}}
    if kind:
        metadata["slideshow"] = {"slide_type": kind}
    return new_code_cell(source, outputs=[shown], metadata=metadata)


def types_of(cells):
    found = slides.cells_of(cells)
    return [(cell.metadata.slideshow.slide_type, cell.source) for cell in found]


def test_what_a_class_should_not_see_is_left_out_and_its_slide_begins_with_the_next():
    plain = [new_markdown_cell("# Unit"), new_markdown_cell("Text."), new_markdown_cell("## Next")]
    assert types_of(plain) == [("slide", "# Unit"), ("-", "Text."), ("slide", "## Next")]
    cells = [
        *(plain[0], code("setup()", "slide", False, "checks")),
        *(code("answer = 4", "fragment", False, "solution"), code("x = 1", "subslide", True)),
        code("draw()", "fragment", True, "plot"),
    ]
    cells[3].outputs = []
    assert types_of(cells) == [("slide", "# Unit"), ("subslide", "")]
    last = list(slides.cells_of(cells))[-1]
    assert last.outputs == cells[4].outputs
    assert last.metadata.transient.remove_source


def test_an_exercise_shows_its_question_and_room_for_the_answer_and_long_code_is_cut():
    asked = types_of([code('check("lenet5.c1.shape", ...)', "fragment")])
    assert asked == [("fragment", ""), ("-", slides._ROOM)]
    begun = 'def f(x):\n    return ...\n\n\ncheck("f", f)'
    assert types_of([code(begun)]) == [("-", begun), ("-", ""), ("-", slides._ROOM)]
    body = "\n".join(f"    x = {number}" for number in range(9))
    source = f"def f():\n{body}\n\n    return x\n\n\ndef g():\n{body}"
    first, second, _ = (text for _, text in types_of([code(source)]))
    assert f"{first}\n\n\n{second}" == source
    assert second.startswith("def g")


def test_minutes_and_lecture_notes_are_for_the_speaker():
    call_out = "<details>\n<summary>{}</summary>\n\n{}\n\n</details>"
    note = call_out.format("In the lecture notes: a slip", "It is 5.\n\nThe next cell lists it.")
    ask = call_out.format("For the teacher: ask", "Pause here.")
    cells = [
        new_markdown_cell("## Counting (4 minutes)\n\nText."),
        new_markdown_cell(note, metadata={"tags": ["lecture-note"]}),
        new_markdown_cell(ask, metadata={"slideshow": {"slide_type": "notes"}}),
    ]
    assert types_of(cells) == [
        *(("slide", "## Counting\n\nText."), ("notes", "Planned: 4 minutes.")),
        *(("notes", "**In the lecture notes: a slip**\n\nIt is 5."),),
        ("notes", "**ask**\n\nPause here."),
    ]


def test_a_page_holds_all_it_needs(tmp_path):
    text = new_markdown_cell("# Unit <1>\n\nSee [the next](02_next.ipynb) and $x^2$.")
    cells = [text, code('check("a.b", ...)')]
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
