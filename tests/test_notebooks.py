"""The gate for saved notebooks: nbval passes one that was never run, and compares no pixels."""

import copy
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from course_utils.cli import notebooks
from tests import golden


def test_saved_notebook(unit):
    assert notebooks.problems(notebooks.read(unit), unit.stat().st_size) == []


HOME = "/" + "home/ada"  # in two pieces: no file here names a path of a machine
SLIDE = {"slideshow": {"slide_type": "slide"}}


def _notebook():
    text = new_markdown_cell("# One", id="title", metadata=copy.deepcopy(SLIDE))
    code = new_code_cell("1 + 1\n", id="sum", metadata=copy.deepcopy(SLIDE), execution_count=1)
    code.outputs = [new_output("execute_result", {"text/plain": "2"}, execution_count=1)]
    return {"metadata": {"kernelspec": {"name": "python3"}}, "cells": [text, code]}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def shown(text, kind="text/html"):
    return {"outputs": [{"output_type": "display_data", "data": {kind: text}}]}


def tagged(tag):
    return {"metadata": {**SLIDE, "tags": [tag]}}


APPROX = {
    "jupyter": {"source_hidden": True},
    "slideshow": {"slide_type": "skip"},
    "tags": ["approx:0.05", "checks", "real-data"],
}
PIXELS = f'<img alt="A line." src="data:image/png;base64,AAAA{HOME}+C==">'


@pytest.mark.parametrize("change", [{}, {"metadata": APPROX}, shown(PIXELS)])
def test_gate_passes_a_good_notebook(change):
    notebook = _notebook()
    note, code = notebook["cells"]
    note.update(source=CALL_OUT, metadata={**SLIDE, "tags": ["lecture-note"]})
    code.update(change)
    assert notebooks.problems(notebook, size=1000) == []


def test_gate_names_each_fault_of_code():
    """``faults.txt`` has what is changed in the cell with code, and what is then said."""

    def say(change):
        notebook = _notebook()
        notebook["cells"][1].update(eval(change))
        return " ".join(notebooks.problems(notebook)).replace(HOME, "HOME")

    golden.calls(Path(__file__).with_name("faults.txt"), say)


def test_gate_names_faults_of_text_and_of_the_file():
    notebook = _notebook()
    text = notebook["cells"][0]
    text.update(source="![](a.png)", metadata={**SLIDE, "tags": ["note"]})
    notebook["metadata"] = {"kernelspec": {"name": "ir"}, "widgets": {}}
    found = notebooks.problems(notebook, size=1_500_001)
    for sentence in ("alternative text", "tag note", "not python3", "widget is saved", "too many"):
        assert len([text for text in found if sentence in text]) == 1, found


CALL_OUT = """<details>
<summary>In the lecture notes: pooling and weights</summary>

They say that pooling has *fewer* weights.

* It has none.

</details>"""


@pytest.mark.parametrize(
    "source",
    [
        "> In the lecture notes: pooling has weights.",
        "Text that one sees.\n\n" + CALL_OUT,
        CALL_OUT + "\n\nText that one sees.",
        CALL_OUT.replace("<details>", "<details open>"),
        CALL_OUT.replace("</summary>\n", "</summary>"),  # Markdown would not be read
        CALL_OUT.replace("pooling and", "*pooling* and"),  # nor is it in a summary
        CALL_OUT.replace("In the lecture notes: ", ""),
        CALL_OUT + "\n\n" + CALL_OUT,
    ],
)
def test_gate_knows_one_form_of_a_lecture_note(source):
    notebook = _notebook()
    notebook["cells"][0].update(source=source)
    notebook["cells"][0]["metadata"]["tags"] = ["lecture-note"]
    (problem,) = notebooks.problems(notebook)
    assert "collapsed call-out" in problem


def test_gate_wants_a_note_for_the_speaker_collapsed_too():
    notebook = _notebook()
    note = notebook["cells"][0]
    note["metadata"]["slideshow"]["slide_type"] = "notes"
    note.update(source=CALL_OUT.replace("In the lecture notes: ", "For the teacher: "))
    assert notebooks.problems(notebook) == []
    for source in ("Ask the room.", CALL_OUT):
        note.update(source=source)
        (problem,) = notebooks.problems(notebook)
        assert "note for the speaker" in problem


def test_clean_normalises():
    notebook = _notebook()
    notebook["metadata"] |= {"widgets": {"state": 1}, "language_info": {"version": "3.11.7"}}
    code = notebook["cells"][1]
    code["metadata"]["execution"] = {"iopub.status.busy": "2030-01-01"}
    code["outputs"] = [
        stream("step 1\rstep 2\r"),
        stream("\x1b[1mdone\x1b[0m\n"),
        stream("careful\n", "stderr"),
        {"output_type": "execute_result", "data": {"text/plain": ["<Model at 0x7f00aa11bb22>"]}},
    ]
    notebooks.clean(notebook)
    known = {"kernelspec": notebooks.KERNELSPEC, "language_info": notebooks.LANGUAGE}
    assert notebook["metadata"] == known
    assert code["metadata"] == SLIDE
    assert code["id"] == "sum"
    assert [output.get("text") for output in code["outputs"]] == ["done\n", "careful\n", None]
    assert code["outputs"][2]["data"] == {"text/plain": "<Model at 0xADDRESS>"}
